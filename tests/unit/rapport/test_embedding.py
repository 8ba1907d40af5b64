"""Sentences as vectors: near in meaning, the same however they come, and none kept in clear."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rapport.embedding import DIMENSIONS, SentenceEmbedder, weights_version
from rapport.errors import ModelMissing

FOLDER = Path(__file__).resolve().parents[3] / "models/minilm"
SENTENCES = ["what time is it", "tell me the time", "do you like cheese", "", "a " * 400]


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return _embedder(kept=100)


@pytest.fixture(scope="module")
def forgetful() -> SentenceEmbedder:
    return _embedder(kept=2)


def _embedder(kept: int) -> SentenceEmbedder:
    pytest.importorskip("tokenizers", reason="this environment does not embed")
    if not FOLDER.is_dir():
        pytest.skip("the sentence model is absent; `make models` gets it")
    return SentenceEmbedder(FOLDER, kept=kept)


def test_vectors_have_length_one_and_keep_order(embedder: SentenceEmbedder) -> None:
    """One float32 row a text; an empty one and an endless one have theirs, too."""
    vectors = embedder.embed(SENTENCES)

    assert vectors.shape == (len(SENTENCES), DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(embedder.embed(SENTENCES[::-1]), vectors[::-1])


def test_sentences_of_one_meaning_are_nearest(embedder: SentenceEmbedder) -> None:
    """Two ways to ask for the time are nearer to each other than to a question about cheese."""
    asked, told, cheese = embedder.embed(SENTENCES[:3])

    assert asked @ told > asked @ cheese + 0.4


def test_a_vector_does_not_depend_on_what_it_was_made_with(
    embedder: SentenceEmbedder, forgetful: SentenceEmbedder
) -> None:
    """Trained in batches, asked alone: the numbers are the same."""
    alone = [forgetful.embed([text])[0] for text in SENTENCES]

    assert np.abs(embedder.embed(SENTENCES) - np.stack(alone)).max() < 1e-5


def test_no_texts_give_no_vectors(embedder: SentenceEmbedder) -> None:
    """An empty array of the usual width, so that callers need not ask first."""
    assert embedder.embed([]).shape == (0, DIMENSIONS)


def test_half_a_surrogate_pair_is_read_as_a_question_mark(embedder: SentenceEmbedder) -> None:
    """JSON may carry one, and nothing can encode it."""
    broken, question = embedder.embed(["time \ud83d", "time ?"])

    assert np.array_equal(broken, question)


def test_keeps_no_more_vectors_than_it_was_told(embedder: SentenceEmbedder, forgetful: SentenceEmbedder) -> None:
    """The oldest goes; texts beyond the limit still get their vectors, and no text is kept in clear."""
    vectors = forgetful.embed(SENTENCES)

    assert np.abs(vectors - embedder.embed(SENTENCES)).max() < 1e-5
    assert len(forgetful._kept) == 2
    assert not any(text.encode() in key for key in forgetful._kept for text in SENTENCES if text)


def test_threads_share_one(embedder: SentenceEmbedder, forgetful: SentenceEmbedder) -> None:
    """Callers at the same time get what each asked for."""
    wanted = embedder.embed(SENTENCES)

    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda text: forgetful.embed([text])[0], SENTENCES * 4))

    assert np.abs(np.stack(rows) - np.concatenate([wanted] * 4)).max() < 1e-5


def test_an_absent_model_says_how_to_get_it(tmp_path: Path) -> None:
    """Whichever file it is."""
    (tmp_path / "tokenizer.json").write_text("{}")

    with pytest.raises(ModelMissing, match=r"model\.onnx; run `make models`"):
        SentenceEmbedder(tmp_path)


def test_a_damaged_model_says_how_to_get_it(tmp_path: Path) -> None:
    """Not what a parser thought of it."""
    pytest.importorskip("tokenizers")
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_text("not a model")

    with pytest.raises(ModelMissing, match="run `make models`"):
        SentenceEmbedder(tmp_path)


def test_the_version_changes_with_the_weights(tmp_path: Path) -> None:
    """And only with them."""
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_text("one")
    before = weights_version(tmp_path)

    assert weights_version(tmp_path) == before
    (tmp_path / "model.onnx").write_text("other")
    assert weights_version(tmp_path) != before
