"""The voice itself: another one, a deeper or warmer one, which there are, and how words are said.

What somebody likes is kept where they agreed to it; else it holds for the session, and they are asked once.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeGuard

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import again, off_record, raw
from actions.onboarding import known_name
from actions.person import PersonAction, ask_consent, wait_for_consent
from actions.turns import said
from rapport.errors import ConsentMissing, StoreUnavailable
from rapport.people import Person
from rapport.personality.pronunciation import pronunciation
from rapport.personality.style import Style, keep_style
from rapport.personality.style_of_turn import STYLE_SLOT
from rapport.personality.voice import (
    MOST_PRONUNCIATIONS,
    has_clone,
    keep_pronunciations,
    keep_voice_profile,
    pronunciations,
    voice_profile,
)
from rapport.personality.voice_wishes import VoiceWish, fitting, voice_wish
from rapport.privacy.purposes import Purpose
from rapport.speech.voice_profile import CLONED, USUAL, VoiceProfile

NAMED_AT_MOST = 4
"""How many voices are named aloud; the page shows them all."""
USUAL_STYLE = "usual"
"""In the slot where the usual style was wished for."""
UNSET = dict.fromkeys(asdict(USUAL))
"""The wishes with which the channel goes back to what is kept."""

Voice = Mapping[str, Any]
_OWN: Voice = {"name": CLONED, "cloud": True}


class VoiceAction(PersonAction, ABC):
    """An action about the voice; also for who is not known, for the session."""

    anybody = True

    @abstractmethod
    def name(self) -> str:
        """The action's name; abstract here, because the SDK registers every concrete action."""

    @abstractmethod
    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Do it, in a worker thread: what is here may block."""

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return self.answer(person, dispatcher, tracker)

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return self.answer(None, dispatcher, tracker)

    def voices(self) -> tuple[Sequence[Voice], bool]:
        """The voices that can speak here, and whether a provider is there; none where that can't be asked."""
        services = self._services()
        if not services.settings.voice_key:
            return (), False
        try:
            told = services.voice.give("voices", {})
        except StoreUnavailable:
            return (), False
        return told["voices"], bool(told["provider"])

    def change(
        self,
        person: Person | None,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        profile: VoiceProfile,
        response: str,
        **values: Any,
    ) -> list[EventType]:
        """Speak like this from now on, beginning with the response: kept where that was agreed to."""
        if keeps(person, tracker):
            keep_voice_profile(person, profile)
            dispatcher.utter_message(response=response, voice=UNSET, **values)
            return [SlotSet("voice_wishes", None)]
        kept = kept_profile(person)
        wishes = {name: value for name, value in asdict(profile).items() if value != getattr(kept, name)}
        dispatcher.utter_message(response=response, voice={**UNSET, **wishes}, **values)
        return [SlotSet("voice_wishes", wishes or None)]


class ActionChangeVoice(VoiceAction):
    """Speak in another voice, or otherwise, as it was asked; and ask once whether that may be kept."""

    def name(self) -> str:
        return "action_change_voice"

    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        voices, provider = self.voices()
        wish = voice_wish(said(tracker), [str(each["name"]) for each in voices])
        if not wish:
            dispatcher.utter_message(response="utter_what_voice")
            return []
        before = profile_now(person, tracker)
        after = wish.stepped(before)
        if not wish.of_voice:
            if after == before:
                dispatcher.utter_message(response="utter_voice_at_limit")
                return []
            changes = self.change(person, dispatcher, tracker, after, "utter_voice_like_this")
            return [*changes, *ask_to_keep(person, tracker)]
        agreed = provider and person is not None and Purpose.CLOUD_SPEECH in person.ledger().live()
        may_ask = provider and person is not None and not tracker.latest_message.get("cloud_asked")
        chosen, refusal = self._chosen(person, voices, wish, before, cloud=agreed or may_ask)
        if chosen is None:
            dispatcher.utter_message(response=refusal)
            return []
        if chosen["cloud"] and not agreed:
            return wait_for_consent(Purpose.CLOUD_SPEECH.value, again(tracker, "change_voice", cloud_asked=True))
        name = str(chosen["name"])
        called = "your own" if name == CLONED else name.capitalize()
        if name == before.voice and after == before:
            dispatcher.utter_message(response="utter_voice_already", voice_name=called)
            return []
        changes = self.change(
            person, dispatcher, tracker, replace(after, voice=name), "utter_voice_chosen", voice_name=called
        )
        return [*changes, *ask_to_keep(person, tracker)]

    def _chosen(
        self, person: Person | None, voices: Sequence[Voice], wish: VoiceWish, before: VoiceProfile, *, cloud: bool
    ) -> tuple[Voice | None, str]:
        """The voice that is wanted, or None and the response that says why there is none."""
        if wish.own:
            may = person is not None and Purpose.VOICE_PERSONALIZATION in person.ledger().live() and has_clone(person)
            if not may:
                return None, "utter_voice_no_clone"
            return (_OWN, "") if cloud else (None, "utter_voice_needs_cloud")
        found = fitting(voices, wish, before.voice, cloud=cloud)
        usable = [each for each in found if cloud or not each["cloud"]]
        if usable:
            return usable[0], ""
        if found:
            return None, "utter_voice_needs_cloud"
        return None, "utter_voice_none_such" if voices else "utter_voices_unknown"


class ActionKeepVoice(PersonAction):
    """Keep how it is to speak, and in which style, now that it may be kept."""

    def name(self) -> str:
        return "action_keep_voice"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if keeps(person, tracker):
            keep_voice_profile(person, profile_now(person, tracker))
            if wished := tracker.get_slot(STYLE_SLOT):
                keep_style(person, None if wished == USUAL_STYLE else Style(wished))
        return []


class ActionTellVoices(VoiceAction):
    """Say which voices there are, and have the page show them."""

    def name(self) -> str:
        return "action_tell_voices"

    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        names = [str(each["name"]).capitalize() for each in self.voices()[0]]
        if not names:
            dispatcher.utter_message(response="utter_voices_unknown")
            return []
        response = "utter_voices" if len(names) <= NAMED_AT_MOST else "utter_voices_some"
        dispatcher.utter_message(
            response=response, voices=", ".join(names[:NAMED_AT_MOST]), json_message={"show": "voices"}
        )
        return []


class ActionResetVoice(VoiceAction):
    """Speak as usual again."""

    def name(self) -> str:
        return "action_reset_voice"

    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        return self.change(person, dispatcher, tracker, USUAL, "utter_voice_usual")


class ActionPronounce(PersonAction):
    """Keep how a word is said, and say it."""

    def name(self) -> str:
        return "action_pronounce"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        found = pronunciation(raw(tracker), known_name(person))
        if found is None:
            dispatcher.utter_message(response="utter_how_pronounced")
            return []
        if off_record(tracker):
            dispatcher.utter_message(response="utter_off_record_keeps_nothing")
            return []
        if Purpose.VOICE_PERSONALIZATION not in person.ledger().live():
            return wait_for_consent(Purpose.VOICE_PERSONALIZATION.value, again(tracker, "pronounce_word"))
        word, spoken = found
        words = {**pronunciations(person), word: spoken}
        if len(words) > MOST_PRONUNCIATIONS:
            dispatcher.utter_message(response="utter_pronunciations_full")
            return []
        keep_pronunciations(person, words)
        dispatcher.utter_message(response="utter_pronounced", word=word)
        return []


def keeps(person: Person | None, tracker: Tracker) -> TypeGuard[Person]:
    """Whether how they want to be spoken to may be kept now."""
    if person is None or off_record(tracker):
        return False
    return Purpose.VOICE_PERSONALIZATION in person.ledger().live()


def kept_profile(person: Person | None) -> VoiceProfile:
    """How they want to be spoken to, as far as that is kept."""
    if person is None:
        return USUAL
    try:
        return voice_profile(person)
    except ConsentMissing:
        return USUAL


def profile_now(person: Person | None, tracker: Tracker) -> VoiceProfile:
    """How they are spoken to now: as it is kept, with what was wished for in this session."""
    return VoiceProfile.from_record({**asdict(kept_profile(person)), **(tracker.get_slot("voice_wishes") or {})})


def ask_to_keep(person: Person | None, tracker: Tracker) -> list[EventType]:
    """The events that ask, once, whether how they like to be spoken to may be kept; none where that was answered
    before, or can't be."""
    purpose = Purpose.VOICE_PERSONALIZATION
    if person is None or off_record(tracker) or tracker.get_slot("voice_keeping_asked"):
        return []
    if purpose in person.ledger().decided():
        return []
    return [SlotSet("voice_keeping_asked", True), *ask_consent(purpose.value)]
