"""What a session's end learns of how somebody talks, and what follows from it: personalized is told from generic."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from actions.fallback import ActionAskWhichReading
from actions.learning import ActionLearn, ActionTellLearnt, seen_in
from actions.scales import ActionSetScale
from actions.turns import turns
from rapport.memory.drafts import Draft
from rapport.memory.values import Kind, Provenance
from rapport.people import LEARNT, Person
from rapport.personality.learnt import habits_of, vector_of
from rapport.personality.own_words import own_words
from rapport.personality.scales import scale_of
from rapport.personality.signals import Counted, Seen, Signal, Signals, deep_topics, keep_signals, signals_of
from rapport.personality.style import Style, manner_now
from rapport.personality.voice import QUICKER, SLOWER, grant_for
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, Meeting, Reply, letters_as_vector, services_in

NOW = datetime(2026, 5, 4, 8, 5, tzinfo=timezone.utc)
TODAY = NOW.date()


@pytest.fixture
def meeting(tmp_path: Path, domain: Mapping[str, Any]) -> Meeting:
    met = Meeting(services_in(tmp_path, Channel()), domain)
    met.now = NOW
    met.services.people.clock = met.clock
    return met


def says(
    meeting: Meeting,
    text: str,
    intent: str,
    *,
    cut: bool = False,
    asked_back: bool = False,
    voice: str | None = None,
    place: str = "",
) -> None:
    meeting.hears(text, intent)
    meeting.message["metadata"] |= {"speaker": {"number": 1, "voice": voice}, "timezone": "UTC"}
    meeting.message["intent_ranking"] = []
    meeting.message["entities"] = [{"entity": "place", "value": place}] if place else []
    meeting.before += [
        {
            "event": "bot",
            "text": "So.",
            "metadata": {"utter_action": "utter_did_you_mean" if asked_back else "utter_x"},
        },
        {"event": "slot", "name": "reply_unheard", "value": "And so on." if cut else None},
    ]


def goes_off_record(meeting: Meeting) -> None:
    says(meeting, "off the record", "go_off_record")
    meeting.before.append({"event": "slot", "name": "off_record", "value": True})


async def ends(meeting: Meeting) -> None:
    meeting.hears("/end_session", "end_session")
    await meeting.does(ActionLearn(lambda: meeting.services))
    meeting.before.clear()


def shares(meeting: Meeting) -> Mapping[Signal, tuple[int, int]]:
    return seen_in(turns(meeting.before)).shares


def knows(person: Person, seen: Seen) -> None:
    keep_signals(person, Signals().after(seen, TODAY))


async def told(meeting: Meeting) -> Reply:
    return await meeting.hears("what have you learnt", "ask_learnt").does(ActionTellLearnt(lambda: meeting.services))


def test_each_signal_is_read_off_the_turns(meeting: Meeting) -> None:
    says(meeting, "what's the weather please", "ask_weather", cut=True, place="oslo")
    says(meeting, "tell me more about that", "out_of_scope")
    says(meeting, "in fahrenheit please", "ask_weather")
    says(meeting, "what did you say", "repeat_that")
    says(meeting, "tell me a joke", "smalltalk_joke", asked_back=True)
    says(meeting, "no i said bergen", "name_place", place="bergen")

    seen = seen_in(turns(meeting.before))

    assert seen.shares == {
        Signal.CUTS: (1, 5),
        Signal.MORE: (1, 5),
        Signal.COURTESY: (2, 5),
        Signal.HUMOUR: (1, 5),
        Signal.REPEATS: (1, 5),
        Signal.UNANSWERED: (0, 1),
        Signal.FAHRENHEIT: (1, 1),
    }
    assert seen.counts == {
        Counted.TOPICS: {"ask_weather": 1, "smalltalk_joke": 1},
        Counted.NAMES: {"oslo": 1, "bergen": 2},
        Counted.DEPTH: {"ask_weather": 1},
    }


async def test_who_chooses_formal_words_is_answered_formally_from_then_on(meeting: Meeting) -> None:
    meeting.agreed(Purpose.LEARNING)
    for _ in range(2):
        for text in ("good morning", "could you please tell me the time", "may i ask for the weather", "very well"):
            says(meeting, text, "ask_time")
            says(meeting, "and tomorrow", "ask_time")
        says(meeting, "hey gimme a joke", "smalltalk_joke")
        assert shares(meeting)[Signal.FORMALITY] == (4, 5), "what is neither says nothing"
        await ends(meeting)

    assert manner_now(meeting.person, letters_as_vector, TODAY).style is Style.FORMAL
    assert (await told(meeting)).values["things"] == "you like to be formal"
    meeting.person.withdraw(Purpose.LEARNING, "page")
    assert manner_now(meeting.person, letters_as_vector, TODAY).style is None


def test_a_question_back_that_is_passed_over_is_unanswered(meeting: Meeting) -> None:
    says(meeting, "blah", "nlu_fallback", asked_back=True)
    says(meeting, "what time is it", "ask_time")
    says(meeting, "blah", "nlu_fallback", asked_back=True)

    assert shares(meeting)[Signal.UNANSWERED] == (2, 2)


def test_an_answer_that_was_gone_on_with_was_not_too_long(meeting: Meeting) -> None:
    says(meeting, "what's the weather", "ask_weather", cut=True)
    says(meeting, "go on", "go_on")

    assert shares(meeting)[Signal.CUTS] == (0, 1)


def test_other_voices_and_what_is_off_the_record_show_nothing(meeting: Meeting) -> None:
    says(meeting, "what's the weather please", "ask_weather", voice="other", place="oslo")
    goes_off_record(meeting)
    says(meeting, "what's the weather please", "ask_weather", place="oslo")

    assert seen_in(turns(meeting.before)) == Seen({}, {each: {} for each in Counted})


async def test_who_cuts_answers_off_is_answered_briefly_from_then_on(meeting: Meeting) -> None:
    meeting.agreed(Purpose.LEARNING)
    for _ in range(2):
        for cut in (True, True, True, False):
            says(meeting, "and tomorrow", "ask_weather", cut=cut)
        await ends(meeting)

    manner = manner_now(meeting.person, letters_as_vector, TODAY)
    assert (manner.style, manner.said, manner.share) == (Style.CONCISE, False, 0.75)
    assert (await told(meeting)).values["things"] == "you like short answers"


async def test_habits_are_learnt_by_their_time_and_told(meeting: Meeting) -> None:
    meeting.agreed(Purpose.LEARNING)
    for day in range(4):
        meeting.now = NOW + timedelta(days=day)
        says(meeting, "what's the weather", "ask_weather")
        says(meeting, "what is five plus five", "calculate")
        await ends(meeting)

    assert [topic for topic, _ in habits_of(meeting.person).asked] == ["ask_weather"] * 4, "no other can be suggested"
    assert (await told(meeting)).values["things"] == "you often want to hear the weather around eight oh five"


async def test_nothing_is_learnt_without_the_consent_and_all_goes_with_it(meeting: Meeting) -> None:
    meeting.agreed(Purpose.MEMORY)
    says(meeting, "what's the weather please", "ask_weather", cut=True)
    await ends(meeting)
    assert not any(name.startswith(LEARNT) for name in meeting.person.everything()[1])
    assert (await told(meeting)).follow_ups == ["action_ask_consent"]

    meeting.agreed(Purpose.LEARNING)
    says(meeting, "what's the weather please", "ask_weather", cut=True)
    await ends(meeting)
    kept = {name for name in meeting.person.everything()[1] if name.startswith(LEARNT)}
    assert kept == {"learnt/signals", "learnt/habits", "learnt/vector"}

    meeting.person.withdraw(Purpose.LEARNING, "voice")
    assert not any(name.startswith(LEARNT) for name in meeting.person.everything()[1])
    assert Purpose.MEMORY in meeting.person.ledger().live()


async def test_the_vector_goes_where_talks_go_but_not_where_they_are_sensitive(
    meeting: Meeting, sentence_model: Any
) -> None:
    people = meeting.services.people
    people.embed, people.screen = sentence_model, sentence_model.screen
    meeting.agreed(Purpose.LEARNING)
    says(meeting, "i was diagnosed with cancer last week", "ask_days_until")
    await ends(meeting)
    assert vector_of(meeting.person, sentence_model) is None

    says(meeting, "what will the weather be like for hiking", "ask_weather")
    await ends(meeting)
    vector = vector_of(meeting.person, sentence_model)
    assert vector is not None
    outdoors, money = (vector.nearness(sentence_model(text)) for text in ("a walk in the sun", "interest on a loan"))
    assert outdoors > money + 0.05


async def test_two_people_get_different_memories_for_the_same_question(
    tmp_path: Path, domain: Any, sentence_model: Any
) -> None:
    first = {}
    for who, topic in (("a", "what's on at the jazz club tonight"), ("b", "which trails can i hike in the mountains")):
        meeting = Meeting(services_in(tmp_path, Channel()), domain, person_id="p_" + who * 24)
        people = meeting.services.people
        people.embed, people.screen = sentence_model, sentence_model.screen
        meeting.now = NOW
        meeting.agreed(Purpose.MEMORY, Purpose.LEARNING)
        memories = meeting.person.memories()
        for text in ("you like listening to jazz", "you like hiking in the hills"):
            memories.remember(Draft(Kind.PREFERENCE, text, Provenance("s_0", words=text)))
        assert meeting.person.memories().recall("what do i like")
        for _ in range(3):
            says(meeting, topic, "ask_days_until")
            await ends(meeting)
        recalled = meeting.person.memories().recall("what do i like")
        first[who] = recalled[0].memory.text
        meeting.person.withdraw(Purpose.LEARNING, "voice")
        assert {each.memory.text for each in meeting.person.memories().recall("what do i like")} == {
            each.memory.text for each in recalled
        }
        people.store.close()  # type: ignore[attr-defined]

    assert first == {"a": "you like listening to jazz", "b": "you like hiking in the hills"}


# What follows from each signal, beside the style


async def test_who_leaves_questions_unanswered_is_offered_one_reading(meeting: Meeting) -> None:
    async def offered() -> Reply:
        meeting.hears("blah", "nlu_fallback")
        meeting.message["intent_ranking"] = [
            {"name": name, "confidence": sure} for name, sure in (("ask_time", 0.3), ("ask_weather", 0.25))
        ]
        meeting.before.clear()
        return await meeting.does(ActionAskWhichReading(lambda: meeting.services))

    meeting.agreed(Purpose.LEARNING)
    assert (await offered()).said == ["utter_did_you_mean"]

    knows(meeting.person, Seen({Signal.UNANSWERED: (4, 5)}, {Counted.TOPICS: {"ask_weather": 6, "ask_list": 1}}))
    reply = await offered()

    assert (reply.said, reply.values["first"]) == (["utter_did_you_mean_one"], "hear the weather")


def test_who_has_answers_repeated_is_spoken_to_more_slowly(meeting: Meeting) -> None:
    meeting.agreed(Purpose.VOICE_PERSONALIZATION, Purpose.LEARNING)
    assert grant_for(meeting.person, "o", TODAY).profile.pace == 1.0

    knows(meeting.person, Seen({Signal.REPEATS: (4, 10)}))

    assert grant_for(meeting.person, "o", TODAY).profile.pace == SLOWER
    assert grant_for(meeting.person, "o", TODAY + timedelta(365)).profile.pace == 1.0


def test_who_speaks_fast_is_spoken_to_more_quickly_unless_they_do_not_follow(meeting: Meeting) -> None:
    meeting.agreed(Purpose.VOICE_PERSONALIZATION, Purpose.LEARNING)
    knows(meeting.person, Seen({Signal.HURRY: (9, 10)}))
    assert grant_for(meeting.person, "o", TODAY).profile.pace == QUICKER

    knows(meeting.person, Seen({Signal.HURRY: (9, 10), Signal.REPEATS: (4, 10)}))
    assert grant_for(meeting.person, "o", TODAY).profile.pace == SLOWER
    meeting.person.withdraw(Purpose.LEARNING, "page")
    assert grant_for(meeting.person, "o", TODAY).profile.pace == 1.0


@pytest.mark.parametrize(
    ("word_ms", "words", "source", "share"),
    [
        pytest.param(200, 6, "speech", (1, 1), id="fast"),
        pytest.param(400, 6, "speech", (0, 1), id="at leisure"),
        pytest.param(200, 3, "speech", None, id="too short to tell"),
        pytest.param(200, 6, "text", None, id="typed"),
    ],
)
def test_how_fast_somebody_speaks_is_told_by_the_words_times(
    meeting: Meeting, word_ms: int, words: int, source: str, share: tuple[int, int] | None
) -> None:
    says(meeting, "what's the weather like in oslo", "ask_weather")
    spans = [{"start_ms": at * word_ms, "end_ms": (at + 1) * word_ms} for at in range(words)]
    meeting.message["metadata"] |= {"source": source, "words": spans}

    assert shares(meeting).get(Signal.HURRY) == share


def test_what_they_ask_more_about_is_told_in_detail(meeting: Meeting) -> None:
    meeting.agreed(Purpose.LEARNING)
    knows(meeting.person, Seen(counts={Counted.DEPTH: {"ask_weather": 3, "ask_time": 1}}))

    assert deep_topics(meeting.person, TODAY) == ["ask_weather"]
    assert deep_topics(meeting.person, TODAY + timedelta(365)) == [], "it fades"
    keep_signals(meeting.person, signals_of(meeting.person).switched(Counted.DEPTH, on=False))
    assert deep_topics(meeting.person, TODAY) == []
    meeting.person.withdraw(Purpose.LEARNING, "page")
    assert deep_topics(meeting.person, TODAY) == []


def test_names_they_use_are_listened_for(meeting: Meeting) -> None:
    meeting.agreed(Purpose.LEARNING)
    knows(meeting.person, Seen(counts={Counted.NAMES: {"bergen": 4, "oslo": 1}}))

    words = own_words(meeting.person, TODAY)

    assert "bergen" in words
    assert "oslo" not in words
    meeting.person.withdraw(Purpose.LEARNING, "page")
    assert own_words(meeting.person, TODAY) == []


async def test_a_scale_is_learnt_and_what_is_said_beats_it(meeting: Meeting) -> None:
    meeting.agreed(Purpose.LEARNING)
    assert scale_of(meeting.person, TODAY) is None
    knows(meeting.person, Seen({Signal.FAHRENHEIT: (3, 3)}))
    assert scale_of(meeting.person, TODAY) == "fahrenheit"
    knows(meeting.person, Seen({Signal.FAHRENHEIT: (0, 3)}))
    assert scale_of(meeting.person, TODAY) == "celsius"

    async def asked(text: str) -> Reply:
        return await meeting.hears(text, "set_scale").does(ActionSetScale(lambda: meeting.services))

    assert (await asked("use fahrenheit")).follow_ups == ["action_ask_consent"]
    meeting.agreed(Purpose.MEMORY)
    assert (await asked("not celsius")).values["scale"] == "Fahrenheit"
    assert scale_of(meeting.person, TODAY) == "fahrenheit"
    assert (await asked("another scale")).said == ["utter_which_scale"]
    meeting.slots["off_record"] = True
    assert (await asked("use celsius")).said == ["utter_off_record_keeps_nothing"]


async def test_what_is_switched_off_is_not_learnt(meeting: Meeting) -> None:
    meeting.agreed(Purpose.LEARNING)
    keep_signals(meeting.person, Signals().switched(Signal.CUTS, on=False))
    for _ in range(10):
        says(meeting, "and tomorrow", "ask_weather", cut=True)
    await ends(meeting)

    assert Signal.CUTS not in signals_of(meeting.person).shares
    assert manner_now(meeting.person, letters_as_vector, TODAY).style is None
