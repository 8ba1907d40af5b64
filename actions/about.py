"""What becomes of words and sound: it depends on what was agreed to."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.person import PersonAction
from rapport.people import Person
from rapport.privacy.purposes import Purpose


class TellWhatIsKept(PersonAction, ABC):
    """Answers with what holds by default, or with what a consent made of it; tells of the cloud where it is used."""

    anybody = True

    purpose: Purpose
    kept: str
    by_default: str

    @abstractmethod
    def name(self) -> str:
        """The action's name; abstract here, because the SDK registers every concrete action."""

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        live = person.ledger().live()
        dispatcher.utter_message(response=self.kept if self.purpose in live else self.by_default)
        if Purpose.CLOUD_SPEECH in live:
            dispatcher.utter_message(response="utter_about_cloud")
        if Purpose.CLOUD_ANSWERS in live:
            dispatcher.utter_message(response="utter_about_cloud_answers")
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        dispatcher.utter_message(response=self.by_default)
        return []


class ActionTellAboutData(TellWhatIsKept):
    """Tell where words go, and what is kept of them."""

    purpose = Purpose.MEMORY
    kept, by_default = "utter_about_data_remembered", "utter_about_data"

    def name(self) -> str:
        return "action_tell_about_data"


class ActionTellAboutRecording(TellWhatIsKept):
    """Tell whether sound is kept."""

    purpose = Purpose.VOICE_RECORDING
    kept, by_default = "utter_about_recording_kept", "utter_about_recording"

    def name(self) -> str:
        return "action_tell_about_recording"
