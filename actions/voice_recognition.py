"""Being known by one's voice: having it learnt, and asking whether it is. Who speaks is told by the voice channel."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import again, off_record
from actions.person import PersonAction, voice_of, wait_for_consent
from rapport.people import Person
from rapport.privacy.purposes import Purpose
from rapport.voices.speakers import Voice
from rapport.voices.voiceprint import voiceprint


class ActionLearnVoice(PersonAction):
    """Have the channel learn the voice that asks for it, where that may be kept."""

    def name(self) -> str:
        return "action_learn_voice"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if off_record(tracker):
            dispatcher.utter_message(response="utter_off_record_keeps_nothing")
            return []
        if Purpose.VOICE_RECOGNITION not in person.ledger().live():
            return wait_for_consent(Purpose.VOICE_RECOGNITION.value, again(tracker, "learn_my_voice"))
        dispatcher.utter_message(response="utter_voice_learning", learn_voice=True)
        return []


class ActionTellWhoSpeaks(PersonAction):
    """Tell whether somebody's voice is known, and whether this is it."""

    anybody = True

    def name(self) -> str:
        return "action_tell_who_speaks"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if Purpose.VOICE_RECOGNITION not in person.ledger().live():
            dispatcher.utter_message(response="utter_voice_unknown")
        elif voice_of(tracker) is Voice.OWN:
            dispatcher.utter_message(response="utter_voice_is_yours")
        elif voiceprint(person) is None:
            dispatcher.utter_message(response="utter_voice_learning")
        else:
            # Typed, or in a session that began before it was learnt elsewhere.
            dispatcher.utter_message(response="utter_voice_known")
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        told = "speaker" in (tracker.latest_message.get("metadata") or {})
        if voice_of(tracker) is Voice.OTHER:
            dispatcher.utter_message(response="utter_voice_is_another")
        else:
            dispatcher.utter_message(response="utter_voice_unsure" if told else "utter_voice_unknown")
        return []
