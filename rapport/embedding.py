"""Sentences as vectors, with a local model: tokenise, run, pool. What is done with the vectors lives elsewhere.

The model is all-MiniLM-L6-v2 (Apache-2.0), its weights in 8 bits. onnxruntime and tokenizers are imported where an
embedder is made, since not every environment has them.
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from rapport.errors import ModelMissing

DIMENSIONS = 384
"""Length of a vector, which is the model's hidden size."""

MODEL_FILES = ("model.onnx", "tokenizer.json")

THREADS = 2
"""Threads a run, measured on two cores: 6.2 ms a sentence with one, 4.5 ms with two; 6.2 and 5.5 ms while one of the
cores was busy, since the threads do not spin (they would take 8.7 ms there)."""

BATCH = 16
"""Texts a run where there are many: 2.5 ms a text; 32 are slower again. Results do not depend on it."""

KEPT_VECTORS = 1_024
"""Vectors kept for texts that come again: 1.6 MB."""

Vectors = npt.NDArray[np.float32]


class SentenceEmbedder:
    """Unit vectors for short texts: near in meaning, near in angle.

    A text's first 126 word pieces count, about 100 words; the rest is not looked at. Threads may share an embedder.
    Vectors of recent texts are kept under a keyed hash of each, so that no text stays in memory.

    Attributes:
        version: Hex digest that changes with the weights or the tokeniser; vectors of two versions don't compare.

    Raises:
        ModelMissing: The folder lacks a file, or holds one that can't be read.
    """

    def __init__(self, folder: Path, *, threads: int = THREADS, kept: int = KEPT_VECTORS) -> None:
        self.version = weights_version(folder)
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # neither library raises anything more exact
            raise ModelMissing("the sentence model cannot be read; run `make models`") from error
        self._tokenizer.no_padding()  # the file pads everything to 128 word pieces: 44 ms instead of 6
        self._key = secrets.token_bytes(16)
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()
        self._most_kept = kept
        self._lock = Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, in their order, as float32 of shape (texts, 384) and length 1."""
        whole = [text.encode("utf-8", "replace") for text in texts]  # half of a surrogate pair has no encoding
        keys = [hashlib.blake2b(text, key=self._key, digest_size=16).digest() for text in whole]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        # Of equal length as far as may be: a batch is padded to its longest.
        new = sorted(
            {key: text for key, text in zip(keys, whole, strict=True) if key not in found}.items(),
            key=lambda item: len(item[1]),
        )
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            vectors = self._run([text.decode() for _, text in batch])
            found.update(zip((key for key, _ in batch), vectors, strict=True))
        self._keep(found)
        if not keys:
            return np.empty((0, DIMENSIONS), dtype=np.float32)
        return np.stack([found[key] for key in keys])

    def _keep(self, vectors: dict[bytes, Vectors]) -> None:
        with self._lock:
            self._kept.update(vectors)
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)

    def _run(self, texts: Sequence[str]) -> Vectors:
        """The mean of the last layer over a text's word pieces, as the model was trained to be read."""
        encoded = self._tokenizer.encode_batch(list(texts))
        longest = max(len(one.ids) for one in encoded)
        ids = np.zeros((len(encoded), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, inputs)[0]
        weights = mask[:, :, None].astype(np.float32)
        means = (states * weights).sum(axis=1) / weights.sum(axis=1)
        vectors: Vectors = means / np.linalg.norm(means, axis=1, keepdims=True)
        return vectors


def weights_version(folder: Path) -> str:
    """Hex digest over the model's files; reads 23 MB, which takes about 20 ms.

    Raises:
        ModelMissing: The folder lacks a file.
    """
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        raise ModelMissing(f"the sentence model lacks {', '.join(missing)}; run `make models`")
    digest = hashlib.sha256()
    for name in MODEL_FILES:
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()
