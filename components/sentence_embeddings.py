"""What a message means, as a vector, for the classifiers behind it in the pipeline."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rapport.embedding import SentenceEmbedder, weights_version

PROJECT = Path(__file__).resolve().parent.parent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MiniLmFeaturizer(DenseFeaturizer, GraphComponent):
    """Gives each message the sentence vector of its text: 384 numbers, of length 1.

    There are no features of single words: the classifier that this is for reads sentences.
    `path` in the configuration is the model's folder, from the project's root.
    """

    def __init__(self, config: dict[str, Any], name: str, embedder: SentenceEmbedder) -> None:
        super().__init__(name, config)
        self._embedder = embedder

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The model where `make models` puts it."""
        return {**DenseFeaturizer.get_default_config(), "path": "models/minilm"}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse a configuration without a usable `path`."""
        if not isinstance(config.get("path"), str):
            raise InvalidConfigException("MiniLmFeaturizer: `path` must name the model's folder")

    @staticmethod
    def required_packages() -> list[str]:
        """What runs the model; their versions are part of Rasa's fingerprint."""
        return ["onnxruntime", "tokenizers"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The weights' digest: other weights, other vectors, so what was trained on them is trained again."""
        return weights_version(_folder({**cls.get_default_config(), **config}))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MiniLmFeaturizer:
        """Make it, with the model that this process has loaded already where it has."""
        return cls(config, execution_context.node_name, _embedder(_folder(config)))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add vectors to all examples, many at a time."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add a vector to each message that has a text."""
        spoken = [message for message in messages if message.get(TEXT)]
        vectors = self._embedder.embed([message.get(TEXT) for message in spoken])
        for message, vector in zip(spoken, vectors, strict=True):
            message.add_features(Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages


def _folder(config: dict[str, Any]) -> Path:
    path: str = config["path"]
    return PROJECT / path


@lru_cache(maxsize=1)
def _embedder(folder: Path) -> SentenceEmbedder:
    """One model a process: training and trying what was trained both ask for it."""
    return SentenceEmbedder(folder)
