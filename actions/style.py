"""How somebody is answered: in few words, warmly, playfully, in detail; said, learnt, explained and taken back."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.person import PersonAction, in_another_voice
from actions.turns import ASIDES, Turn, said, turns
from actions.voices import STYLE_SLOT, USUAL_STYLE, VoiceAction, ask_to_keep, keeps
from rapport.people import Person
from rapport.personality.style import Manner, Style, keep_manner, keep_style, manner_now, manner_of, style_wish


class ActionChangeStyle(VoiceAction):
    """Answer in another way from this very answer on; and ask once whether that may be kept."""

    def name(self) -> str:
        return "action_change_style"

    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        wished, style = style_wish(said(tracker))
        if not wished:
            dispatcher.utter_message(response="utter_which_style")
            return []
        dispatcher.utter_message(response=f"utter_style_{style.value if style else USUAL_STYLE}")
        changed = SlotSet(STYLE_SLOT, style.value if style else USUAL_STYLE)
        if keeps(person, tracker):
            keep_style(person, style)
            return [changed]
        return [changed, *ask_to_keep(person, tracker)]


class ActionTellStyle(VoiceAction):
    """Say in which way they are answered, and why."""

    def name(self) -> str:
        return "action_tell_style"

    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        manner = manner_now(person) if person is not None else Manner()
        wished = tracker.get_slot(STYLE_SLOT)
        style = wished or (manner.now.value if manner.now else USUAL_STYLE)
        if style == USUAL_STYLE:
            dispatcher.utter_message(response="utter_style_is_usual")
        elif wished or manner.said:
            dispatcher.utter_message(response="utter_style_was_said", how=_HOW[Style(style)])
        else:
            dispatcher.utter_message(response="utter_style_was_learnt", share=str(round(manner.cut_off * 100)))
        return []


class ActionLearnStyle(PersonAction):
    """At a session's end: look at how many answers were cut off, where that may be kept. Nothing is said."""

    def name(self) -> str:
        return "action_learn_style"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if keeps(person, tracker):
            before = manner_of(person)
            after = before.after(*cut_offs(turns(tracker.events)))
            if after != before:
                keep_manner(person, after)
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


def cut_offs(said_so_far: Sequence[Turn]) -> tuple[int, int]:
    """How many answers the person got, and how many of them they cut off and did not have gone on with."""
    answers = cut = 0
    for at, turn in enumerate(said_so_far):
        if turn.intent in ASIDES or in_another_voice(turn.message) or not turn.replies:
            continue
        answers += 1
        after = said_so_far[at + 1] if at + 1 < len(said_so_far) else None
        # The channel notes it as the next turn begins.
        if turn.slots.get("reply_unheard") and (after is None or after.intent != "go_on"):
            cut += 1
    return answers, cut


_HOW = {
    Style.CONCISE: "in few words",
    Style.WARM: "warmly",
    Style.PLAYFUL: "playfully",
    Style.EXPERT: "with more detail",
}
