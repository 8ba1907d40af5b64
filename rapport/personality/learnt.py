"""All that is learnt of a person from their talks, taken in after each session: signals, habits, and their vector.

Rests on `learning`, and goes with it. Blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from rapport.errors import ConsentMissing
from rapport.memory.drafts import Embed, Screen
from rapport.memory.values import Sensitivity
from rapport.people import PERSON_VECTOR, Person
from rapport.personality.habits import HABITS, Habits
from rapport.personality.person_vector import PersonVector, moved
from rapport.personality.signals import RECORD, Seen, keep_signals, signals_of
from rapport.privacy.purposes import Purpose


@dataclass(frozen=True)
class Session:
    """What a session showed.

    Attributes:
        seen: For the signals.
        asked: What was asked for, by intent, and when, in the person's zone.
        texts: What they said and told in it.
        end: When it ended, in the person's zone.
    """

    seen: Seen
    asked: Sequence[tuple[str, datetime]]
    texts: Sequence[str]
    end: datetime


def take_in(person: Person, session: Session, embed: Embed, screen: Screen) -> None:
    """Learn from a session. What is sensitive, or must not be kept, has no part in the vector.

    Raises:
        ConsentMissing: They did not agree to that.
    """
    day = session.end.date()
    keep_signals(person, signals_of(person).after(session.seen, day))
    if session.asked:
        habits = habits_of(person).after(session.asked)
        person.keep_record(HABITS, habits.as_record(), Purpose.LEARNING)
    harmless = [text for text in session.texts if _is_harmless(text, screen)]
    vector = moved(vector_of(person, embed), [embed(text) for text in harmless], day, embed.version)
    if vector is not None and harmless:
        person.keep_record(PERSON_VECTOR, vector.as_record(), Purpose.LEARNING)


def forget(person: Person) -> None:
    """Forget all that was learnt; also what was switched off.

    Raises:
        ConsentMissing: They did not agree to have anything learnt, so nothing is kept.
    """
    for name in (RECORD, HABITS, PERSON_VECTOR):
        person.keep_record(name, None, Purpose.LEARNING)


def vector_of(person: Person, embed: Embed) -> PersonVector | None:
    """Where they are among the model's vectors; None where nothing is known.

    Raises:
        ConsentMissing: They did not agree to have anything learnt.
    """
    return PersonVector.from_record(person.record(PERSON_VECTOR, Purpose.LEARNING), embed.version)


def nearness(person: Person, embed: Embed, day: date) -> Callable[[str], float]:
    """How near a text is to what they talk about, -1 to 1; 0 for all where that is not known, or they did not agree."""
    vector = None
    with suppress(ConsentMissing):
        vector = vector_of(person, embed)
    if vector is None:
        return lambda text: 0.0
    now = vector.on(day)
    return lambda text: now.nearness(embed(text))


def habits_of(person: Person) -> Habits:
    """What they ask for when.

    Raises:
        ConsentMissing: They did not agree to have anything learnt.
    """
    return Habits.from_record(person.record(HABITS, Purpose.LEARNING))


def habits_now(person: Person) -> Habits:
    """What they ask for when; nothing without a consent."""
    try:
        return habits_of(person)
    except ConsentMissing:
        return Habits()


def _is_harmless(text: str, screen: Screen) -> bool:
    screened = screen(text, asked=False)
    return not screened.refused and screened.sensitivity is Sensitivity.NORMAL
