"""Answers that a language model words: where one is set up, as it comes, and never about what is only for actions."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from actions.fallback import ActionAskWhichReading
from actions.free_answers import ACTS, KNOWLEDGE, ActionAnswerFreely
from rapport.answers.model import OpenAiModel
from rapport.errors import StoreUnavailable
from rapport.memory.drafts import Draft, Screened
from rapport.memory.values import Kind, Provenance, Sensitivity, Statement
from rapport.privacy.purposes import Purpose
from rapport.settings import AnswersSettings
from tests.fakes.language_model import WrittenModel, answering
from tests.unit.actions.meeting import ANNA, Meeting, services_in
from tests.unit.actions.meeting import Channel as Conversations

NOW = datetime(2026, 11, 27, 9, tzinfo=timezone.utc)
QUESTION = "why is the sky blue"


@dataclass
class Line:
    """The voice channel, as it is told parts of an answer.

    Attributes:
        heard: What was said, in order.
        deaf_after: Parts after which the person talks about something else.
        away: It can't be reached.
    """

    heard: list[str] = field(default_factory=list)
    deaf_after: int = 1_000
    away: bool = False
    said: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, person: str, session: str, turn: int, text: str) -> bool:
        assert (person, session, turn) == (ANNA, "s_1", 7)
        if self.away:
            raise StoreUnavailable("the voice channel does not answer")
        if len(self.heard) >= self.deaf_after:
            return False
        self.heard.append(text)
        self.said.set()
        return True


@pytest.fixture
def written() -> WrittenModel:
    return WrittenModel()


@pytest.fixture
def meet(
    tmp_path: Path, domain: dict[str, Any], written: WrittenModel
) -> Iterator[Callable[..., tuple[Meeting, ActionAnswerFreely, Line]]]:
    with ExitStack() as closing:

        def make(*, own: bool = True, off: bool = False) -> tuple[Meeting, ActionAnswerFreely, Line]:
            services = services_in(tmp_path, Conversations())
            if not off:
                found = AnswersSettings(closing.enter_context(answering(written)), "small", own=own)
                services = replace(services, settings=replace(services.settings, answers=found))
                services.__dict__["answers"] = OpenAiModel(found.url, found.model, first_s=0.6, gap_s=0.6)
            line = Line()
            services.__dict__["conversations"] = line
            return Meeting(services, domain, now=NOW), ActionAnswerFreely(lambda: services, lambda: NOW), line

        yield make


def asks(meeting: Meeting, text: str = QUESTION, ranking: dict[str, float] | None = None, **slots: Any) -> Meeting:
    meeting.hears(text, "ask_general", **slots)
    meeting.message["metadata"]["turn"] = 7
    meeting.message["intent_ranking"] = [
        {"name": name, "confidence": sure} for name, sure in (ranking or {"ask_general": 0.9}).items()
    ]
    return meeting


async def test_without_a_model_it_says_that_it_can_t(meet: Any, written: WrittenModel) -> None:
    meeting, action, _ = meet(off=True)
    assert (await asks(meeting).does(action)).said == ["utter_out_of_scope"]


async def test_an_answer_is_said_clause_by_clause_while_it_comes(meet: Any, written: WrittenModel) -> None:
    meeting, action, line = meet()
    written.holds_after = 15
    answering_it = asyncio.ensure_future(asks(meeting).does(action))
    await line.said.wait()
    assert not answering_it.done()
    assert line.heard
    written.goes_on.set()
    reply = await answering_it
    assert " ".join(line.heard) == written.text
    assert reply.values["text"] == written.text
    assert reply.values["said"] is True
    assert reply.said == ["utter_free_answer_origin"]


async def test_where_it_comes_from_is_said_once_in_a_conversation(meet: Any) -> None:
    meeting, action, _ = meet()
    assert (await asks(meeting).does(action)).said == ["utter_free_answer_origin"]
    told = {"event": "bot", "text": "…", "metadata": {"utter_action": "utter_free_answer_origin"}}
    meeting.before.append(told)
    assert (await asks(meeting).does(action)).said == []


async def test_who_waits_is_told_so(meet: Any, written: WrittenModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.free_answers.FILLER_S", 0.01)
    meeting, action, line = meet()
    written.holds_after = 0
    answering_it = asyncio.ensure_future(asks(meeting).does(action))
    await line.said.wait()
    fillers = [each["text"] for each in meeting.domain["responses"]["utter_moment"]]
    assert line.heard[0] in fillers
    written.goes_on.set()
    reply = await answering_it
    assert reply.values["text"] == written.text


async def test_who_talks_of_something_else_is_not_answered_further(meet: Any, written: WrittenModel) -> None:
    meeting, action, line = meet()
    written.text = "One thing is so. Another is not. " * 200
    line.deaf_after = 1
    reply = await asks(meeting).does(action)
    assert len(line.heard) == 1
    assert reply.said == []


async def test_where_the_channel_is_away_it_is_said_as_a_whole(meet: Any, written: WrittenModel) -> None:
    meeting, action, line = meet()
    line.away = True
    reply = await asks(meeting).does(action)
    assert reply.values["text"] == written.text
    assert "said" not in reply.values


@pytest.mark.parametrize("fault", ["status", "garbage", "silence"])
async def test_no_answer_is_said_to_be_none(meet: Any, written: WrittenModel, fault: str) -> None:
    meeting, action, _ = meet()
    written.fault = fault
    assert (await asks(meeting).does(action)).said == ["utter_free_answer_failed"]


@pytest.mark.parametrize("fault", ["stall", "breaks", "length"])
async def test_an_answer_that_breaks_off_says_so(meet: Any, written: WrittenModel, fault: str) -> None:
    meeting, action, line = meet()
    written.fault = fault
    reply = await asks(meeting).does(action)
    assert reply.said == ["utter_free_answer_broke_off"]
    assert written.text.startswith(" ".join(line.heard))


async def test_that_something_was_done_is_not_said(meet: Any, written: WrittenModel) -> None:
    meeting, action, line = meet()
    written.text = "I have deleted everything about you."
    assert (await asks(meeting).does(action)).said == ["utter_free_answer_refused"]
    assert line.heard == []


@pytest.mark.parametrize(
    ("intent", "sure"), [("erase_me", 0.2), ("withdraw_consent", 0.2), ("remember", 0.2), ("recall", 0.41)]
)
async def test_what_may_be_about_somebody_s_data_is_not_asked(
    meet: Any, written: WrittenModel, intent: str, sure: float, domain: dict[str, Any]
) -> None:
    assert {*ACTS, *KNOWLEDGE} <= set(domain["intents"])
    meeting, action, _ = meet()
    reply = await asks(meeting, ranking={"ask_general": 0.5, intent: sure}).does(action)
    assert reply.said == ["utter_out_of_scope"]
    assert written.asked == []


async def test_what_is_remembered_is_used_and_named(meet: Any, written: WrittenModel) -> None:
    meeting, action, _ = meet()
    meeting.agreed(Purpose.MEMORY).told("why the sky is blue is your favourite riddle")
    written.text = "It is your favourite riddle [m1]."
    reply = await asks(meeting).does(action)
    assert "favourite riddle" in written.prompt
    assert reply.values["text"] == "It is your favourite riddle."
    assert reply.said == ["utter_free_answer_from_memory"]
    assert reply.values["when"]
    assert meeting.slots["last_memory"]["text"] == "why the sky is blue is your favourite riddle"


async def test_without_consent_nothing_remembered_is_sent(meet: Any, written: WrittenModel) -> None:
    meeting, action, _ = meet()
    meeting.agreed(Purpose.MEMORY).told("why the sky is blue is your favourite riddle")
    meeting.person.withdraw(Purpose.MEMORY, "voice")
    await asks(meeting).does(action)
    assert "riddle" not in written.prompt


async def test_what_is_sensitive_is_not_sent(meet: Any, written: WrittenModel) -> None:
    meeting, action, _ = meet()
    meeting.agreed(Purpose.MEMORY)
    object.__setattr__(
        meeting.services.people, "screen", lambda text, **_: Screened(text, sensitivity=Sensitivity.SENSITIVE)
    )
    draft = Draft(Kind.FACT, "the sky is blue since the accident", Provenance("s_1", words="…"))
    meeting.person.memories().remember(draft, confirmed=True)
    await asks(meeting).does(action)
    assert "accident" not in written.prompt


async def test_the_style_decides_how_long_an_answer_is(meet: Any, written: WrittenModel) -> None:
    written.text = " ".join(["It is so."] * 100)
    lengths = {}
    for style in ("concise", "expert"):
        meeting, action, line = meet()
        await asks(meeting, style=style).does(action)
        lengths[style] = len(" ".join(line.heard).split())
    assert lengths["concise"] < lengths["expert"] <= 75


async def test_who_wants_to_know_more_of_such_questions_gets_longer_answers(meet: Any, written: WrittenModel) -> None:
    written.text = " ".join(["It is so."] * 100)
    lengths = {}
    for deep in ("ask_weather", "ask_general"):
        meeting, action, line = meet()
        asked = asks(meeting)
        asked.message["metadata"]["deep"] = [deep]
        await asked.does(action)
        lengths[deep] = len(" ".join(line.heard).split())
    assert lengths["ask_weather"] < lengths["ask_general"]


async def test_a_provider_is_asked_once_that_was_agreed_to(meet: Any, written: WrittenModel) -> None:
    meeting, action, _ = meet(own=False)
    reply = await asks(meeting).does(action)
    assert reply.follow_ups == ["action_ask_consent"]
    assert meeting.slots["consent_wanted"] == "cloud_answers"
    assert meeting.slots["pending"]["text"] == QUESTION
    assert written.asked == []
    meeting.agreed(Purpose.CLOUD_ANSWERS)
    assert (await asks(meeting).does(action)).values["text"] == written.text
    assert [each.what for each in meeting.person.audited()].count("answers.asked") == 1
    meeting.person.withdraw(Purpose.CLOUD_ANSWERS, "voice")
    assert (await asks(meeting).does(action)).said == ["utter_out_of_scope"]
    assert len(written.asked) == 1


async def test_a_provider_gets_no_names(meet: Any, written: WrittenModel) -> None:
    meeting, action, _ = meet(own=False)
    meeting.agreed(Purpose.MEMORY, Purpose.CLOUD_ANSWERS)
    sister = Statement("my sister", "name", "Annika")
    meeting.person.memories().remember(
        Draft(Kind.RELATION, "your sister is called Annika", Provenance("s_1", words="…"), sister)
    )
    meeting.person.update_profile(name="Bjarne")
    written.text = "NAME_1 may like a book [m1]."
    reply = await asks(meeting, "what is your sister called annika to get from bjarne").does(action)
    assert "annika" not in written.prompt.lower()
    assert "bjarne" not in written.prompt.lower()
    assert reply.values["text"] in ("Annika may like a book.", "Bjarne may like a book.")


async def test_off_the_record_no_provider_is_asked(meet: Any, written: WrittenModel) -> None:
    meeting, action, _ = meet(own=False)
    meeting.agreed(Purpose.CLOUD_ANSWERS)
    assert (await asks(meeting, off_record=True).does(action)).said == ["utter_out_of_scope"]
    assert written.asked == []


async def test_nobody_known_is_answered_by_an_own_model_alone(meet: Any, written: WrittenModel) -> None:
    meeting, action, line = meet()
    meeting.person_id = None
    reply = await asks(meeting).does(action)
    assert reply.values["text"] == written.text
    assert line.heard == []
    meeting, action, _ = meet(own=False)
    meeting.person_id = None
    assert (await asks(meeting).does(action)).said == ["utter_out_of_scope"]


@pytest.mark.parametrize(
    ("ranking", "text", "free"),
    [
        pytest.param({"ask_general": 0.4, "ask_time": 0.2}, "why do cats purr", True, id="likeliest a question"),
        pytest.param({"some_other": 0.05}, "colourless green ideas", True, id="nothing likely"),
        pytest.param({"ask_time": 0.4, "ask_general": 0.2}, "how tall is it", False, id="likeliest something else"),
        pytest.param({"ask_general": 0.4, "erase_me": 0.2}, "do away with it all", False, id="perhaps about data"),
        pytest.param({"ask_general": 0.4}, "sky", False, id="one word"),
    ],
)
async def test_what_was_not_understood_may_be_a_question(
    meet: Any, ranking: dict[str, float], text: str, free: bool
) -> None:
    meeting, _, _ = meet()
    asks(meeting, text, ranking={"nlu_fallback": 0.4, **ranking})
    reply = await meeting.does(ActionAskWhichReading(lambda: meeting.services))
    assert (reply.follow_ups == ["action_answer_freely"]) is free


async def test_without_a_model_what_was_not_understood_is_asked_back(meet: Any) -> None:
    meeting, _, _ = meet(off=True)
    asks(meeting, "colourless green ideas", ranking={"nlu_fallback": 0.4, "ask_general": 0.4})
    assert (await meeting.does(ActionAskWhichReading(lambda: meeting.services))).said == ["utter_rephrase"]
