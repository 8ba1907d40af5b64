"""How somebody likes to be answered: what they say of it, and what their patience tells."""

from pathlib import Path

import pytest
import yaml

from rapport.personality.style import IMPATIENT, LEAST_ANSWERS, Manner, Style, style_wish

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("said", "style"),
    [
        ("keep it short", Style.CONCISE),
        ("your answers are too long", Style.CONCISE),
        ("don't be so chatty", Style.CONCISE),
        ("be a bit nicer", Style.WARM),
        ("be less serious", Style.PLAYFUL),
        ("answer with more humor", Style.PLAYFUL),
        ("your answers are too short", Style.EXPERT),
        ("longer answers please", Style.EXPERT),
        ("be less playful", None),
        ("no more jokes in your answers", None),
        ("don't keep it short anymore", None),
        ("be yourself again", None),
        ("answer as usual", None),
    ],
)
def test_a_wish_names_a_style(said: str, style: Style | None) -> None:
    assert style_wish(said) == (True, style)


def test_what_names_none_is_asked_about() -> None:
    for said in ("change how you answer", "can you answer differently", "use another style"):
        assert style_wish(said) == (False, None)


def test_most_of_what_designers_wrote_names_a_style() -> None:
    """Else it would be asked about, though it was said."""
    blocks = yaml.safe_load((ROOT / "data/nlu/style.yml").read_text())["nlu"]
    examples = [line.removeprefix("- ") for line in blocks[0]["examples"].splitlines()]

    unclear = [each for each in examples if not style_wish(each)[0]]

    assert set(unclear) <= {
        "change your style",
        "change how you answer",
        "change the way you answer me",
        "can you answer differently",
        "answer me in another way",
        "use another style",
    }


def test_who_cuts_answers_off_again_and_again_is_answered_briefly() -> None:
    manner = Manner().after(10, 8)
    assert manner.now is None, "once is no habit"

    manner = manner.after(10, 8)

    assert manner.now is Style.CONCISE
    assert not manner.said


def test_a_habit_fades_as_it_is_given_up() -> None:
    manner = Manner()
    for _ in range(6):
        manner = manner.after(10, 8)
    sessions = 0
    while manner.now is not None:
        manner = manner.after(10, 0)
        sessions += 1

    assert 1 < sessions < 4
    assert manner.cut_off < IMPATIENT


def test_what_was_said_wins_also_as_usual() -> None:
    impatient = Manner().after(10, 9).after(10, 9)

    assert Manner(Style.WARM, True, impatient.cut_off, impatient.sessions).now is Style.WARM
    assert Manner(None, True, impatient.cut_off, impatient.sessions).now is None


def test_a_short_session_tells_nothing() -> None:
    assert Manner().after(LEAST_ANSWERS - 1, LEAST_ANSWERS - 1) == Manner()
