from pathlib import Path

import pytest

pytest.importorskip("apsw", reason="memories are screened in the services environment")

from rapport.memory.values import Sensitivity
from rapport.privacy.screening import SentenceModel

MODEL = Path("models/minilm")

pytestmark = pytest.mark.skipif(
    not (MODEL / "model.onnx").exists(), reason="the sentence model is not there; run `make models`"
)


@pytest.fixture(scope="module")
def model() -> SentenceModel:
    return SentenceModel(MODEL)


def test_a_harmless_text_is_kept_as_it_is(model: SentenceModel) -> None:
    screened = model.screen("your sister lives in oslo", asked=True)

    assert (screened.text, screened.refused, screened.found) == ("your sister lives in oslo", False, ())
    assert screened.sensitivity is Sensitivity.NORMAL


def test_a_password_is_refused_whoever_asks(model: SentenceModel) -> None:
    for asked in (True, False):
        screened = model.screen("your password is hunter two", asked=asked)
        assert screened.refused
        assert screened.text == ""


def test_a_phone_number_is_kept_after_a_question_and_never_in_passing(model: SentenceModel) -> None:
    text = "your phone number is 030 1234 5678"

    asked, passing = model.screen(text, asked=True), model.screen(text, asked=False)

    assert asked.text == text
    assert asked.sensitivity is Sensitivity.SENSITIVE
    assert "1234" not in passing.text
    assert asked.found == passing.found == ("phone",)


def test_a_sensitive_topic_is_named(model: SentenceModel) -> None:
    screened = model.screen("you are allergic to nuts", asked=True)

    assert screened.sensitivity is Sensitivity.SENSITIVE
    assert screened.found == ("health",)
