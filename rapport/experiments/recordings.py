"""Turns as they were said and answered, with their sound: what understanding is tried on again. Blocks.

Kept under the consent to `voice_recording`, in the person's own file. A turn that names anybody or anything they told
of, or holds personal data, is not kept at all: its sound would tell it. `make replay` plays them to a running Rapport
and compares; nothing of them is written anywhere else.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rapport.errors import ConsentMissing
from rapport.experiments.misunderstood import striking
from rapport.memory.drafts import Screen
from rapport.people import RECORDINGS, Opened, Person, ledger_of
from rapport.personality.own_words import own_names
from rapport.privacy.purposes import Purpose

VERSION = 1
"""Of the form that they are kept in."""
MOST = 60
"""Turns a person; the oldest go first. Ten megabytes or so."""
DAYS = 90
"""Until one is deleted by the sweep."""


@dataclass(frozen=True)
class Recorded:
    """One turn.

    Attributes:
        session: In which it was said.
        turn: Its number there.
        at: When.
        text: What was heard.
        intent: What it was taken for.
        slots: Names and values of what it named, in the order of the words.
        responses: What was answered, by the domain's names.
        sound: FLAC, 16 kHz, mono; empty until the channel has delivered it.
    """

    session: str
    turn: int
    at: datetime
    text: str
    intent: str
    slots: tuple[tuple[str, str], ...]
    responses: tuple[str, ...]
    sound: bytes = field(default=b"", repr=False)

    def as_record(self) -> dict[str, Any]:
        """Plain JSON, with the day on which it goes."""
        return {
            **asdict(self),
            "version": VERSION,
            "at": self.at.isoformat(),
            "until": (self.at + timedelta(days=DAYS)).isoformat(),
            "sound": base64.b64encode(self.sound).decode(),
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Recorded:
        """What `as_record` made."""
        return cls(
            str(record["session"]),
            int(record["turn"]),
            datetime.fromisoformat(record["at"]),
            str(record["text"]),
            str(record["intent"]),
            tuple((str(name), str(value)) for name, value in record["slots"]),
            tuple(map(str, record["responses"])),
            base64.b64decode(record["sound"]),
        )


def keep_recorded(person: Person, turns: Iterable[Recorded], screen: Screen) -> list[int]:
    """Keep turns, still without their sound, that hold nothing personal; the numbers of those.

    Raises:
        ConsentMissing: They did not agree that it is kept.
    """
    opened = _agreed(person)
    strike = striking(own_names(person))
    harmless = [each for each in turns if strike(each.text) == each.text and not screen(each.text, asked=False).found]
    if not harmless:
        return []
    for each in harmless:
        opened.unit.put_record(_name(each.session, each.turn), each.as_record())
    _drop_old(opened, harmless[0].session)
    person.note("recording.kept", count=len(harmless), purpose=Purpose.VOICE_RECORDING.value)
    return [each.turn for each in harmless]


def add_sound(person: Person, session: str, turn: int, sound: bytes) -> bool:
    """Put a turn's sound to what was kept of it; False where nothing was, or it has one already.

    Args:
        person: Whose.
        session: In which it was said.
        turn: Its number.
        sound: FLAC.

    Raises:
        ConsentMissing: They did not agree that it is kept.
    """
    opened = _agreed(person)
    name = _name(session, turn)
    kept = opened.unit.record(name)
    if kept is None or kept["sound"]:
        return False
    opened.unit.put_record(name, {**kept, "sound": base64.b64encode(sound).decode()})
    return True


def recordings_of(person: Person) -> list[Recorded]:
    """What is kept with its sound, in the order in which it was said.

    Raises:
        ConsentMissing: They did not agree that it is kept.
    """
    return [each for each in _kept(_agreed(person)) if each.sound]


def gathered(people: Iterable[Person]) -> list[list[Recorded]]:
    """The sessions of everybody who agreed, each its turns; nothing says whose they are."""
    sessions: dict[str, list[Recorded]] = {}
    for person in people:
        try:
            recordings = recordings_of(person)
        except ConsentMissing:
            continue
        for each in recordings:
            sessions.setdefault(each.session, []).append(each)
    return list(sessions.values())


def _agreed(person: Person) -> Opened:
    opened = person.opened()
    ledger_of(opened).require(Purpose.VOICE_RECORDING)
    assert opened is not None
    return opened


def _kept(opened: Opened) -> list[Recorded]:
    found = [Recorded.from_record(dict(each)) for each in opened.unit.records(RECORDINGS).values()]
    return sorted(found, key=lambda each: (each.at, each.turn))


def _drop_old(opened: Opened, session: str) -> None:
    """All but the newest, and what never got its sound."""
    kept = _kept(opened)
    for at, each in enumerate(reversed(kept)):
        if at >= MOST or (not each.sound and each.session != session):
            opened.unit.put_record(_name(each.session, each.turn), None)


def _name(session: str, turn: int) -> str:
    return f"{RECORDINGS}{session}/{turn:04}"
