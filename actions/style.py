"""How somebody is answered: in few words, warmly, playfully, formally, in detail; said, explained and taken back. What
is learnt of it is in `learning`.
"""

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import now_of
from actions.turns import said
from actions.voices import USUAL_STYLE, VoiceAction, ask_to_keep, keeps
from rapport.people import Person
from rapport.personality.style import Manner, Style, keep_style, manner_now, style_wish
from rapport.personality.style_of_turn import STYLE_SLOT


class ActionChangeStyle(VoiceAction):
    """Answer in another way from this very answer on; and ask once whether that may be kept."""

    def name(self) -> str:
        return "action_change_style"

    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        wished, style = style_wish(said(tracker))
        if not wished:
            dispatcher.utter_message(response="utter_which_style")
            return []
        name = style.value if style else USUAL_STYLE
        dispatcher.utter_message(response=f"utter_style_{name}", style=name)
        changed = SlotSet(STYLE_SLOT, name)
        if keeps(person, tracker):
            keep_style(person, style)
            return [changed]
        return [changed, *ask_to_keep(person, tracker)]


class ActionTellStyle(VoiceAction):
    """Say in which way they are answered, and why."""

    def name(self) -> str:
        return "action_tell_style"

    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        people = self._services().people
        today = now_of(tracker, people.clock()).date()
        manner = manner_now(person, people.embed, today) if person is not None else Manner()
        wished = tracker.get_slot(STYLE_SLOT)
        style = wished or (manner.style.value if manner.style else USUAL_STYLE)
        if style == USUAL_STYLE:
            dispatcher.utter_message(response="utter_style_is_usual")
        elif wished or manner.said:
            dispatcher.utter_message(response="utter_style_was_said", how=_HOW[Style(style)])
        else:
            dispatcher.utter_message(response=f"utter_style_was_learnt_{style}", share=str(round(manner.share * 100)))
        return []


_HOW = {
    Style.CONCISE: "in few words",
    Style.WARM: "warmly",
    Style.PLAYFUL: "playfully",
    Style.EXPERT: "with more detail",
    Style.FORMAL: "formally",
}
