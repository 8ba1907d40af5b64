"""The persona: read as designers write it; its voice follows the style and the time of day."""

from datetime import time
from pathlib import Path

import pytest

from rapport.errors import SettingsError
from rapport.personality.persona import Persona, read_persona
from rapport.personality.style import Style

ROOT = Path(__file__).resolve().parents[4]
GOOD = """
version: 2
name: Ada
night: {from: "22:00", to: "07:00"}
voices:
  warm: {pace: 0.95, warmth: 0.3}
  night: {pace: 0.9, volume: 0.7}
character: You are calm.
registers:
  usual: {words: 30, wording: Plain.}
  concise: {words: 12, wording: Short.}
never: [lie]
"""


def written(tmp_path: Path, text: str = GOOD) -> Persona:
    file = tmp_path / "persona.yml"
    file.write_text(text)
    return read_persona(file)


def test_the_voice_follows_the_style_and_at_night_the_night(tmp_path: Path) -> None:
    ada = written(tmp_path)

    assert ada.name == "Ada"
    assert ada.leaning(None, time(12)) == {}
    assert ada.leaning("warm", time(12)) == {"pace": 0.95, "warmth": 0.3}
    assert ada.leaning("warm", time(23, 30)) == {"pace": 0.9, "warmth": 0.3, "volume": 0.7}
    assert ada.leaning(None, time(6, 59)) == {"pace": 0.9, "volume": 0.7}
    assert ada.leaning(None, time(7)) == {}
    assert ada.leaning("warm", None) == {"pace": 0.95, "warmth": 0.3}, "nobody knows what time it is there"


def test_a_night_that_is_no_night_is_none(tmp_path: Path) -> None:
    noon = written(tmp_path, GOOD.replace('"22:00"', '"13:00"').replace('"07:00"', '"14:00"'))

    assert noon.leaning(None, time(13, 30)) != {}
    assert noon.leaning(None, time(23)) == {}


def test_the_one_that_comes_along_has_a_voice_for_each_style_and_the_night() -> None:
    persona = read_persona(ROOT / "data/persona.yml")

    assert set(persona.voices) == {*(each.value for each in Style), "night"}
    assert persona.leaning(None, time(23))["volume"] < 1


def test_free_answers_are_worded_by_the_style(tmp_path: Path) -> None:
    ada = written(tmp_path)

    assert (ada.character, ada.never) == ("You are calm.", ("lie",))
    assert (ada.register(None).words, ada.register("concise").words) == (30, 12)
    assert ada.register("warm") == ada.register(None), "a style without a register of its own has the usual one"
    shipped = read_persona(ROOT / "data/persona.yml")
    assert set(shipped.registers) == {*(each.value for each in Style), "usual"}
    assert shipped.register("concise").words < shipped.register(None).words < shipped.register("expert").words


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("version: 2", "version: 3", "version 3"),
        ("words: 12", "words: 0", "registers"),
        ("  usual:", "  other:", "registers"),
        ("pace: 0.95", "pace: 9", "pace of warm must be from 0.5 to 2.0"),
        ("volume: 0.7", "volume: 0", "volume of night"),
        ("warmth: 0.3", "smell: 0.3", "smell"),
        ('"22:00"', '"ten"', "ten"),
        ("name: Ada\n", "", "name"),
    ],
)
def test_what_can_not_be_used_is_refused_with_the_reason(tmp_path: Path, before: str, after: str, says: str) -> None:
    assert before in GOOD
    with pytest.raises(SettingsError, match=says):
        written(tmp_path, GOOD.replace(before, after))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.yml"):
        read_persona(tmp_path / "none.yml")
