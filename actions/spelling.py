"""How a word is spelled, letter by letter."""

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.onboarding import known_name
from actions.person import PersonAction
from actions.turns import said
from rapport.people import Person
from rapport.person_names import spelled

LONGEST, MOST_WORDS = 30, 3
"""Letters and words; more is a sentence, not a word that somebody wants spelled."""

_ASKED = re.compile(
    r"\b(?:spell(?:ing)?(?: (?:of|for))?|spelled|spelt|spill|write)(?: out)?(?: the (?:word|name))? (?P<word>.+)$"
)
_IS_SPELLED = re.compile(r"\bhow(?: is|'s) (?:the (?:word|name) )?(?P<word>.+?) (?:spelled|spelt|written)")
_END = re.compile(r"(?: (?:please|for me|again|correctly|right|then|in english))+$")
_OWN = re.compile(r"^my (?:own )?name$")


class ActionSpell(PersonAction):
    """Spell a word, or their own name where it is known."""

    def name(self) -> str:
        return "action_spell"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return _spell(dispatcher, tracker, known_name(person))

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return _spell(dispatcher, tracker, None)


def word_to_spell(text: str) -> str | None:
    """The word that somebody wants spelled; None where a message names none, or more than that.

    Args:
        text: Lower case.
    """
    plain = _END.sub("", " ".join(re.sub(r"[^\w'\- ]+", " ", text).split()))
    found = _IS_SPELLED.search(plain) or _ASKED.search(plain)
    word = found["word"].strip() if found else ""
    letters = sum(map(str.isalpha, word))
    return word if 0 < letters <= LONGEST and len(word.split()) <= MOST_WORDS else None


def _spell(dispatcher: CollectingDispatcher, tracker: Tracker, name: str | None) -> list[EventType]:
    word = word_to_spell(said(tracker))
    if word is not None and _OWN.match(word):
        if name is None:
            dispatcher.utter_message(response="utter_name_unknown")
            return []
        word = name
    if word is None or word in ("it", "that", "this", "a word", "something"):
        dispatcher.utter_message(response="utter_spell_what")
    else:
        dispatcher.utter_message(response="utter_spelled", word=word, letters=spelled(word))
    return []
