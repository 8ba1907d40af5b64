"""What is likely to be said: the sentences that the loaded model was trained on, and the words of its lookup tables."""

from __future__ import annotations

import io
import logging
import tarfile
from pathlib import Path

import numpy as np

from rapport.semantics import EXAMPLES_FILE

logger = logging.getLogger(__name__)


def trained_sentences(model: Path) -> list[str]:
    """Sentences and names out of a trained model's archive, lower case. Blocks, some 100 ms.

    Without `components.semantic_payload.SemanticPayload` in the pipeline there are none; then speech is heard without
    regard to what is likely, which is told in the log.
    """
    with tarfile.open(model) as archive:
        for member in archive:
            if member.name.endswith(f"/{EXAMPLES_FILE}") and (file := archive.extractfile(member)):
                with np.load(io.BytesIO(file.read()), allow_pickle=False) as kept:
                    return sorted({str(text).lower() for part in ("texts", "names") for text in kept[part]})
    logger.warning("the model holds no examples, so nothing is taken for likelier to be said than anything else")
    return []
