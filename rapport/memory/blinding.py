"""What a server that searches for us may see in place of words, names and vectors: all keyed by the person.

- Words are stemmed and hashed (HMAC-SHA-256, 64 bits) in no order, so that BM25 still counts them.
- Subjects, attributes and the like are hashed, so that they can be asked for by equality.
- Vectors are multiplied by a secret orthogonal matrix, which leaves every cosine between two of them as it was.

It protects from who reads the server's disk, backups, memory or traffic without the person's key: no text, word or
name can be read or guessed and tried, vectors can't be fed to a model that turns them back into text or be compared
with those of known sentences, and nothing of two people's can be compared.

It does not hide how many memories there are, which of a person's memories are alike in meaning or share a word, how
often a word comes, or, to who can watch, which of them a question finds. Who also knows many of the texts can do
more: 384 known pairs give the matrix away (orthogonal Procrustes), fewer give a part of it, and thousands of vectors
might be fitted to how a model's vectors usually lie. Frequent words can be guessed from how often they come.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from functools import cached_property
from uuid import UUID

import numpy as np
import numpy.typing as npt
import Stemmer
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from rapport.embedding import DIMENSIONS
from rapport.memory.indexing import STOP_WORDS
from rapport.privacy.keys import PersonKeys

HASH_BYTES = 8
"""64 bits: among 100,000 different words two are taken for one with a chance of 3 in 10 thousand million."""

_WORD = re.compile(r"[^\W_]+")

Vectors = npt.NDArray[np.float32]


class Blinding:
    """Blinds with one person's keys. Threads may share one.

    Args:
        keys: The person's keys.
    """

    def __init__(self, keys: PersonKeys) -> None:
        self._key = keys.words
        self._seed = keys.rotation

    @cached_property
    def id(self) -> str:
        """Names the keys without giving them away: 16 hex digits."""
        return self.mark("keys", "")

    def mark(self, what: str, value: str) -> str:
        """A value of some sort as 16 hex digits; the same in two sorts comes to two marks."""
        return self._digest(what, value)[:HASH_BYTES].hex()

    def uuid(self, what: str, value: str) -> UUID:
        """A value of some sort as the id of an object."""
        return UUID(bytes=self._digest(what, value)[:16], version=4)

    def words(self, text: str) -> list[str]:
        """A hash for each word of a text, sorted, since their order would tell much; repeated words are repeated.

        Words are runs of letters and digits, without case and accents, stemmed as Porter does (SQLite's FTS5 too).
        Those of English grammar are left out: nobody asks for them, and they are the first to be guessed.
        """
        plain = unicodedata.normalize("NFKD", text).casefold()
        found = _WORD.findall("".join(each for each in plain if not unicodedata.combining(each)))
        found = [word for word in found if word not in STOP_WORDS]
        stemmer = Stemmer.Stemmer("porter", 0)  # keeps no word; holds the one it works on, so threads can't share it
        return sorted(self.mark("word", stem) for stem in stemmer.stemWords(found))

    def rotate(self, vectors: Vectors) -> Vectors:
        """Vectors of shape (384,) or (n, 384), rotated."""
        return (vectors @ self._matrix).astype(np.float32)

    def restore(self, vectors: Vectors) -> Vectors:
        """What `rotate` was given, within 1e-6."""
        return (vectors @ self._matrix.T).astype(np.float32)

    @cached_property
    def _matrix(self) -> npt.NDArray[np.float32]:
        """An orthogonal matrix, evenly chosen by the seed: QR of Gaussians, as in Mezzadri 2007 (math-ph/0609050).

        The Gaussians are made from AES-CTR's keystream (Box and Muller 1958), since NumPy does not promise the same
        numbers from the same seed in its next version, and nothing kept could be searched with others.
        """
        count = DIMENSIONS * DIMENSIONS
        stream = Cipher(AES(self._seed), CTR(bytes(16))).encryptor().update(bytes(16 * count))
        uniform = (np.frombuffer(stream, dtype="<u8") >> 11).astype(np.float64) / 2**53  # [0, 1), 53 bits
        radius, angle = np.sqrt(-2 * np.log1p(-uniform[:count])), 2 * np.pi * uniform[count:]
        q, r = np.linalg.qr((radius * np.cos(angle)).reshape(DIMENSIONS, DIMENSIONS))
        matrix: npt.NDArray[np.float32] = (q * np.sign(np.diag(r))).astype(np.float32)
        return matrix

    def _digest(self, what: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{what}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256)
