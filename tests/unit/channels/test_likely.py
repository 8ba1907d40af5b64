"""What is likely to be said, out of a trained model's archive."""

import io
import logging
import tarfile
from pathlib import Path

import numpy as np
import pytest

from channels.likely import trained_sentences
from rapport.semantics import EXAMPLES_FILE


def archive(folder: Path, *, file: str) -> Path:
    content = io.BytesIO()
    np.savez(content, texts=np.array(["what time is it", "Stop"]), names=np.array(["oslo"]), vectors=np.zeros((2, 3)))
    path = folder / "model.tar.gz"
    with tarfile.open(path, "w:gz") as made:
        member = tarfile.TarInfo(f"components/train_SemanticPayload9/{file}")
        member.size = len(content.getvalue())
        made.addfile(member, io.BytesIO(content.getvalue()))
    return path


def test_sentences_and_names_are_read(tmp_path: Path) -> None:
    assert trained_sentences(archive(tmp_path, file=EXAMPLES_FILE)) == ["oslo", "stop", "what time is it"]


def test_a_model_without_examples_makes_nothing_likely_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert trained_sentences(archive(tmp_path, file="model.npz")) == []

    assert "no examples" in caplog.text
