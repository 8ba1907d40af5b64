"""Which intent a message has: `LinearModel` as a component of Rasa."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers import LABEL_RANKING_LENGTH
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import (
    FEATURE_TYPE_SENTENCE,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import linear_model
from components.linear_model import Block, LinearModel, Sentence

logger = logging.getLogger(__name__)

_FILE = "model.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Reads all sentence features before it in the pipeline, sparse and dense.

    A confidence is the probability that the reading is right where one utterance in ten is outside every intent, so a
    FallbackClassifier's threshold of 0.5 asks again where a wrong answer is likelier than a right one. Confidences of
    a ranking need not add up to 1: the rest is that nothing was meant that was trained.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
    ) -> None:
        self._ranking_length = config["ranking_length"] or None
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def required_components(cls) -> list[type]:
        """Any featurizer."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """What trains it."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """How many intents a message's ranking names; 0 means all."""
        return {"ranking_length": LABEL_RANKING_LENGTH}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The model's code, which Rasa does not look at: it fingerprints this class alone."""
        return hashlib.sha256(Path(linear_model.__file__).read_bytes()).hexdigest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """Make an untrained one."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples with an intent and a text."""
        examples = [one for one in training_data.intent_examples if one.get(TEXT) and one.get(INTENT)]
        intents = [one.get(INTENT) for one in examples]
        if len(set(intents)) < 2:
            logger.warning("No intents are told apart: there are fewer than two in the training data.")
            return self._resource
        self._model = linear_model.fit([_sentence(one) for one in examples], intents)
        with self._model_storage.write_to(self._resource) as folder:
            save(self._model, folder / _FILE)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """Load a trained one; where training was skipped, an untrained one."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, load(folder / _FILE))
        except ValueError:  # Rasa's word for a resource that training did not write
            return cls.create(config, model_storage, resource, execution_context)

    def process(self, messages: list[Message]) -> list[Message]:
        """Give each message its intent and the ranking."""
        for message in messages:
            ranking = self._ranking(message)
            intent = ranking[0] if ranking else {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
            message.set(INTENT, intent, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Read the training data, which Rasa asks for before it trains policies on whole conversations."""
        self.process(training_data.training_examples)
        return training_data

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        if self._model is None or not message.get(TEXT):
            return []
        ranked = self._model.rank(_sentence(message))[: self._ranking_length]
        return [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: sure} for name, sure in ranked]


def save(model: LinearModel, path: Path) -> None:
    """Write a model as plain arrays, which are read without running anything."""
    np.savez(
        path,
        intents=np.array(model.intents),
        blocks=np.array(list(model.starts)),
        starts=np.array(list(model.starts.values())),
        dense=np.array([name in model.dense for name in model.starts]),
        idf=model.idf,
        coefficients=model.coefficients,
        intercepts=model.intercepts,
        confidence=np.array([model.slope, model.offset]),
    )


def load(path: Path) -> LinearModel:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        blocks = [str(name) for name in arrays["blocks"]]
        return LinearModel(
            intents=tuple(str(name) for name in arrays["intents"]),
            starts=dict(zip(blocks, arrays["starts"].tolist(), strict=True)),
            idf=arrays["idf"],
            dense=frozenset(name for name, dense in zip(blocks, arrays["dense"], strict=True) if dense),
            coefficients=arrays["coefficients"],
            intercepts=arrays["intercepts"],
            slope=float(arrays["confidence"][0]),
            offset=float(arrays["confidence"][1]),
        )


def _sentence(message: Message) -> Sentence:
    features = (one for one in message.features if one.attribute == TEXT and one.type == FEATURE_TYPE_SENTENCE)
    return {_name(one.origin): _block(one.features, one.is_dense()) for one in features}


def _name(origin: str | Iterable[str]) -> str:
    return origin if isinstance(origin, str) else "+".join(origin)


def _block(matrix: Any, dense: bool) -> Block:
    """From Rasa's matrix of one row."""
    if dense:
        return Block(np.arange(matrix.shape[1]), np.asarray(matrix[0], dtype=np.float32), matrix.shape[1], True)
    row = matrix.tocsr()
    row.sum_duplicates()
    kept = row.data > 0
    return Block(row.indices[kept], row.data[kept].astype(np.float32), matrix.shape[1], False)
