from typing import Any

import pytest

from actions.about import ActionTellAboutData, ActionTellAboutRecording
from actions.privacy import (
    ActionAskConsent,
    ActionAskDeletionAnswer,
    ActionDelete,
    ActionExport,
    ActionGiveConsent,
    ActionTakeConsent,
    ActionTellConsents,
    ActionWantErasure,
    ActionWithdrawConsent,
)
from rapport.errors import PersonErased, StoreUnavailable
from rapport.people import Person
from rapport.privacy.purposes import Purpose, wordings
from tests.unit.actions.meeting import ANNA, Meeting


async def asked_for(meeting: Meeting, purpose: Purpose = Purpose.MEMORY) -> None:
    """A consent was asked for, once."""
    meeting.hears("remember that", "remember", consent_wanted=purpose.value)
    await meeting.does(ActionAskConsent())


def answers(meeting: Meeting) -> ActionTakeConsent:
    return ActionTakeConsent(lambda: meeting.services)


# Consent


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_a_consent_is_asked_for_in_its_exact_wording(meeting: Meeting, purpose: Purpose) -> None:
    meeting.hears("remember that", "remember", consent_wanted=purpose.value)

    reply = await meeting.does(ActionAskConsent())

    assert (reply.said, reply.values["wording"]) == (["utter_ask_consent"], wordings()[purpose].spoken)


def test_nobody_can_talk_over_what_has_to_be_heard_whole(domain: dict[str, Any]) -> None:
    asked = ("utter_ask_consent", "utter_ask_withdrawal", "utter_ask_erasure", "utter_ask_deletion_again")
    for name in [*asked, "utter_ask_consent_again"]:
        for variation in domain["responses"][name]:
            assert variation["metadata"] == {"expects": "short", "interruptible": False}, name


async def test_as_a_follow_up_the_question_opens_its_form(meeting: Meeting) -> None:
    meeting.hears("remember that", "remember", consent_wanted="memory")

    reply = await meeting.follows_up(ActionAskConsent())

    assert (reply.said, reply.follow_ups) == ([], ["consent_form"])


@pytest.mark.parametrize(("typed", "way"), [(False, "voice"), (True, "text")])
async def test_a_yes_is_noted_with_its_way_and_gives_a_receipt(meeting: Meeting, typed: bool, way: str) -> None:
    await asked_for(meeting)

    reply = await meeting.hears("yes", "affirm", typed=typed, consent="yes").does(answers(meeting))

    [decision] = meeting.person.ledger().decisions
    assert (decision.purpose, decision.granted, decision.channel) == (Purpose.MEMORY, True, way)
    assert decision.wording == wordings()[Purpose.MEMORY].spoken
    assert reply.said == ["utter_consent_given"]
    assert reply.values["custom"]["receipt"]["receipt"] == decision.receipt
    assert (meeting.slots["consent"], meeting.slots["consent_wanted"]) == (None, None)


@pytest.mark.parametrize("intent", ["deny", "cancel", "stop", "not_now", "skip_question", "withdraw_consent"])
async def test_after_a_no_nothing_is_kept_and_nothing_waits(meeting: Meeting, intent: str) -> None:
    await asked_for(meeting)
    meeting.slots |= {"pending": {"text": "my sister lives in oslo", "waits_for": "memory"}, "name_heard": "Sam"}

    reply = await meeting.hears("no", intent, consent="no").does(answers(meeting))

    assert reply.said == ["utter_consent_refused"]
    assert not meeting.person.known
    assert meeting.slots["pending"] is meeting.slots["name_heard"] is meeting.slots["consent_wanted"] is None


async def test_what_is_unclear_is_asked_for_once_more_and_then_a_no(meeting: Meeting) -> None:
    await asked_for(meeting)

    first = await meeting.hears("hm", "nlu_fallback", consent="unclear").does(answers(meeting))
    again = await meeting.does(ActionAskConsent())
    second = await meeting.hears("hm", "nlu_fallback", consent="unclear").does(answers(meeting))

    assert (first.said, again.said, second.said) == ([], ["utter_ask_consent_again"], ["utter_consent_unanswered"])
    assert meeting.slots["consent_wanted"] is None
    assert not meeting.person.known


async def test_two_other_topics_instead_of_an_answer_are_a_no(meeting: Meeting) -> None:
    await asked_for(meeting)

    again = await meeting.hears("what time is it", "ask_time").does(ActionAskConsent())
    over = await meeting.hears("tell me a joke", "smalltalk_joke").does(ActionAskConsent())
    end = await meeting.does(answers(meeting))

    assert (again.said, over.said, end.said) == (["utter_ask_consent_again"], [], ["utter_consent_unanswered"])
    assert meeting.slots["requested_slot"] is None
    assert not meeting.person.known


@pytest.mark.parametrize("intent", ["repeat_that", "speak_slower", "wait"])
async def test_time_to_think_and_hearing_it_again_are_no_refusal(meeting: Meeting, intent: str) -> None:
    await asked_for(meeting)
    for _ in range(4):
        await meeting.hears("wait", intent, consent="unclear").does(answers(meeting))
        reply = await meeting.does(ActionAskConsent())
        assert reply.said == ["utter_waiting" if intent == "wait" else "utter_ask_consent_again"]

    assert (await meeting.hears("yes", "affirm", consent="yes").does(answers(meeting))).said == ["utter_consent_given"]


@pytest.mark.parametrize("unsure", [{"sure": 0.6}, {"heard": 0.4}])
async def test_a_yes_that_was_hardly_understood_is_none(meeting: Meeting, unsure: dict[str, float]) -> None:
    await asked_for(meeting)

    reply = await meeting.hears("yes", "affirm", consent="yes", **unsure).does(answers(meeting))

    assert reply.said == []
    assert meeting.slots["consent_wanted"] == "memory"
    assert not meeting.person.known


async def test_a_yes_to_something_that_was_not_asked_is_none(meeting: Meeting) -> None:
    """Slots alone, however they came to be, give no consent."""
    reply = await meeting.hears("yes", "affirm", consent="yes", consent_wanted="memory").does(answers(meeting))

    assert reply.said == []
    assert not meeting.person.known


async def test_a_yes_that_names_another_purpose_is_none(meeting: Meeting) -> None:
    await asked_for(meeting, Purpose.CLOUD_SPEECH)

    await meeting.hears("you may remember me", "give_consent", consent="yes").does(answers(meeting))

    assert not meeting.person.known


async def test_what_waited_for_the_consent_goes_on(meeting: Meeting) -> None:
    await asked_for(meeting)
    meeting.slots["pending"] = {"text": "my sister lives in oslo", "waits_for": "memory"}

    reply = await meeting.hears("yes", "affirm", consent="yes").does(answers(meeting))

    assert reply.follow_ups == ["action_take_pending"]


async def test_another_consent_does_not_wake_what_waited_for_memory(meeting: Meeting) -> None:
    await asked_for(meeting, Purpose.CLOUD_SPEECH)
    meeting.slots |= {"pending": {"text": "my sister lives in oslo", "waits_for": "memory"}, "name_heard": "Sam"}

    reply = await meeting.hears("yes", "affirm", consent="yes").does(answers(meeting))

    assert reply.follow_ups == []


async def test_where_the_store_is_out_of_reach_no_answer_stays_behind(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the form would find its answer there already, and end at once, again and again."""
    await asked_for(meeting)

    def broken(self: Person, *_: object) -> None:
        raise StoreUnavailable("the store does not answer")

    monkeypatch.setattr(Person, "agree", broken)
    reply = await meeting.hears("yes", "affirm", consent="yes").does(answers(meeting))

    assert reply.said == ["utter_memory_unavailable"]
    assert (meeting.slots["consent"], meeting.slots["consent_wanted"]) == (None, None)


async def test_without_a_proof_nobody_agrees(meeting: Meeting) -> None:
    meeting.person_id = None

    offered = await meeting.hears("you may remember me", "give_consent").does(
        ActionGiveConsent(lambda: meeting.services)
    )
    await asked_for(meeting)
    reply = await meeting.hears("yes", "affirm", consent="yes").does(answers(meeting))

    assert offered.said == reply.said == ["utter_no_person"]
    assert not meeting.services.people.person(ANNA).known


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("you may remember things about me", "memory"),
        ("i give my consent", "memory"),
        ("you may use the cloud", "cloud_speech"),
        ("you may keep recordings of my voice", "voice_recording"),
        ("you may make suggestions", "proactive"),
    ],
)
async def test_an_offered_consent_is_asked_for_in_its_wording(meeting: Meeting, text: str, purpose: str) -> None:
    reply = await meeting.hears(text, "give_consent").does(ActionGiveConsent(lambda: meeting.services))

    assert (reply.said, meeting.slots["consent_wanted"]) == ([], purpose)
    assert not meeting.person.known


async def test_a_consent_that_is_there_is_not_asked_for_again(meeting: Meeting) -> None:
    meeting.agreed().slots["consent_wanted"] = "memory"

    reply = await meeting.hears("you may remember me", "give_consent").does(ActionGiveConsent(lambda: meeting.services))

    assert (reply.said, meeting.slots["consent_wanted"]) == (["utter_consent_already"], None)


async def test_what_was_agreed_to_is_told(meeting: Meeting) -> None:
    action = ActionTellConsents(lambda: meeting.services)
    meeting.hears("what did i agree to", "ask_consents")
    nothing = await meeting.does(action)
    meeting.agreed(Purpose.MEMORY, Purpose.CLOUD_SPEECH)

    some = await meeting.does(action)

    assert nothing.said == ["utter_consents_none"]
    assert some.values["purposes"] == "me remembering what you tell me, and a cloud service for speech"


# Withdrawal


def withdraws(meeting: Meeting) -> ActionWithdrawConsent:
    return ActionWithdrawConsent(lambda: meeting.services)


def deletes(meeting: Meeting) -> ActionDelete:
    return ActionDelete(lambda: meeting.services)


async def test_a_withdrawal_that_deletes_is_asked_about_and_tells_how_much_went(meeting: Meeting) -> None:
    meeting.agreed(Purpose.MEMORY, Purpose.CLOUD_SPEECH).told("your sister lives in Oslo", "you like tea", "it rains")

    await meeting.hears("stop remembering things about me", "withdraw_consent").does(withdraws(meeting))
    question = await meeting.does(ActionAskDeletionAnswer())
    still = meeting.person.memories().usage().items
    done = await meeting.hears("yes", "affirm", deletion_answer="yes").does(deletes(meeting))

    assert (question.said, still) == (["utter_ask_withdrawal"], 3)
    assert (done.said, done.values["count"]) == (["utter_withdrawn_many"], "three")
    assert set(meeting.person.ledger().live()) == {Purpose.CLOUD_SPEECH}
    assert meeting.person.everything()[0] == []
    assert meeting.slots["deletion_wanted"] is None


async def test_where_nothing_is_kept_a_withdrawal_holds_at_once(meeting: Meeting) -> None:
    meeting.agreed(Purpose.MEMORY, Purpose.CLOUD_SPEECH)

    reply = await meeting.hears("don't send anything to the cloud", "withdraw_consent").does(withdraws(meeting))

    assert (reply.said, meeting.slots["deletion_wanted"]) == (["utter_withdrawn"], None)
    assert set(meeting.person.ledger().live()) == {Purpose.MEMORY}


async def test_a_kept_name_alone_is_asked_about_too(meeting: Meeting) -> None:
    meeting.agreed().person.update_profile(name="Anna")

    await meeting.hears("i withdraw my consent", "withdraw_consent").does(withdraws(meeting))

    assert meeting.slots["deletion_wanted"] == "memory"


async def test_without_a_purpose_named_all_is_taken_back(meeting: Meeting) -> None:
    meeting.agreed(Purpose.MEMORY, Purpose.CLOUD_SPEECH).told("you like tea")

    await meeting.hears("i withdraw my consent", "withdraw_consent").does(withdraws(meeting))
    await meeting.does(ActionAskDeletionAnswer())
    done = await meeting.hears("yes", "affirm", deletion_answer="yes").does(deletes(meeting))

    assert done.said == ["utter_withdrawn_one"]
    assert not meeting.person.ledger().live()


async def test_what_was_never_agreed_to_can_t_be_taken_back(meeting: Meeting) -> None:
    reply = await meeting.hears("stop remembering me", "withdraw_consent").does(withdraws(meeting))

    assert reply.said == ["utter_consent_not_given"]
    assert not meeting.person.known


async def test_this_session_forgets_too_what_was_said_in_it(meeting: Meeting) -> None:
    meeting.agreed().told("your sister lives in Oslo").slots["last_memory"] = {"text": "your sister lives in Oslo"}

    await meeting.hears("stop remembering things about me", "withdraw_consent").does(withdraws(meeting))
    await meeting.does(ActionAskDeletionAnswer())
    await meeting.hears("yes", "affirm", deletion_answer="yes").does(deletes(meeting))

    assert meeting.slots["last_memory"] is None
    assert meeting.slots["turns_let_go"] == [1]


# Erasure


def erases(meeting: Meeting) -> ActionWantErasure:
    return ActionWantErasure(lambda: meeting.services)


async def asked_to_erase(meeting: Meeting) -> None:
    meeting.agreed().told("your sister lives in Oslo")
    meeting.slots["place_before"] = {"name": "Oslo"}
    await meeting.hears("delete everything about me", "erase_me").does(erases(meeting))
    assert (await meeting.does(ActionAskDeletionAnswer())).said == ["utter_ask_erasure"]


async def test_after_a_clear_yes_everything_goes_and_a_receipt_is_given(meeting: Meeting) -> None:
    await asked_to_erase(meeting)

    reply = await meeting.hears("yes", "affirm", deletion_answer="yes").does(deletes(meeting))

    receipt = reply.values["custom"]["receipt"]
    assert reply.said == ["utter_erased"]
    assert (reply.values["custom"]["show"], receipt["memories"]) == ("receipt", 1)
    assert len(reply.values["number"].split(", ")) == 4
    assert meeting.slots["place_before"] is meeting.slots["deletion_wanted"] is None
    with pytest.raises(PersonErased):
        _ = meeting.person


@pytest.mark.parametrize(
    ("text", "intent", "answer", "sure"),
    [
        ("no", "deny", "no", 0.95),
        ("never mind", "cancel", "no", 0.95),
        ("wait", "wait", "no", 0.95),
        ("yes", "affirm", "yes", 0.55),
        ("delete everything about me", "erase_me", "unclear", 0.95),
        ("hm", "nlu_fallback", "unclear", 0.4),
    ],
)
async def test_only_a_clear_yes_erases(meeting: Meeting, text: str, intent: str, answer: str, sure: float) -> None:
    await asked_to_erase(meeting)

    await meeting.hears(text, intent, sure=sure, deletion_answer=answer).does(deletes(meeting))

    assert meeting.person.memories().usage().items == 1


async def test_saying_it_again_is_asked_about_once_more_and_then_left(meeting: Meeting) -> None:
    await asked_to_erase(meeting)

    first = await meeting.hears("forget me", "erase_me", deletion_answer="unclear").does(deletes(meeting))
    again = await meeting.does(ActionAskDeletionAnswer())
    second = await meeting.hears("forget me", "erase_me", deletion_answer="unclear").does(deletes(meeting))

    assert (first.said, again.said, second.said) == ([], ["utter_ask_deletion_again"], ["utter_not_deleted"])
    assert meeting.person.known


async def test_an_answer_alone_erases_nobody(meeting: Meeting) -> None:
    """Slots that say so, without the question, are no order to delete."""
    meeting.agreed().told("you like tea")

    meeting.hears("yes", "affirm", deletion_answer="yes", deletion_wanted="everything")
    await meeting.does(deletes(meeting))

    assert meeting.person.known


async def test_where_a_part_is_out_of_reach_it_says_that_it_waits(meeting: Meeting) -> None:
    await asked_to_erase(meeting)
    meeting.channel.away = True

    reply = await meeting.hears("yes", "affirm", deletion_answer="yes").does(deletes(meeting))

    assert reply.said == ["utter_erasure_pending"]
    assert meeting.slots["place_before"] is None
    with pytest.raises(PersonErased):
        _ = meeting.person


async def test_of_whom_nothing_is_kept_nothing_is_erased(meeting: Meeting) -> None:
    reply = await meeting.hears("forget me", "erase_me").does(erases(meeting))

    assert (reply.said, meeting.slots["deletion_wanted"]) == (["utter_nothing_to_erase"], None)


# Export


async def test_an_export_is_a_ticket_for_the_page_of_this_person(meeting: Meeting) -> None:
    meeting.agreed()

    reply = await meeting.hears("send me my data", "export_data").does(ActionExport(lambda: meeting.services))

    shown = reply.values["custom"]
    assert (reply.said, shown["show"]) == (["utter_export"], "export")
    assert meeting.services.proofs.ticket_of(shown["ticket"]).person == ANNA


async def test_of_whom_nothing_is_kept_there_is_no_export(meeting: Meeting) -> None:
    reply = await meeting.hears("send me my data", "export_data").does(ActionExport(lambda: meeting.services))

    assert (reply.said, reply.values) == (["utter_nothing_to_export"], {})


# What becomes of words and sound


async def test_what_is_said_about_data_follows_the_consents(meeting: Meeting) -> None:
    data, recording = (each(lambda: meeting.services) for each in (ActionTellAboutData, ActionTellAboutRecording))
    meeting.hears("what do you keep", "about_data")
    before = (await meeting.does(data)).said + (await meeting.does(recording)).said
    meeting.agreed(Purpose.MEMORY, Purpose.VOICE_RECORDING)
    agreed = (await meeting.does(data)).said + (await meeting.does(recording)).said
    meeting.agreed(Purpose.CLOUD_SPEECH)

    assert before == ["utter_about_data", "utter_about_recording"]
    assert agreed == ["utter_about_data_remembered", "utter_about_recording_kept"]
    assert (await meeting.does(data)).said == ["utter_about_data_remembered", "utter_about_cloud"]


async def test_whom_it_does_not_know_it_tells_what_holds_for_everybody(meeting: Meeting) -> None:
    meeting.person_id = None

    reply = await meeting.hears("what do you keep", "about_data").does(ActionTellAboutData(lambda: meeting.services))

    assert reply.said == ["utter_about_data"]
