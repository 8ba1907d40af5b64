"""How a word is spelled."""

import pytest

from actions.spelling import LONGEST, ActionSpell, word_to_spell
from tests.unit.actions.meeting import Meeting


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("how do you spell necessary", "necessary"),
        ("can you spell the word separate for me please", "separate"),
        ("spell out conscience", "conscience"),
        ("how is receipt spelled", "receipt"),
        ("how's the word queue spelled", "queue"),
        ("what's the spelling of occasion", "occasion"),
        ("how do you write bureau", "bureau"),
        ("how do you spell my name", "my name"),
        ("spell", None),
        ("spell " + "a" * (LONGEST + 1), None),
        ("spell this long sentence that is no word", None),
    ],
)
def test_the_word_that_is_meant(text: str, word: str | None) -> None:
    assert word_to_spell(text) == word


async def test_a_word_is_spelled(meeting: Meeting) -> None:
    meeting.hears("how do you spell rhythm", "ask_spelling")
    reply = await meeting.does(ActionSpell(lambda: meeting.services))
    assert (reply.said, reply.values["letters"]) == (["utter_spelled"], "R, H, Y, T, H, M")


async def test_ones_name_is_spelled_where_it_is_known(meeting: Meeting) -> None:
    meeting.agreed().hears("how do you spell my name", "ask_spelling")
    spell = ActionSpell(lambda: meeting.services)
    assert (await meeting.does(spell)).said == ["utter_name_unknown"]
    meeting.person.update_profile(name="Siobhan")
    assert (await meeting.does(spell)).values["letters"] == "S, I, O, B, H, A, N"
    meeting.person_id = None
    meeting.hears("how do you spell my name", "ask_spelling")
    assert (await meeting.does(spell)).said == ["utter_name_unknown"]


@pytest.mark.parametrize("text", ["spell it", "can you spell something"])
async def test_without_a_word_it_asks(meeting: Meeting, text: str) -> None:
    meeting.hears(text, "ask_spelling")
    assert (await meeting.does(ActionSpell(lambda: meeting.services))).said == ["utter_spell_what"]
