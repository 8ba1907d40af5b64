"""The last part of the pipeline: what a message means, as one typed value, with what speaks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import (
    ENTITIES,
    FEATURE_TYPE_SENTENCE,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    METADATA,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rapport.semantics import EXAMPLES_FILE, Evidence, IntentReading, Semantics, slot_of

SEMANTICS = "semantics"
"""Where a parsed message holds it."""
FALLBACK = "nlu_fallback"
ALTERNATIVES = 3

Vectors = npt.NDArray[np.float32]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SemanticPayload(GraphComponent):
    """Adds `semantics` to each message: `rapport.semantics.Semantics` as JSON.

    Comes last in the pipeline. What speaks for a reading is the training example of its intent whose sentence vector is
    nearest, by whatever dense featurizer is in the pipeline.
    """

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, examples: Mapping[str, tuple[Sequence[str], Vectors]]
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._examples = examples

    @classmethod
    def required_components(cls) -> list[type]:
        """Any featurizer."""
        return [Featurizer]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SemanticPayload:
        """Make one that knows no examples."""
        return cls(model_storage, resource, {})

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the examples and their vectors: 4 MB for 5,000."""
        texts: list[str] = []
        intents: list[str] = []
        vectors: list[Vectors] = []
        for example in training_data.intent_examples:
            vector = _vector(example)
            if example.get(TEXT) and vector is not None:
                texts.append(example.get(TEXT))
                intents.append(example.get(INTENT))
                vectors.append(vector)
        if not texts:
            return self._resource
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(
                folder / EXAMPLES_FILE,
                texts=np.array(texts),
                intents=np.array(intents),
                vectors=np.stack(vectors).astype(np.float16),
                names=np.array([str(name) for name in _names(training_data)]),
            )
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SemanticPayload:
        """Load the examples; where training kept none, none."""
        try:
            with (
                model_storage.read_from(resource) as folder,
                np.load(folder / EXAMPLES_FILE, allow_pickle=False) as kept,
            ):
                places: dict[str, list[int]] = defaultdict(list)
                for place, intent in enumerate(kept["intents"]):
                    places[str(intent)].append(place)
                texts, vectors = kept["texts"], kept["vectors"].astype(np.float32)
                examples = {intent: ([str(texts[place]) for place in at], vectors[at]) for intent, at in places.items()}
                return cls(model_storage, resource, examples)
        except ValueError:  # Rasa's word for a resource that training did not write
            return cls.create(config, model_storage, resource, execution_context)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the payload to each message that has a text."""
        for message in messages:
            if message.get(TEXT):
                message.set(SEMANTICS, self._semantics(message).as_json(), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training data needs none."""
        return training_data

    def _nearest(self, intent: str, vector: Vectors | None) -> Evidence | None:
        """The example of an intent that is nearest in meaning."""
        if vector is None or intent not in self._examples:
            return None
        texts, vectors = self._examples[intent]
        similar = vectors @ vector
        at = int(np.argmax(similar))
        return Evidence(texts[at], round(float(similar[at]), 3))

    def _semantics(self, message: Message) -> Semantics:
        taken = message.get(INTENT) or {}
        vector = _vector(message)
        readings = [
            self._reading(each, vector)
            for each in message.get(INTENT_RANKING_KEY) or [taken]
            if each.get(INTENT_NAME_KEY) not in (None, FALLBACK)
        ]
        understood = taken.get(INTENT_NAME_KEY) not in (None, FALLBACK)
        first = readings[0] if readings else IntentReading(FALLBACK, 0.0)
        metadata = message.get(METADATA) or {}
        words = metadata.get("words") or ()
        text = message.get(TEXT)
        entities = sorted(message.get(ENTITIES) or (), key=lambda entity: entity["start"])
        heard = metadata.get("confidence")
        return Semantics(
            intent=first,
            understood=understood,
            alternatives=tuple(readings[1 : 1 + ALTERNATIVES]),
            slots=tuple(slot_of(entity, text, words) for entity in entities),
            source=str(metadata.get("source") or ""),
            heard=None if heard is None else round(float(heard), 3),
        )

    def _reading(self, ranked: Mapping[str, Any], vector: Vectors | None) -> IntentReading:
        name, sure = str(ranked[INTENT_NAME_KEY]), float(ranked[PREDICTED_CONFIDENCE_KEY])
        return IntentReading(name, round(min(1.0, max(0.0, sure)), 4), self._nearest(name, vector))


def _names(training_data: TrainingData) -> list[str]:
    """What lookup tables list; those that are files are not read."""
    tables = (table["elements"] for table in training_data.lookup_tables)
    return [name for elements in tables if isinstance(elements, list) for name in elements]


def _vector(message: Message) -> Vectors | None:
    """The message's sentence vector of length 1; None where there is no dense featurizer."""
    dense = [
        each
        for each in message.features
        if each.type == FEATURE_TYPE_SENTENCE and each.attribute == TEXT and each.is_dense()
    ]
    if not dense:
        return None
    vector: Vectors = np.asarray(dense[-1].features, np.float32).reshape(-1)
    length = float(np.linalg.norm(vector))
    return vector / length if length else None
