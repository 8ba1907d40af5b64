"""Whose turn it is, and what to say where that can't be told, was not agreed to, or can't be read now.

Every action that reads or writes something about a person builds on `PersonAction`; no other code finds out who it is.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from rapport.errors import ConsentMissing, KeyUnavailable, NotAllowed, PersonErased, StoreUnavailable
from rapport.people import Person
from rapport.services import Services, get_services
from rapport.voices.speakers import Voice
from rapport.voices.voiceprint import is_known_by_voice

SHELL_CHANNEL = "cmdline"
"""The input channel of `rasa shell`."""

_log = logging.getLogger(__name__)

GetServices = Callable[[], Services]
Events = list[EventType]
Later = Coroutine[Any, Any, Events]
"""What is left to do of an action once nothing blocks any more."""


class NotTheirVoice(NotAllowed):
    """The person is known by their voice, and this turn is not in it, or it can't be told."""


def voice_of(tracker: Tracker) -> Voice | None:
    """Whose voice the turn is in, by the channel; None for what was typed, and where no voice is known."""
    return voice_in(tracker.latest_message)


def voice_in(message: Mapping[str, Any]) -> Voice | None:
    """Whose voice a message came in."""
    told = ((message.get("metadata") or {}).get("speaker") or {}).get("voice")
    return Voice(told) if told else None


def in_another_voice(message: Mapping[str, Any]) -> bool:
    """Whether a message came in another voice than the person's, or nobody can tell, though theirs is known."""
    return voice_in(message) not in (None, Voice.OWN)


def person_of(tracker: Tracker, services: GetServices = get_services) -> Person:
    """Whose turn it is, by the proof that the voice channel signed; never by what was said or by a slot. Blocks.

    Raises:
        NotAllowed: Nobody's: there is no proof (another channel), or it is not ours, or of another session.
        NotTheirVoice: Somebody else speaks in their session.
        PersonErased: They asked to be forgotten.
    """
    metadata = tracker.latest_message.get("metadata") or {}
    if in_another_voice(tracker.latest_message):
        raise NotTheirVoice("this turn is not in the voice that its person is known by")
    proof = metadata.get("proof")
    if isinstance(proof, str):
        person = services().person_of_turn(proof, tracker.sender_id)
        if voice_of(tracker) is None and metadata.get("source") == "speech" and is_known_by_voice(person):
            # The channel could not be told in time.
            raise NotTheirVoice("whose voice this turn is in was not told")
        return person
    if tracker.get_latest_input_channel() == SHELL_CHANNEL:
        found = services()
        if found.settings.shell_person:
            return found.people.person(found.settings.shell_person)
    raise NotAllowed("this turn has no proof of whose it is; talk through the voice channel")


def ask_consent(purpose: str) -> list[EventType]:
    """The events that ask for a consent, in this very turn."""
    return [SlotSet("consent_wanted", purpose), FollowupAction("action_ask_consent")]


def wait_for_consent(purpose: str, message: Mapping[str, Any]) -> list[EventType]:
    """The events that ask for a consent in this very turn, and take the message once it is given."""
    return [SlotSet("pending", {**message, "waits_for": purpose}), *ask_consent(purpose)]


class PersonAction(Action, ABC):
    """An action about the person whose turn it is.

    Without a person it says so; without the consent that it needs it asks for that; where people's files can't be used
    it says that. To another voice than the person's it says no more than that.

    Args:
        services: Gives this process's services; called in a thread.

    Attributes:
        anybody: To another voice it answers as it does without a person.
    """

    anybody = False

    def __init__(self, services: GetServices = get_services) -> None:
        self._services = services

    @abstractmethod
    def name(self) -> str:
        """The action's name; abstract here, because the SDK registers every concrete action."""

    @abstractmethod
    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events | Later:
        """Do it, in a worker thread: what is here may block. What only waits is left for later, and then awaited."""

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events | Later:
        """What to do where it is nobody's turn that we know."""
        return nobody(dispatcher)

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        done = await asyncio.to_thread(self._run, dispatcher, tracker, domain)
        return done if isinstance(done, list) else await done

    def _run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events | Later:
        try:
            person = person_of(tracker, self._services)
        except NotTheirVoice:
            if self.anybody:
                return self.without_person(dispatcher, tracker, domain)
            unsure = voice_of(tracker) is not Voice.OTHER
            dispatcher.utter_message(response="utter_voice_unsure" if unsure else "utter_not_your_voice")
            return []
        except (NotAllowed, PersonErased):
            return self.without_person(dispatcher, tracker, domain)
        except (KeyUnavailable, StoreUnavailable) as error:
            return _unavailable(dispatcher, error)
        try:
            return self.act(person, dispatcher, tracker, domain)
        except ConsentMissing as missing:
            return ask_consent(missing.purpose)
        except (KeyUnavailable, StoreUnavailable) as error:
            return _unavailable(dispatcher, error)


def nobody(dispatcher: CollectingDispatcher) -> Events:
    """Say that nobody is known whose turn it is."""
    dispatcher.utter_message(response="utter_no_person")
    return []


def _unavailable(dispatcher: CollectingDispatcher, error: Exception) -> list[EventType]:
    _log.warning("what is kept of people can't be used: %s", error)  # our errors name nobody
    dispatcher.utter_message(response="utter_memory_unavailable")
    return []
