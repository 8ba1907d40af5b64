"""How somebody likes to be answered: what they say of it, and what follows from how they talk."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from rapport.personality.signals import Seen, Signals
from rapport.personality.style import FOLLOWS, Manner, Style, learnt_manner, style_wish

ROOT = Path(__file__).resolve().parents[4]
DAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("said", "style"),
    [
        ("keep it short", Style.CONCISE),
        ("your answers are too long", Style.CONCISE),
        ("don't be so chatty", Style.CONCISE),
        ("be a bit nicer", Style.WARM),
        ("be less serious", Style.PLAYFUL),
        ("answer with more humor", Style.PLAYFUL),
        ("be more formal", Style.FORMAL),
        ("you're too casual", Style.FORMAL),
        ("you're too formal", None),
        ("don't be so formal", None),
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


@pytest.mark.parametrize("style", list(Style))
def test_a_style_follows_from_how_somebody_talks(style: Style) -> None:
    signal = FOLLOWS[style]
    signals = Signals().after(Seen({signal: (18, 20)}), DAY)

    assert learnt_manner(signals, DAY) == Manner(style, said=False, share=0.9)
    assert learnt_manner(Signals().after(Seen({signal: (1, 20)}), DAY), DAY) == Manner()
    assert learnt_manner(signals, DAY + timedelta(365)) == Manner(), "it faded"


def test_of_two_that_are_about_as_strong_what_they_talk_about_decides() -> None:
    warm, playful = FOLLOWS[Style.WARM], FOLLOWS[Style.PLAYFUL]
    signals = Signals().after(Seen({warm: (8, 20), playful: (4, 20)}), DAY)

    assert learnt_manner(signals, DAY).style is Style.PLAYFUL
    assert learnt_manner(signals, DAY, lambda style: 0.5 * (style is Style.WARM)).style is Style.WARM
