from typing import Any

import pytest

from actions.greeting import ActionGoodbye, ActionGreet
from actions.onboarding import (
    NAME_ASKED,
    ActionAskNameAnswer,
    ActionForgetName,
    ActionGetToKnow,
    ActionTakeName,
    ActionTellName,
)
from actions.privacy import ActionAskConsent, ActionTakeConsent
from rapport.errors import StoreUnavailable
from rapport.people import Person
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Meeting


def goes_on(meeting: Meeting) -> ActionGetToKnow:
    return ActionGetToKnow(lambda: meeting.services)


def takes_name(meeting: Meeting) -> ActionTakeName:
    return ActionTakeName(lambda: meeting.services)


def takes_consent(meeting: Meeting) -> ActionTakeConsent:
    return ActionTakeConsent(lambda: meeting.services)


def step(meeting: Meeting) -> str | None:
    """What is asked next."""
    return meeting.slots["consent_wanted"] if meeting.slots["onboarding"] == "consent" else meeting.slots["onboarding"]


# Getting to know each other


async def test_it_asks_for_memory_first_then_the_name_then_what_else_matters(meeting: Meeting) -> None:
    steps, said = [], []
    meeting.hears("set me up", "get_to_know_me")
    said += (await meeting.does(goes_on(meeting))).said
    steps.append(step(meeting))
    await meeting.does(ActionAskConsent())
    said += (await meeting.hears("yes", "affirm", consent="yes").does(takes_consent(meeting))).said
    said += (await meeting.does(goes_on(meeting))).said
    steps.append(step(meeting))
    await meeting.does(ActionAskNameAnswer())
    meeting.hears("sam", "nlu_fallback", typed=True, name_answer="sam")
    said += (await meeting.does(takes_name(meeting))).said
    said += (await meeting.does(goes_on(meeting))).said
    steps.append(step(meeting))
    await meeting.does(ActionAskConsent())
    said += (await meeting.hears("no", "deny", consent="no").does(takes_consent(meeting))).said
    said += (await meeting.does(goes_on(meeting))).said
    steps.append(step(meeting))
    await meeting.does(ActionAskConsent())
    said += (await meeting.hears("yes", "affirm", consent="yes").does(takes_consent(meeting))).said
    said += (await meeting.does(goes_on(meeting))).said

    assert steps == ["memory", "name", "cloud_speech", "analytics"]
    assert said == [
        "utter_onboarding_begin",
        "utter_consent_given",
        "utter_name_kept",
        "utter_consent_refused",
        "utter_consent_given",
        "utter_onboarding_done",
    ]
    assert meeting.slots["onboarding"] is meeting.slots["onboarding_passed"] is None
    assert meeting.person.profile() == {"name": "Sam"}


async def test_without_the_consent_to_remember_it_asks_no_more(meeting: Meeting) -> None:
    await meeting.hears("set me up", "get_to_know_me").does(goes_on(meeting))
    await meeting.does(ActionAskConsent())
    refused = await meeting.hears("no", "deny", consent="no").does(takes_consent(meeting))

    end = await meeting.does(goes_on(meeting))

    assert (refused.said, end.said, meeting.slots["onboarding"]) == (["utter_consent_refused"], [], None)
    assert not meeting.person.known


@pytest.mark.parametrize("intent", ["cancel", "stop", "not_now"])
async def test_it_is_left_at_the_consent_with_one_answer(meeting: Meeting, intent: str) -> None:
    await meeting.hears("set me up", "get_to_know_me").does(goes_on(meeting))
    await meeting.does(ActionAskConsent())
    left = await meeting.hears("later", intent, consent="no").does(takes_consent(meeting))

    end = await meeting.does(goes_on(meeting))

    assert (left.said, end.said, meeting.slots["onboarding"]) == ([], ["utter_onboarding_paused"], None)


async def test_it_is_left_at_the_name_and_taken_up_there_in_another_session(meeting: Meeting) -> None:
    meeting.agreed()
    await meeting.hears("set me up", "get_to_know_me").does(goes_on(meeting))
    await meeting.does(ActionAskNameAnswer())
    left = await meeting.hears("never mind", "cancel", name_answer="never mind").does(takes_name(meeting))
    end = await meeting.does(goes_on(meeting))
    later = Meeting(meeting.services, meeting.domain)

    again = await later.hears("set me up", "get_to_know_me").does(goes_on(later))

    assert (left.said, end.said) == ([], ["utter_onboarding_paused"])
    assert (again.said, step(later)) == (["utter_onboarding_resumed"], "name")


async def test_a_skipped_name_is_not_asked_for_again_in_this_round(meeting: Meeting) -> None:
    meeting.agreed()
    await meeting.hears("set me up", "get_to_know_me").does(goes_on(meeting))
    await meeting.does(ActionAskNameAnswer())
    skipped = await meeting.hears("skip", "skip_question", name_answer="skip").does(takes_name(meeting))

    await meeting.does(goes_on(meeting))

    assert (skipped.said, step(meeting)) == (["utter_name_left"], "cloud_speech")


async def test_what_was_decided_is_not_asked_again(meeting: Meeting) -> None:
    agreed = meeting.agreed(Purpose.MEMORY, Purpose.CLOUD_SPEECH, Purpose.ANALYTICS)
    agreed.person.withdraw(Purpose.CLOUD_SPEECH, "page")
    meeting.person.update_profile(name="Anna")

    reply = await meeting.hears("set me up", "get_to_know_me").does(goes_on(meeting))

    assert (reply.said, step(meeting)) == (["utter_onboarding_known"], None)


async def test_whom_it_can_t_tell_it_does_not_get_to_know(meeting: Meeting) -> None:
    meeting.person_id = None

    reply = await meeting.hears("set me up", "get_to_know_me").does(goes_on(meeting))

    assert (reply.said, step(meeting)) == (["utter_no_person"], None)


# The name


async def test_a_spoken_name_is_spelled_back_and_kept_after_a_yes(meeting: Meeting) -> None:
    meeting.agreed()

    heard = await meeting.hears("call me sam", "tell_name").does(takes_name(meeting))
    check = await meeting.does(ActionAskNameAnswer())
    unsaid = meeting.person.profile()
    kept = await meeting.hears("yes", "affirm", name_answer="yes").does(takes_name(meeting))

    assert (heard.said, unsaid) == ([], {})
    assert (check.said, check.values["name"], check.values["spelled"]) == (["utter_check_name"], "Sam", "S, A, M")
    assert (kept.said, meeting.person.profile()) == (["utter_name_kept"], {"name": "Sam"})
    assert meeting.slots["name_heard"] is meeting.slots["name_wanted"] is None


@pytest.mark.parametrize(
    ("text", "intent", "name"),
    [
        ("no samuel", "deny", "Samuel"),
        ("no it's samuel not sam", "tell_name", "Samuel"),
        ("it's spelled p a m", "tell_name", "Pam"),
        ("florence", "name_place", "Florence"),
    ],
)
async def test_a_name_that_was_heard_wrong_is_corrected(meeting: Meeting, text: str, intent: str, name: str) -> None:
    meeting.agreed()
    await meeting.hears("call me sam", "tell_name").does(takes_name(meeting))
    await meeting.does(ActionAskNameAnswer())

    await meeting.hears(text, intent, name_answer=text).does(takes_name(meeting))

    assert (meeting.slots["name_heard"], meeting.slots["name_wanted"]) == (name, True)
    assert meeting.person.profile() == {}


async def test_a_plain_no_asks_for_the_name_again(meeting: Meeting) -> None:
    meeting.agreed()
    await meeting.hears("call me sam", "tell_name").does(takes_name(meeting))
    await meeting.does(ActionAskNameAnswer())
    await meeting.hears("no", "deny", name_answer="no").does(takes_name(meeting))

    assert (await meeting.does(ActionAskNameAnswer())).said == ["utter_ask_name_again"]


async def test_a_typed_name_is_kept_as_it_was_typed(meeting: Meeting) -> None:
    meeting.agreed()

    reply = await meeting.hears("Call me McKay", "tell_name", typed=True).does(takes_name(meeting))

    assert (reply.said, meeting.person.profile()) == (["utter_name_kept"], {"name": "McKay"})


async def test_another_topic_in_between_does_not_lose_the_name(meeting: Meeting) -> None:
    meeting.agreed()
    await meeting.hears("call me sam", "tell_name").does(takes_name(meeting))
    await meeting.does(ActionAskNameAnswer())

    again = await meeting.hears("what time is it", "ask_time").does(ActionAskNameAnswer())

    assert (again.said, again.values["name"]) == (["utter_check_name"], "Sam")


async def test_a_name_that_is_never_understood_is_left_at_last(meeting: Meeting) -> None:
    meeting.agreed()
    meeting.hears("hm", "nlu_fallback", name_answer="hm hm what is it that")
    for _ in range(NAME_ASKED):
        await meeting.does(ActionAskNameAnswer())
        meeting.slots["name_answer"] = "hm hm what is it that"
        assert (await meeting.does(takes_name(meeting))).said == []
    await meeting.does(ActionAskNameAnswer())

    reply = await meeting.does(takes_name(meeting))

    assert (reply.said, meeting.slots["name_wanted"]) == (["utter_name_left"], None)


@pytest.mark.parametrize("typed", [True, False])
async def test_without_consent_a_name_waits_for_it(meeting: Meeting, typed: bool) -> None:
    first = await meeting.hears("call me sam", "tell_name", typed=typed).does(takes_name(meeting))
    await meeting.does(ActionAskConsent())
    yes = await meeting.hears("yes", "affirm", typed=typed, consent="yes").does(takes_consent(meeting))
    await meeting.follows_up(takes_name(meeting))

    assert (first.said, first.follow_ups, yes.follow_ups) == ([], ["action_ask_consent"], ["action_take_name"])
    assert meeting.person.profile() == ({"name": "Sam"} if typed else {})
    assert (meeting.slots["name_heard"], meeting.slots["name_wanted"]) == ((None, None) if typed else ("Sam", True))


@pytest.mark.parametrize("typed", [True, False])
async def test_off_the_record_no_name_is_kept(meeting: Meeting, typed: bool) -> None:
    meeting.agreed().slots["off_record"] = True

    reply = await meeting.hears("call me sam", "tell_name", typed=typed).does(takes_name(meeting))

    assert (reply.said, meeting.person.profile()) == (["utter_off_record_keeps_nothing"], {})


async def test_the_name_is_told_and_forgotten(meeting: Meeting) -> None:
    tells, forgets = (each(lambda: meeting.services) for each in (ActionTellName, ActionForgetName))
    meeting.hears("what's my name", "ask_name")
    unknown = await meeting.does(tells)
    meeting.agreed().person.update_profile(name="Anna")
    known = await meeting.does(tells)
    forgotten = await meeting.does(forgets)

    assert (unknown.said, known.values["name"]) == (["utter_name_unknown"], "Anna")
    assert (forgotten.said, meeting.person.profile()) == (["utter_name_forgotten"], {})
    assert (await meeting.does(forgets)).said == ["utter_name_unknown"]


# Greeting


def greets(meeting: Meeting) -> ActionGreet:
    return ActionGreet(lambda: meeting.services)


async def test_it_greets_by_name_as_long_as_it_may(meeting: Meeting) -> None:
    meeting.hears("hello", "greet").agreed().person.update_profile(name="Anna")
    by_name = await meeting.does(greets(meeting))
    meeting.person.withdraw(Purpose.MEMORY, "page")

    assert (by_name.said, by_name.values) == (["utter_greet_by_name"], {"name": "Anna"})
    assert (await meeting.does(greets(meeting))).said == ["utter_greet"]


async def test_it_says_goodbye_by_name_as_long_as_it_may(meeting: Meeting) -> None:
    goodbye = ActionGoodbye(lambda: meeting.services)
    meeting.hears("bye", "goodbye").agreed().person.update_profile(name="Anna")
    by_name = await meeting.does(goodbye)
    meeting.person.withdraw(Purpose.MEMORY, "page")

    assert (by_name.said, by_name.values) == (["utter_goodbye_by_name"], {"name": "Anna"})
    assert (await meeting.does(goodbye)).said == ["utter_goodbye"]


async def test_without_a_proof_it_greets_without_looking_anything_up(domain: dict[str, Any], talk: Any) -> None:
    def no_services() -> Any:
        raise AssertionError("nothing is looked up")

    talk.hear("hello", "greet")

    assert (await talk.run(ActionGreet(no_services)))[0]["response"] == "utter_greet"
    assert (await talk.run(ActionGoodbye(no_services)))[0]["response"] == "utter_goodbye"


async def test_it_greets_also_where_nothing_can_be_read(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Person) -> None:
        raise StoreUnavailable("the store does not answer")

    monkeypatch.setattr(Person, "profile", broken)

    assert (await meeting.hears("hello", "greet").does(greets(meeting))).said == ["utter_greet"]
    assert (await meeting.hears("bye", "goodbye").does(ActionGoodbye(lambda: meeting.services))).said == [
        "utter_goodbye"
    ]
