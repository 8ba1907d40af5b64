"""Which intent, and how sure: a linear model over sparse and dense sentence features. Knows nothing of Rasa.

Multinomial logistic regression over blocks of features, one block a featurizer. Counts become tf-idf, and every block
is scaled to length 1, since raw counts drown what a sentence vector says (docs/adr/0002-pipeline.md has the figures).

Its probabilities are too modest where it is right and too bold on what it never saw, so a confidence is learned from
them: the training set is read by models that did not see the examples read, or did not see their whole intents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh
from scipy.sparse import csr_matrix
from scipy.special import expit, logit, softmax

Floats = npt.NDArray[np.floating]
Integers = npt.NDArray[np.integer]

DENSE_WEIGHT = 2.0
"""Length of the dense blocks beside sparse ones of length 1. On 10 examples an intent of HWU64, accuracy was 81.3 %
at 1, 82.9 % at 2 and 83.2 % at 3; on 20 of CLINC150, 96.2, 96.9 and 96.6 %."""

INVERSE_REGULARISATION = 10.0
"""C of the regression; between 3 and 30 accuracy moved by 0.3 points."""

UNKNOWN_SHARE = 0.1
"""The share of what is said to it that a confidence assumes to be outside every intent."""

DIRECTIONS = 1_000
"""Most directions that the coefficients are sought along: those in which the examples vary most. Of 1,659 examples of
65 intents all of them gave 89.3 % in cross-validation, 1,000 of them 89.2 %, 300 of them 88.4 %; it is learned in
1.2 s instead of 2.6."""

LANDMARKS = 4_000
"""Most examples that the directions are taken from: a random choice of larger sets."""

FOLDS_TIMES_EXAMPLES = 5_000
"""How much is learned again to learn the confidence: five folds up to 1,000 examples, one split from 5,000 on."""

FEWEST_INTENTS, FEWEST_EXAMPLES = 4, 20
"""Below either, there is too little to learn a confidence from, and the probability is taken for it."""

_SEED = 0


@dataclass(frozen=True)
class Block:
    """What one featurizer gives for a sentence: the numbers that are not 0, and where.

    Attributes:
        indices: Positions, ascending.
        values: What is there, as many.
        size: Length of the whole vector.
        dense: Whether it is a sentence vector rather than counts.
    """

    indices: Integers
    values: Floats
    size: int
    dense: bool


Sentence = Mapping[str, Block]
"""One sentence's blocks, each by its featurizer's name. One that found nothing may be absent."""


@dataclass(frozen=True)
class LinearModel:
    """A trained model; `fit` makes one.

    Attributes:
        intents: Names, sorted.
        starts: Where each block begins in the joint vector, by its featurizer's name.
        idf: Weight of each position of the joint vector; in dense blocks, all 1.
        dense: The names of the dense blocks.
        coefficients: Of shape (joint vector, intents).
        intercepts: One an intent.
        slope: Of the confidence, over the log-odds of the likeliest intent's probability.
        offset: Of the confidence.
    """

    intents: tuple[str, ...]
    starts: Mapping[str, int]
    idf: Floats
    dense: frozenset[str]
    coefficients: Floats
    intercepts: Floats
    slope: float = 1.0
    offset: float = 0.0

    def rank(self, sentence: Sentence) -> list[tuple[str, float]]:
        """All intents with their confidences, likeliest first. What they lack to 1 is that none of them was meant."""
        indices, values = _joined(sentence, self.starts, self.idf, self.dense)
        probabilities = softmax(values @ self.coefficients[indices] + self.intercepts)
        order = np.argsort(-probabilities, kind="stable")
        confidences = self._confidences(probabilities[order])
        return [(self.intents[at], float(sure)) for at, sure in zip(order, confidences, strict=True)]

    def _confidences(self, probabilities: Floats) -> Floats:
        """The first as learned; the others scaled down with it, or to what it leaves them."""
        first = float(np.clip(probabilities[0], _LEAST, 1 - _LEAST))
        sure = float(expit(self.slope * logit(first) + self.offset))
        others = probabilities[1:] * min(sure / first, (1 - sure) / (1 - first))
        return np.concatenate([[sure], others])


_LEAST = 1e-6


def fit(sentences: Sequence[Sentence], intents: Sequence[str]) -> LinearModel:
    """Learn from sentences and their intents, of which there must be two different ones at least."""
    starts, size = _layout(sentences)
    dense = frozenset(name for sentence in sentences for name, block in sentence.items() if block.dense)
    idf = _idf(sentences, starts, size)
    joint = [_joined(sentence, starts, idf, dense) for sentence in sentences]
    features = csr_matrix(
        (
            np.concatenate([values for _, values in joint]),
            np.concatenate([indices for indices, _ in joint]),
            np.cumsum([0, *(len(values) for values, _ in joint)]),
        ),
        shape=(len(sentences), size),
        dtype=np.float64,
    )
    names, labels = np.unique(np.asarray(intents), return_inverse=True)
    span = _Span.of(features, _dense_columns(sentences, starts, size))
    points = span.points(features)
    weights, intercepts = _regression(points, labels, len(names))
    slope, offset = _learn_confidence(points, labels)
    return LinearModel(
        intents=tuple(str(name) for name in names),
        starts=starts,
        idf=idf,
        dense=dense,
        coefficients=span.coefficients(weights),
        intercepts=intercepts,
        slope=slope,
        offset=offset,
    )


def _layout(sentences: Sequence[Sentence]) -> tuple[dict[str, int], int]:
    starts: dict[str, int] = {}
    size = 0
    for sentence in sentences:
        for name, block in sentence.items():
            if name not in starts:
                starts[name] = size
                size += block.size
    return starts, size


def _dense_columns(sentences: Sequence[Sentence], starts: Mapping[str, int], size: int) -> npt.NDArray[np.bool_]:
    columns = np.zeros(size, dtype=bool)
    for sentence in sentences:
        for name, block in sentence.items():
            if block.dense:
                columns[starts[name] : starts[name] + block.size] = True
    return columns


def _idf(sentences: Sequence[Sentence], starts: Mapping[str, int], size: int) -> Floats:
    """Smoothed inverse document frequency: as if one more sentence held every word."""
    seen_in = np.zeros(size)
    idf = np.ones(size, dtype=np.float32)
    for sentence in sentences:
        for name, block in sentence.items():
            if not block.dense:
                seen_in[starts[name] + block.indices] += 1
    counted = seen_in > 0
    idf[counted] = np.log((1 + len(sentences)) / (1 + seen_in[counted])) + 1
    return idf


def _joined(
    sentence: Sentence, starts: Mapping[str, int], idf: Floats, dense: frozenset[str]
) -> tuple[Integers, Floats]:
    """Positions and numbers of a sentence's joint vector. Blocks that training did not know are left out."""
    indices: list[Integers] = [np.empty(0, dtype=np.int64)]
    values: list[Floats] = [np.empty(0, dtype=np.float32)]
    for name, block in sentence.items():
        if name not in starts:
            continue
        at = starts[name] + block.indices
        numbers = block.values if name in dense else (1 + np.log(block.values)) * idf[at]
        length = np.linalg.norm(numbers)
        if length > 0:
            indices.append(at)
            values.append(numbers / length * (DENSE_WEIGHT if name in dense else 1.0))
    return np.concatenate(indices), np.concatenate(values)


@dataclass(frozen=True)
class _Span:
    """The directions that the examples, or a choice of them, span.

    An L2-regularised solution lies in the span of its examples. Seeking it there, among at most as many unknowns as
    there are examples instead of tens of thousands of n-grams, takes half a second where it took ten.

    Attributes:
        examples: The chosen ones, of shape (examples, joint vector).
        mix: What of each makes an orthonormal direction, of shape (examples, directions).
        dense_columns: Which columns are worth multiplying as a full matrix.
    """

    examples: csr_matrix
    mix: Floats
    dense_columns: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, features: csr_matrix, dense_columns: npt.NDArray[np.bool_]) -> _Span:
        """Choose examples and make their directions."""
        examples = features
        if features.shape[0] > LANDMARKS:
            rows = np.random.default_rng(_SEED).choice(features.shape[0], LANDMARKS, replace=False)
            examples = features[np.sort(rows)]
        size = examples.shape[0]
        eigenvalues, eigenvectors = eigh(
            _products(examples, examples, dense_columns), subset_by_index=(max(0, size - DIRECTIONS), size - 1)
        )
        kept = eigenvalues > _LEAST * eigenvalues[-1]
        return cls(examples, eigenvectors[:, kept] / np.sqrt(eigenvalues[kept]), dense_columns)

    def points(self, features: csr_matrix) -> Floats:
        """Examples as coordinates along the directions."""
        return np.asarray(_products(features, self.examples, self.dense_columns) @ self.mix, dtype=np.float32)

    def coefficients(self, weights: Floats) -> Floats:
        """What weights of shape (intents, directions) are in the joint vector: (joint vector, intents)."""
        return np.asarray(self.examples.T @ (self.mix @ weights.T), dtype=np.float32)


def _products(one: csr_matrix, other: csr_matrix, dense_columns: npt.NDArray[np.bool_]) -> Floats:
    thick = one[:, dense_columns].toarray() @ other[:, dense_columns].toarray().T
    return np.asarray(thick + (one[:, ~dense_columns] @ other[:, ~dense_columns].T).toarray())


def _regression(points: Floats, labels: Integers, intents: int) -> tuple[Floats, Floats]:
    """Weights of shape (intents, dimensions), and intercepts; an intent without examples gets the least likely."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=INVERSE_REGULARISATION, multi_class="multinomial", tol=1e-2, max_iter=500, random_state=_SEED
    ).fit(points, labels)
    weights, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps the second's alone, as the difference
        weights, intercepts = np.vstack([-weights, weights]), np.concatenate([-intercepts, intercepts])
    all_weights = np.zeros((intents, points.shape[1]), dtype=np.float32)
    all_intercepts = np.full(intents, -1e3, dtype=np.float32)
    all_weights[model.classes_], all_intercepts[model.classes_] = weights, intercepts
    return all_weights, all_intercepts


def _learn_confidence(points: Floats, labels: Integers) -> tuple[float, float]:
    """Slope and offset of Platt's sigmoid over what is right among the seen intents and the unseen ones."""
    from sklearn.linear_model import LogisticRegression

    intents = int(labels.max()) + 1
    if intents < FEWEST_INTENTS or len(labels) < FEWEST_EXAMPLES:
        return 1.0, 0.0
    odds: dict[bool, list[Floats]] = {True: [], False: []}
    right: dict[bool, list[npt.NDArray[np.bool_]]] = {True: [], False: []}
    for known, held in _held_out(labels):
        weights, intercepts = _regression(points[~held], labels[~held], intents)
        probabilities = softmax(points[held] @ weights.T + intercepts, axis=1)
        odds[known].append(logit(np.clip(probabilities.max(axis=1), _LEAST, 1 - _LEAST)))
        right[known].append(probabilities.argmax(axis=1) == labels[held])
    seen, unseen = np.concatenate(odds[True]), np.concatenate(odds[False])
    shares = np.concatenate(
        [np.full(len(seen), (1 - UNKNOWN_SHARE) / len(seen)), np.full(len(unseen), UNKNOWN_SHARE / len(unseen))]
    )
    sigmoid = LogisticRegression(C=1e3).fit(
        np.concatenate([seen, unseen])[:, np.newaxis],
        np.concatenate([*right[True], *right[False]]),
        sample_weight=shares * len(labels),
    )
    slope, offset = float(sigmoid.coef_[0, 0]), float(sigmoid.intercept_[0])
    return (slope, offset) if slope > 0 else (1.0, 0.0)


def _held_out(labels: Integers) -> Iterator[tuple[bool, npt.NDArray[np.bool_]]]:
    """Which examples to hold out, and whether their intents stay known: examples first, then whole intents."""
    folds = 5
    rounds = int(np.clip(FOLDS_TIMES_EXAMPLES // len(labels), 1, folds))
    random = np.random.default_rng(_SEED)
    example_fold = random.permutation(len(labels)) % folds
    intent_fold = random.permutation(int(labels.max()) + 1) % folds
    for fold in range(rounds):
        yield True, example_fold == fold
    for fold in range(rounds):
        yield False, intent_fold[labels] == fold
