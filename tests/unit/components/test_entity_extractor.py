"""The extractor of entities: one word, two meanings, told apart by what the message is for."""

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.featurizers.sparse_featurizer.lexical_syntactic_featurizer import LexicalSyntacticFeaturizer
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.entity_extractor import IntentAwareCrfExtractor

FEATURES = {"features": [["low"], ["low", "pattern"], ["low"]]}


def example(text: str, intent: str | None, **entities: str) -> Message:
    spans = [
        {"entity": kind, "value": value, "start": text.index(value), "end": text.index(value) + len(value)}
        for kind, value in entities.items()
    ]
    return Message({"text": text, "entities": spans, **({"intent": intent} if intent else {})})


@pytest.fixture
def extractor(tmp_path: Path) -> tuple[IntentAwareCrfExtractor, LexicalSyntacticFeaturizer, WhitespaceTokenizer]:
    storage = LocalModelStorage.create(tmp_path)
    context = ExecutionContext(GraphSchema({}))
    tokenizer = WhitespaceTokenizer(WhitespaceTokenizer.get_default_config())
    config = LexicalSyntacticFeaturizer.get_default_config()
    featurizer = LexicalSyntacticFeaturizer.create(config, storage, Resource("features"), context)
    crf = IntentAwareCrfExtractor.create(
        {**IntentAwareCrfExtractor.get_default_config(), **FEATURES, "BILOU_flag": False},
        storage,
        Resource("crf"),
        context,
    )
    data = TrainingData(
        [
            *(example(f"and {word}", "set_alarm", time=word) for word in ("six", "seven", "eight", "nine")),
            *(example(f"and {word}", "calculate", number=word) for word in ("six", "seven", "eight", "nine")),
        ]
        * 5
    )
    tokenizer.process_training_data(data)
    featurizer.train(data)
    featurizer.process_training_data(data)
    crf.train(data)
    return crf, featurizer, tokenizer


@pytest.mark.parametrize(("intent", "kind"), [("set_alarm", "time"), ("calculate", "number")])
def test_the_intent_tells_what_a_word_stands_for(
    extractor: tuple[IntentAwareCrfExtractor, LexicalSyntacticFeaturizer, WhitespaceTokenizer], intent: str, kind: str
) -> None:
    crf, featurizer, tokenizer = extractor
    message = Message({"text": "and eight", "intent": {"name": intent, "confidence": 0.9}})
    for component in (tokenizer, featurizer, crf):
        [message] = component.process([message])

    assert [(each["entity"], each["value"]) for each in message.get("entities")] == [(kind, "eight")]
    assert message.get("entities")[0]["extractor"] == "IntentAwareCrfExtractor"
