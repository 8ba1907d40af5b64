"""What a question loses before a provider sees it."""

import pytest

from rapport.answers.prompt import Exchange, Question, Recalled
from rapport.answers.redacted import redacted
from rapport.errors import NotKept
from rapport.memory.drafts import Screened
from rapport.memory.values import Sensitivity
from rapport.privacy.redaction import PASSING, redact


def screen(text: str, *, asked: bool) -> Screened:
    """As the real one, but that a word tells what is sensitive."""
    found = redact(text, PASSING)
    sensitive = Sensitivity.SENSITIVE if "pregnant" in text else Sensitivity.NORMAL
    return Screened(found.text, refused=found.dropped, sensitivity=sensitive)


def test_names_are_stood_in_for_and_numbers_are_gone() -> None:
    question = Question(
        "what could I give anna maria, and Anna, who has the number +44 20 7946 0958",
        memories=(Recalled("m1", "your sister is called Anna Maria", "told", "yesterday", 0.9),),
        before=(Exchange("Anna is here", "Say hello to Anna."),),
    )
    sent = redacted(question, ["Anna", "Anna Maria"], screen)
    everything = repr(sent.question).lower()
    assert "anna" not in everything
    assert "7946" not in everything
    assert sent.question.text.startswith("what could I give NAME_1, and NAME_2, who")
    assert sent.question.memories[0].text == "your sister is called NAME_1"
    assert sent.names == {"NAME_1": "Anna Maria", "NAME_2": "Anna"}


def test_a_name_within_a_word_is_none() -> None:
    assert redacted(Question("what is a banana"), ["Ana"], screen).question.text == "what is a banana"


def test_what_was_said_before_and_is_sensitive_stays() -> None:
    question = Question("what should i eat", before=(Exchange("i am pregnant", "Oh!"), Exchange("hm", "Yes?")))
    assert redacted(question, [], screen).question.before == [Exchange("hm", "Yes?")]


def test_a_password_is_not_sent() -> None:
    with pytest.raises(NotKept) as raised:
        redacted(Question("is hunter2 a good one, my password is hunter2 you know"), [], screen)
    assert "hunter2" not in str(raised.value)
