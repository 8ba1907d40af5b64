"""The components in Rasa's hands: trained, stored, loaded, asked, and trained again where something changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, FEATURE_TYPE_SEQUENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import sentence_embeddings
from components.intent_classifier import LinearIntentClassifier
from components.sentence_embeddings import MiniLmFeaturizer
from rapport.errors import ModelMissing

MODEL = Path(__file__).resolve().parents[3] / "models/minilm"
SPOKEN = {
    "ask_time": ["what time is it", "tell me the time", "how late is it", "do you have the time", "time please"],
    "greet": ["hello", "hi there", "good morning", "hey", "nice to see you"],
    "goodbye": ["bye", "see you later", "good night", "farewell", "i have to go"],
    "ask_help": ["help", "what can you do", "how do you work", "what can i ask you", "i need help"],
}


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    return LocalModelStorage.create(tmp_path)


@pytest.fixture
def context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), node_name="node")


@pytest.fixture
def featurizer(storage: LocalModelStorage, context: ExecutionContext) -> MiniLmFeaturizer:
    if not MODEL.is_dir():
        pytest.skip("the sentence model is absent; `make models` gets it")
    return MiniLmFeaturizer.create(MiniLmFeaturizer.get_default_config(), storage, Resource("node"), context)


@pytest.fixture
def taught(featurizer: MiniLmFeaturizer) -> TrainingData:
    examples = [Message.build(text, intent=intent) for intent, texts in SPOKEN.items() for text in texts]
    return featurizer.process_training_data(TrainingData(examples))


@pytest.fixture
def fresh_models() -> Iterator[None]:
    sentence_embeddings._embedder.cache_clear()
    yield
    sentence_embeddings._embedder.cache_clear()


def heard(text: str) -> Message:
    return Message(data={TEXT: text})


def trained(taught: TrainingData, storage: LocalModelStorage, context: ExecutionContext, **config: Any) -> Any:
    """Train, and give what a server would load from what training stored."""
    settings = {**LinearIntentClassifier.get_default_config(), **config}
    resource = Resource("classifier")
    LinearIntentClassifier.create(settings, storage, resource, context).train(taught)
    return LinearIntentClassifier.load(settings, storage, resource, context)


def test_a_message_gets_one_sentence_vector(featurizer: MiniLmFeaturizer) -> None:
    """None for its words, and none at all where there is no text."""
    message, silence = featurizer.process([heard("what time is it"), Message(data={})])

    sequence, sentence = message.get_dense_features(TEXT)
    assert sequence is None
    assert sentence is not None
    assert sentence.features.shape == (1, 384)
    assert silence.features == []


def test_training_and_asking_give_the_same_vector(featurizer: MiniLmFeaturizer, taught: TrainingData) -> None:
    """Many at a time or one."""
    example = taught.training_examples[0]

    asked = featurizer.process([heard(example.get(TEXT))])[0]

    assert np.allclose(asked.features[0].features, example.features[0].features, atol=1e-5)


def test_other_weights_are_another_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So Rasa trains again what was trained on the old vectors."""
    monkeypatch.setattr(sentence_embeddings, "PROJECT", tmp_path)
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_text("one")
    before = MiniLmFeaturizer.fingerprint_addon({"path": "."})
    (tmp_path / "model.onnx").write_text("other")

    assert MiniLmFeaturizer.fingerprint_addon({"path": "."}) != before


@pytest.mark.usefixtures("fresh_models")
def test_an_absent_model_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: LocalModelStorage, context: ExecutionContext
) -> None:
    """When the pipeline is made, not at the first message."""
    monkeypatch.setattr(sentence_embeddings, "PROJECT", tmp_path)

    with pytest.raises(ModelMissing, match="make models"):
        MiniLmFeaturizer.create(MiniLmFeaturizer.get_default_config(), storage, Resource("node"), context)


def test_a_path_that_is_none_is_refused(storage: LocalModelStorage, context: ExecutionContext) -> None:
    """With the setting's name."""
    with pytest.raises(InvalidConfigException, match="path"):
        MiniLmFeaturizer.validate_config({"path": None})


def test_reads_what_was_not_taught(
    featurizer: MiniLmFeaturizer, taught: TrainingData, storage: LocalModelStorage, context: ExecutionContext
) -> None:
    """By meaning: no word of the second is in any example."""
    classifier = trained(taught, storage, context)

    asked = classifier.process(featurizer.process([heard("what is the hour"), heard("could somebody assist")]))

    assert [message.get("intent")["name"] for message in asked] == ["ask_time", "ask_help"]
    assert all(message.as_dict_nlu()["intent_ranking"][0] == message.get("intent") for message in asked)


def test_a_ranking_is_as_long_as_configured(
    featurizer: MiniLmFeaturizer, taught: TrainingData, storage: LocalModelStorage, context: ExecutionContext
) -> None:
    """0 means all, as with Rasa's classifiers."""
    for length, named in ((2, 2), (0, len(SPOKEN))):
        classifier = trained(taught, storage, context, ranking_length=length)

        asked = classifier.process(featurizer.process([heard("hello")]))[0]

        assert len(asked.get("intent_ranking")) == named


def test_sparse_and_dense_features_count_both(
    featurizer: MiniLmFeaturizer, taught: TrainingData, storage: LocalModelStorage, context: ExecutionContext
) -> None:
    """A word that only the counts know decides where the vectors are the same."""
    from scipy.sparse import csr_matrix

    def with_word(message: Message, word: int) -> Message:
        counts = np.zeros((1, 4))
        counts[0, word] = 1
        for kind in (FEATURE_TYPE_SEQUENCE, FEATURE_TYPE_SENTENCE):
            message.add_features(Features(csr_matrix(counts), kind, TEXT, "counts"))
        return message

    words = {intent: at for at, intent in enumerate(SPOKEN)}
    for example in taught.training_examples:
        with_word(example, words[example.get("intent")])
    classifier = trained(taught, storage, context)

    asked = featurizer.process([heard("xyzzy"), heard("xyzzy")])
    classifier.process([with_word(asked[0], words["goodbye"]), with_word(asked[1], words["ask_help"])])

    assert [message.get("intent")["name"] for message in asked] == ["goodbye", "ask_help"]


def test_a_model_is_stored_without_pickle(
    taught: TrainingData, storage: LocalModelStorage, context: ExecutionContext
) -> None:
    """Loading one that somebody sent runs nothing of theirs."""
    trained(taught, storage, context)

    with storage.read_from(Resource("classifier")) as folder:
        files = [path.name for path in folder.iterdir()]
        with np.load(folder / files[0], allow_pickle=False) as arrays:
            assert files == ["model.npz"]
            assert all(arrays[name].dtype != object for name in arrays.files)


@pytest.mark.parametrize("intents", [[], ["greet"]])
def test_fewer_than_two_intents_are_not_told_apart(
    intents: list[str], featurizer: MiniLmFeaturizer, storage: LocalModelStorage, context: ExecutionContext
) -> None:
    """Training goes on without it, and every message has no intent."""
    data = TrainingData([Message.build(text, intent=intent) for intent in intents for text in SPOKEN[intent]])
    classifier = trained(featurizer.process_training_data(data), storage, context)

    asked = classifier.process(featurizer.process([heard("hello")]))[0]

    assert asked.get("intent") == {"name": None, "confidence": 0.0}
    assert asked.get("intent_ranking") == []
