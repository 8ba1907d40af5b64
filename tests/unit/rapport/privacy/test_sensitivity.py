"""What makes a memory sensitive, and how well that is told."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rapport.embedding import SentenceEmbedder
from rapport.memory.values import Sensitivity
from rapport.privacy.sensitivity import SensitivityJudge, Topic, topic_by_words

MODEL = Path(__file__).resolve().parents[4] / "models/minilm"
HELD_OUT = yaml.safe_load(Path(__file__).with_name("sensitivity_heldout.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def judge() -> SensitivityJudge:
    if not MODEL.is_dir():
        pytest.skip("the sentence model is absent; `make models` gets it")
    return SensitivityJudge(SentenceEmbedder(MODEL))


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I'm allergic to nuts", Topic.HEALTH),
        ("we go to church on sundays", Topic.BELIEF),
        ("i voted for the liberals", Topic.POLITICS),
        ("i'm a member of a trade union", Topic.UNION),
        ("i'm gay", Topic.SEXUALITY),
        ("i'm half turkish", Topic.ORIGIN),
        ("my salary is three thousand", Topic.MONEY),
        ("i was arrested once", Topic.OFFENCES),
        ("the kids are at home alone on mondays", Topic.CHILDREN),
        ("the spare key is under the mat", Topic.HOME),
    ],
)
def test_a_telling_word_makes_it_sensitive(text: str, topic: Topic) -> None:
    assert topic_by_words(text) is topic


@pytest.mark.parametrize(
    "text", ["i like running", "my favourite doctor is doctor who", "i like black coffee", "i love indian food", ""]
)
def test_harmless_talk_is_normal(judge: SensitivityJudge, text: str) -> None:
    assert judge.sensitivity(text) is Sensitivity.NORMAL


def test_what_no_word_tells_is_told_by_likeness(judge: SensitivityJudge) -> None:
    """`penicillin makes my face swell` has no word of the lexicon."""
    text = "penicillin makes my face swell"

    assert topic_by_words(text) is None
    assert judge.topic(text) is Topic.HEALTH
    assert judge.sensitivity(text) is Sensitivity.SENSITIVE


def test_held_out_sentences_are_told_apart(judge: SensitivityJudge) -> None:
    """Measured: recall 0.94, precision 0.84; by words alone 0.56 and 0.95."""
    sensitive = [text for texts in HELD_OUT["sensitive"].values() for text in texts]
    found = sum(judge.topic(text) is not None for text in sensitive)
    wrong = sum(judge.topic(text) is not None for text in HELD_OUT["normal"])

    assert found / len(sensitive) >= 0.9
    assert found / (found + wrong) >= 0.8


@given(st.text())
def test_any_text_is_read_without_a_fall(text: str) -> None:
    assert topic_by_words(text) in {None, *Topic}
