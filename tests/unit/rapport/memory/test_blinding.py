"""What a server may see in place of words, names and vectors."""

import hashlib

import numpy as np
import pytest

pytest.importorskip("Stemmer", reason="memory is used in the services environment")

from rapport.embedding import DIMENSIONS
from rapport.memory.blinding import Blinding
from rapport.privacy.keys import PersonKeys

ANA, BEN = PersonKeys(bytes(32)), PersonKeys(bytes([1] * 32))


def vectors(count: int) -> np.ndarray:
    """Unit vectors that lie in one corner of the space, as a model's do."""
    found = np.random.default_rng(5).standard_normal((count, DIMENSIONS)) + 0.2
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def test_rotation_keeps_every_similarity() -> None:
    plain = vectors(50)

    rotated = Blinding(ANA).rotate(plain)

    np.testing.assert_allclose(rotated @ rotated.T, plain @ plain.T, atol=2e-6)


def test_rotation_leaves_nothing_of_where_vectors_pointed() -> None:
    """A vector and its rotation are as strangers: the cosines are those of random directions, 1/√384 wide."""
    plain = vectors(50)

    cosines = np.sum(Blinding(ANA).rotate(plain) * plain, axis=1)

    assert np.abs(cosines).max() < 5 / np.sqrt(DIMENSIONS)


def test_rotations_of_two_people_compare_with_nothing() -> None:
    plain = vectors(50)

    cosines = np.sum(Blinding(ANA).rotate(plain) * Blinding(BEN).rotate(plain), axis=1)

    assert np.abs(cosines).max() < 5 / np.sqrt(DIMENSIONS)


def test_a_rotated_vector_is_restored_with_its_key_only() -> None:
    (plain,) = vectors(1)
    rotated = Blinding(ANA).rotate(plain)

    np.testing.assert_allclose(Blinding(ANA).restore(rotated), plain, atol=1e-6)
    assert abs(float(Blinding(BEN).restore(rotated) @ plain)) < 0.3


def test_the_rotation_is_the_same_in_every_process_and_version() -> None:
    """What is kept could not be searched any more if it changed: these numbers are those of the first version."""
    axis = np.eye(DIMENSIONS, dtype=np.float32)[0]

    np.testing.assert_allclose(Blinding(ANA).rotate(axis)[:4], [0.050807, 0.028849, 0.032967, -0.012131], atol=1e-5)


def test_hashes_are_the_same_in_every_process_and_version() -> None:
    """These too."""
    assert Blinding(ANA).words("sisters") == ["c85b46a0bb0a2487"]


def test_words_are_hashes_without_their_order() -> None:
    blinding = Blinding(ANA)

    assert blinding.words("tea likes sister") == sorted(blinding.words("sister likes tea"))
    assert all(len(word) == 16 and int(word, 16) >= 0 for word in blinding.words("sister likes tea"))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Sister", "SISTERS"), ("lives", "living"), ("café", "cafe"), ("Straße", "STRASSE"), ("her tea's", "TEA")],
)
def test_forms_of_a_word_have_one_hash(one: str, other: str) -> None:
    assert Blinding(ANA).words(one) == Blinding(ANA).words(other)


def test_words_that_come_twice_are_there_twice() -> None:
    """BM25 counts them."""
    assert len(Blinding(ANA).words("tea and tea")) == 2


@pytest.mark.parametrize("text", ["", "?!", "the of and", "___"])
def test_where_there_is_no_word_there_is_no_hash(text: str) -> None:
    assert Blinding(ANA).words(text) == []


def test_words_say_nothing_without_the_key() -> None:
    """Not the plain hash of the word, and another one for another person or another use."""
    (word,) = Blinding(ANA).words("oslo")

    assert word not in hashlib.sha256(b"oslo").hexdigest()
    assert Blinding(BEN).words("oslo") != [word]
    assert Blinding(ANA).mark("subject", "oslo") != word
    assert Blinding(ANA).mark("subject", "oslo") == Blinding(ANA).mark("subject", "oslo")
    assert Blinding(ANA).mark("attribute", "oslo") != Blinding(ANA).mark("subject", "oslo")


def test_keys_have_names_that_tell_them_apart() -> None:
    assert Blinding(ANA).id == Blinding(PersonKeys(ANA.data)).id != Blinding(BEN).id
    assert Blinding(ANA).uuid("record", "profile") != Blinding(BEN).uuid("record", "profile")
