"""The payload of a turn: typed, by its schema, with what speaks for it, and how its words were heard."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, METADATA, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.semantic_payload import SEMANTICS, SemanticPayload

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs/schemas/semantics-1.json").read_text())
WORDS = [
    {"word": "weather", "start_ms": 0, "end_ms": 300, "confidence": 1.0},
    {"word": "in", "start_ms": 300, "end_ms": 400, "confidence": 0.9},
    {"word": "new", "start_ms": 400, "end_ms": 600, "confidence": 0.8},
    {"word": "york", "start_ms": 600, "end_ms": 900, "confidence": 0.45},
]


def pointing(message: Message, *numbers: float) -> Message:
    """With a sentence vector."""
    message.add_features(Features(np.array([numbers], np.float32), FEATURE_TYPE_SENTENCE, TEXT, "a featurizer"))
    return message


@pytest.fixture
def context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), node_name="node")


@pytest.fixture
def component(tmp_path: Path, context: ExecutionContext) -> SemanticPayload:
    """Trained, stored, and loaded."""
    storage, resource = LocalModelStorage.create(tmp_path), Resource("payload")
    examples = [
        pointing(Message.build("what's the weather in oslo", intent="ask_weather"), 1, 0.1),
        pointing(Message.build("will it rain", intent="ask_weather"), 0.5, 0.9),
        pointing(Message.build("what time is it", intent="ask_time"), 0, 2),
    ]
    tables: list[dict[str, Any]] = [{"name": "place", "elements": ["oslo", "new york"]}]
    SemanticPayload.create({}, storage, resource, context).train(TrainingData(examples, lookup_tables=tables))
    return SemanticPayload.load({}, storage, resource, context)


def read(component: SemanticPayload, *, fallback: bool = False, **metadata: Any) -> dict[str, Any]:
    """The payload of "weather in new york"."""
    ranking = [{"name": "ask_weather", "confidence": 0.9}, {"name": "ask_time", "confidence": 0.05}]
    entity = {
        "entity": "place",
        "value": "New York",
        "start": 11,
        "end": 19,
        "extractor": "CRF",
        "confidence_entity": 0.97,
    }
    data: dict[str, Any] = {
        TEXT: "weather in new york",
        "intent": {"name": "nlu_fallback", "confidence": 0.5} if fallback else ranking[0],
        "intent_ranking": [{"name": "nlu_fallback", "confidence": 0.5}, *ranking] if fallback else ranking,
        "entities": [entity],
        METADATA: metadata,
    }
    [message] = component.process([pointing(Message(data=data), 3, 0.4)])
    payload: dict[str, Any] = message.get(SEMANTICS)
    jsonschema.validate(payload, SCHEMA)
    return payload


def test_the_payload_says_what_is_meant_and_what_speaks_for_it(component: SemanticPayload) -> None:
    payload = read(component)

    assert payload["version"] == 1
    assert payload["intent"]["name"] == "ask_weather"
    assert payload["intent"]["evidence"]["example"] == "what's the weather in oslo"
    assert payload["intent"]["evidence"]["similarity"] == pytest.approx(0.999, abs=0.002)
    assert [each["name"] for each in payload["alternatives"]] == ["ask_time"]
    assert payload["understood"]
    assert payload["heard"] is None


def test_a_slot_has_its_words_their_times_and_the_least_sure_of_them(component: SemanticPayload) -> None:
    payload = read(component, source="speech", confidence=0.79, words=WORDS)

    assert payload["slots"] == [
        {
            "name": "place",
            "type": "text",
            "text": "new york",
            "value": "New York",
            "start": 11,
            "end": 19,
            "confidence": 0.97,
            "heard": 0.45,
            "start_ms": 400,
            "end_ms": 900,
            "extractor": "CRF",
        }
    ]
    assert (payload["source"], payload["heard"]) == ("speech", 0.79)


def test_what_is_asked_back_keeps_its_likeliest_reading(component: SemanticPayload) -> None:
    payload = read(component, fallback=True)

    assert not payload["understood"]
    assert payload["intent"]["name"] == "ask_weather"


def test_it_leaves_with_the_message_and_of_a_message_without_text_there_is_none(component: SemanticPayload) -> None:
    spoken, silent = component.process([Message(data={TEXT: "hm"}), Message(data={})])

    assert SEMANTICS in spoken.as_dict(only_output_properties=True)
    jsonschema.validate(spoken.get(SEMANTICS), SCHEMA)
    assert silent.get(SEMANTICS) is None


def test_without_examples_nothing_speaks_for_a_reading(tmp_path: Path, context: ExecutionContext) -> None:
    untrained = SemanticPayload.load({}, LocalModelStorage.create(tmp_path), Resource("payload"), context)

    assert read(untrained)["intent"]["evidence"] is None
