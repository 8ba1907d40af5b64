"""The linear model: reads what it was taught, ranks in order, and is unsure of what it never saw."""

import numpy as np
import pytest

from components import linear_model
from components.linear_model import Block, LinearModel, Sentence, fit

WORDS = 60
DENSE = 8
INTENTS = 12


def sentence(words: list[int], dense: np.ndarray | None = None) -> Sentence:
    indices, counts = np.unique(np.array(words, dtype=int), return_counts=True)
    blocks = {"words": Block(indices, counts.astype(np.float32), WORDS, dense=False)}
    if dense is not None:
        blocks["meaning"] = Block(np.arange(DENSE), dense.astype(np.float32), DENSE, dense=True)
    return blocks


def examples(number: int, seed: int, noise: float = 0.3) -> tuple[list[Sentence], list[str]]:
    """Intent k says words 4k to 4k+3 and some of everybody's; its dense vectors lie about its own direction."""
    centres = np.random.default_rng(0).normal(size=(INTENTS, DENSE))
    random = np.random.default_rng(seed)
    sentences, intents = [], []
    for _ in range(number):
        intent = int(random.integers(INTENTS))
        words = [*(4 * intent + random.integers(4, size=2)), *(48 + random.integers(12, size=3))]
        sentences.append(sentence(words, centres[intent] + noise * random.normal(size=DENSE)))
        intents.append(f"intent {intent:02}")
    return sentences, intents


def accuracy(model: LinearModel, sentences: list[Sentence], intents: list[str]) -> float:
    return float(np.mean([model.rank(one)[0][0] == intent for one, intent in zip(sentences, intents, strict=True)]))


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return fit(*examples(240, seed=1))


def test_reads_sentences_that_it_was_not_taught(model: LinearModel) -> None:
    """As good as all of them, of a dozen intents."""
    assert accuracy(model, *examples(100, seed=2)) > 0.97


def test_a_ranking_is_in_order_and_within_one(model: LinearModel) -> None:
    """Every intent once; what is missing to 1 is that none of them was meant."""
    for one in examples(20, seed=3, noise=3.0)[0]:
        names, sure = zip(*model.rank(one), strict=True)

        assert sorted(names) == list(model.intents)
        assert list(sure) == sorted(sure, reverse=True)
        assert 0 < sum(sure) <= 1 + 1e-6


def test_is_surer_of_what_it_knows(model: LinearModel) -> None:
    """Intents that training left out get less confidence than those that it had, nearly always."""
    sentences, intents = examples(300, seed=4)
    taught = [at for at, intent in enumerate(intents) if intent < "intent 08"]
    partial = fit([sentences[at] for at in taught], [intents[at] for at in taught])
    asked, truth = examples(200, seed=5)

    known = [partial.rank(one)[0][1] for one, intent in zip(asked, truth, strict=True) if intent < "intent 08"]
    foreign = [partial.rank(one)[0][1] for one, intent in zip(asked, truth, strict=True) if intent >= "intent 08"]

    assert np.mean([one > other for one in known for other in foreign]) > 0.9


def test_a_confidence_is_a_share_of_right_readings(model: LinearModel) -> None:
    """With noise that makes a tenth or more wrong, the mean confidence is near the accuracy."""
    noisy = fit(*examples(400, seed=6, noise=1.5))
    sentences, intents = examples(400, seed=7, noise=1.5)

    mean = np.mean([noisy.rank(one)[0][1] for one in sentences])

    # A tenth of what it will hear is assumed to be foreign, which none of these are.
    assert mean == pytest.approx(accuracy(noisy, sentences, intents), abs=0.12)


def test_seeking_in_the_span_of_the_examples_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The regression among n-grams and the one among examples rank alike."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    sentences, intents = examples(120, seed=8, noise=2.0)
    model = fit(sentences, intents)
    joint = [linear_model._joined(one, model.starts, model.idf, model.dense) for one in sentences]
    rows = np.zeros((len(joint), len(model.idf)))
    for row, (indices, values) in zip(rows, joint, strict=True):
        row[indices] = values
    direct = LogisticRegression(C=linear_model.INVERSE_REGULARISATION, max_iter=2_000).fit(csr_matrix(rows), intents)

    assert np.abs(model.coefficients.T - direct.coef_).max() < 0.02


def test_more_examples_than_landmarks_are_read_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A random part of a large set spans enough."""
    monkeypatch.setattr(linear_model, "LANDMARKS", 100)

    assert accuracy(fit(*examples(300, seed=9)), *examples(100, seed=10)) > 0.95


def test_two_intents_and_few_examples_do(model: LinearModel) -> None:
    """Below what a confidence can be learned from, the probability stands for it."""
    small = fit([sentence([1, 2]), sentence([1, 3]), sentence([7, 8]), sentence([7, 9])], ["a", "a", "b", "b"])

    assert small.rank(sentence([1]))[0][0] == "a"
    assert small.rank(sentence([7]))[0][0] == "b"
    assert (small.slope, small.offset) == (1.0, 0.0)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="no features"),
        pytest.param(sentence([]), id="no known words"),
        pytest.param(sentence([], np.zeros(DENSE)), id="a vector of zeros"),
        pytest.param({"other": Block(np.array([900]), np.array([1.0]), 1_000, dense=False)}, id="another featurizer"),
    ],
)
def test_nothing_to_go_by_is_ranked_all_the_same(model: LinearModel, asked: Sentence) -> None:
    """By the intercepts, with little confidence."""
    ranking = model.rank(asked)

    assert len(ranking) == INTENTS
    assert ranking[0][1] < 0.6


def test_training_twice_gives_the_same(model: LinearModel) -> None:
    """To the bit: nothing in it is left to chance."""
    again = fit(*examples(240, seed=1))

    assert np.array_equal(again.coefficients, model.coefficients)
    assert (again.slope, again.offset) == (model.slope, model.offset)
