"""How a session is counted: tasks, what they took, and what went wrong."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from actions.counting import ActionCount, counted
from actions.turns import Turn
from rapport.experiments.sessions import SessionCounts, sessions_of
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, Meeting, services_in

DAY = date(2026, 5, 4)


def turn(intent: str, *replies: str, asks: bool = False, taken: bool = False, **slots: Any) -> Turn:
    """A turn, and the responses to it; `asks`: the last is a question. `taken`: it was not said, but chosen."""
    message: dict[str, Any] = {"text": "some words", "intent": {"name": intent, "confidence": 0.9}}
    events = [{"metadata": {"utter_action": name}} for name in replies]
    if asks:
        events[-1]["metadata"]["metadata"] = {"expects": "short"}
    return Turn(message if taken else {**message, "intent_ranking": []}, events, slots)


def counts(*conversation: Turn) -> dict[str, Any]:
    told = counted(conversation, DAY).as_record()
    return {name: told.get(name, 0) for name in ("tasks", "solved", "steps", "rephrased")}


WEATHER, TIME = turn("ask_weather", "utter_weather_now"), turn("ask_time", "utter_time")
UNCLEAR = turn("nlu_fallback", "utter_did_you_mean", asks=True)


@pytest.mark.parametrize(
    ("conversation", "tasks", "solved", "steps", "rephrased"),
    [
        pytest.param([WEATHER, TIME], 2, 2, 2, 0, id="two, each at once"),
        pytest.param([turn("greet", "utter_greet"), WEATHER, turn("thank", "utter_welcome")], 1, 1, 1, 0, id="a frame"),
        pytest.param([UNCLEAR, turn("affirm"), turn("ask_time", "utter_time", taken=True)], 1, 1, 2, 0, id="chosen"),
        pytest.param([UNCLEAR, TIME], 1, 1, 2, 1, id="said anew"),
        pytest.param([turn("nlu_fallback", "utter_rephrase"), UNCLEAR, TIME], 1, 1, 3, 2, id="said anew twice"),
        pytest.param(
            [turn("ask_weather", "utter_weather_where", asks=True), turn("name_place", "utter_weather_now")],
            1, 1, 2, 0, id="asked back",
        ),
        pytest.param([TIME, turn("feedback_wrong", "utter_feedback_wrong"), WEATHER], 1, 1, 3, 1, id="put right"),
        pytest.param([TIME, turn("feedback_wrong", "utter_feedback_wrong")], 1, 0, 0, 0, id="wrong, and left"),
        pytest.param([turn("out_of_scope", "utter_out_of_scope")], 1, 0, 0, 0, id="can't be done"),
        pytest.param([turn("nlu_fallback", "utter_rephrase"), turn("wait"), TIME], 1, 1, 2, 1, id="an aside between"),
        pytest.param([], 0, 0, 0, 0, id="nothing"),
    ],
)  # fmt: skip
def test_tasks_and_what_they_took(
    conversation: list[Turn], tasks: int, solved: int, steps: int, rephrased: int
) -> None:
    assert counts(*conversation) == {"tasks": tasks, "solved": solved, "steps": steps, "rephrased": rephrased}


def test_the_rest_is_counted() -> None:
    up, down = (Turn({"intent": {"name": "rate_reply"}, "metadata": {"rating": rating}}) for rating in ("up", "down"))
    suggested = {"kind": "habit", "family": "habit/ask_weather", "what": "ask_weather"}
    conversation = [
        turn("greet", "utter_greet", "utter_suggest_ask_weather", asks=True, suggested=suggested),
        turn("affirm"),
        turn("ask_weather", "utter_weather_now", taken=True, reply_unheard="and so on"),
        turn("feedback_misheard", "utter_feedback_misheard"),
        up,
        down,
        turn("withdraw_consent", "utter_withdrawn"),
    ]

    assert counted(conversation, DAY, 420) == SessionCounts(
        DAY, turns=4, tasks=1, solved=0, steps=0, rephrased=0, answers=4, cut=1, corrected=1, suggested=1, accepted=1,
        good=1, bad=1, complaints=1, first_audio_ms=420,
    )  # fmt: skip


def test_what_is_off_the_record_or_another_s_is_not_counted() -> None:
    other = turn("ask_time", "utter_time")
    other.message = {**other.message, "metadata": {"speaker": {"voice": "other"}}}  # type: ignore[misc]
    off = turn("go_off_record", "utter_off_record", off_record=True)

    assert counts(WEATHER, other, off, TIME)["tasks"] == 1


async def test_it_is_kept_where_that_was_agreed_to(tmp_path: Path, domain: Mapping[str, Any]) -> None:
    meeting = Meeting(services_in(tmp_path, Channel()), domain)

    async def ends() -> None:
        meeting.hears("/end_session", "end_session")
        said: dict[str, Any] = {"event": "user", "parse_data": WEATHER.message}
        meeting.before = [said, {"event": "bot", **WEATHER.replies[0]}]
        await meeting.does(ActionCount(lambda: meeting.services))

    await ends()
    assert not meeting.person.known
    meeting.agreed(Purpose.ANALYTICS)
    await ends()

    [kept] = sessions_of(meeting.person)
    assert (kept.tasks, kept.solved) == (1, 1)
    record = meeting.person.everything()[1]["sessions"]
    assert "words" not in str(record)
