"""Who has the floor: when a turn starts, pauses and ends, and when a reply is cut off.

A pure state machine: frames of the audio clock go in, decisions come out. The session carries them out. Nothing here
reads a clock, so minutes of speech are tested in no time.

A turn ends by silence, in two steps. After `SETTLE_MS` the recogniser is asked for its final words (`PAUSED`), and
understanding runs on them while the person may still go on (`RESUMED`: the words after it join those before). Only
after a longer silence, whose length depends on how complete the words look, is the turn `ENDED`.

Over a reply, any speech first makes playback `HOLD` its breath. Real words cut the reply (`BARGED_IN`); a cough or an
"mm-hm" lets it go on (`RELEASED`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

SETTLE_MS = 224
"""Quiet after which the recogniser is flushed: longer than the closure of a stop consonant (at most about 150 ms),
shorter than a breath; seven frames of 32 ms."""
COMPLETE_MS = 384
"""Quiet that ends a turn whose words are a whole request."""
SILENCE_MS = 704
"""Quiet that ends a turn of which it is not known whether it is whole; a usual endpoint of voice assistants."""
DANGLING_MS = 896
"""Quiet that ends a turn which clearly breaks off ("what time is it in")."""
HOLD_MS = 96
"""Speech over a reply that makes playback hold: three frames, so that a click does not."""
BARGE_IN_MS = 320
"""Speech over a reply, with a real word in it, that cuts it off: longer than a backchannel's usual 200-300 ms."""

BACKCHANNELS = frozenset(
    "ah aha hm hmm huh mm mmm mhm oh okay ok right uh um yeah yep yes sure wow the a i and".split()
)
"""What listeners say without wanting the floor, and what Vosk makes of a cough ("the", "huh", "a")."""

DANGLING = frozenset(
    "a an and are as at be because but by can could does for from has have how if in into is like minus my of on or "
    "plus should than the their then times to um uh was what what's when where which who whose why will with would "
    "your".split()
)
"""Words with which a request in English does not end, unless it is that word alone ("what?")."""
COMPLETE_ANYWAY = ("it is", "it was", "up to", "what for")
"""Endings that look dangling and are not ("tell me what time it is", "what are you up to")."""


class Decision(Enum):
    """What the session has to do now."""

    STARTED = auto()
    """Someone speaks: a turn is open."""
    PAUSED = auto()
    """Ask the recogniser for its words, then call `settled`."""
    RESUMED = auto()
    """The person goes on: what was understood so far is not the whole."""
    ENDED = auto()
    """The turn is over: answer it."""
    TOO_LONG = auto()
    """The turn reached its cap: call the recogniser, `settled`, and answer what was heard."""
    DISCARDED = auto()
    """It was no speech, or none meant for us: forget it."""
    HOLD = auto()
    """Someone may speak over the reply: playback falls silent, and keeps its queue."""
    RELEASED = auto()
    """Nobody wanted the floor: playback goes on."""
    BARGED_IN = auto()
    """The reply is cut off here."""


@dataclass(frozen=True)
class Floor:
    """What the assistant is doing with the floor.

    Attributes:
        speaking: A reply is being played.
        expects_short_answer: It asks something that one word answers, so one word is enough to cut it off.
        interruptible: False for what has to be heard whole, such as what somebody is asked to agree to.
    """

    speaking: bool = False
    expects_short_answer: bool = False
    interruptible: bool = True

    @property
    def closed(self) -> bool:
        """Whether nothing that is said now counts."""
        return self.speaking and not self.interruptible


def breaks_off(text: str) -> bool:
    """Whether the words clearly want more words after them."""
    words = text.split()
    return len(words) > 1 and words[-1] in DANGLING and not text.endswith(COMPLETE_ANYWAY)


def wants_floor(text: str, *, expects_short_answer: bool) -> bool:
    """Whether words said over a reply are meant to interrupt it."""
    words = text.split()
    return bool(words) if expects_short_answer else any(word not in BACKCHANNELS for word in words)


class TurnTaker:
    """Decides, frame by frame, who has the floor.

    Args:
        turn_ms: Longest turn, in milliseconds of audio.
    """

    def __init__(self, turn_ms: int = 30_000) -> None:
        self._turn_ms = turn_ms
        self._floor = Floor()
        self._forget()

    def _forget(self) -> None:
        self._open = False
        self._holding = False
        self._held = False
        self._settled = False
        self._text = ""
        self._complete: bool | None = None
        self._length_ms = 0.0
        self._speech_ms = 0.0
        self._quiet_ms = 0.0

    @property
    def open(self) -> bool:
        """Whether a turn is under way, or a reply is held to see whether one is."""
        return self._open

    @property
    def quiet_ms(self) -> float:
        """Milliseconds since the last speech of the open turn."""
        return self._quiet_ms

    @property
    def floor(self) -> Floor:
        """What the assistant does with the floor."""
        return self._floor

    def give_floor(self, floor: Floor) -> list[Decision]:
        """Take what the assistant does with the floor from now on.

        A reply that comes while someone is speaking already holds its breath, or is cut off at once where they have
        said real words.
        """
        begins = floor.speaking and not self._floor.speaking
        self._floor = floor
        if not floor.speaking or floor.closed:
            self._holding = self._held = False
        if not begins or not self._open or floor.closed:
            return []
        if self._interrupts(self._text):
            return [Decision.BARGED_IN]
        self._holding = self._held = True
        return [Decision.HOLD]

    def hear(self, *, speech: bool, for_ms: float, partial: str = "") -> list[Decision]:
        """Take one frame.

        Args:
            speech: Whether someone spoke in it.
            for_ms: Its length in milliseconds.
            partial: The recogniser's words since it was last flushed.
        """
        if not self._open:
            return self._start(for_ms) if speech else []
        self._length_ms += for_ms
        if speech:
            decisions = self._go_on(for_ms)
        else:
            self._quiet_ms += for_ms
            decisions = self._wait()
        if self._holding and self._speech_ms >= BARGE_IN_MS and self._interrupts(partial):
            self._holding = False
            decisions.append(Decision.BARGED_IN)
        if self._length_ms >= self._turn_ms and Decision.ENDED not in decisions:
            decisions = [each for each in decisions if each is not Decision.PAUSED]
            self._settled = True
            decisions.append(Decision.TOO_LONG)
        return decisions

    def settled(self, text: str, *, complete: bool | None) -> list[Decision]:
        """Take the recogniser's words of the whole turn so far, after `PAUSED`.

        Args:
            text: All of the turn's words, those before a pause included.
            complete: Whether they make a whole request; None where nobody knows.
        """
        self._text = text
        self._complete = False if breaks_off(text) else complete
        if not self._holding:
            if text:
                return []
            self._forget()
            return [Decision.DISCARDED]
        if not self._interrupts(text):
            self._forget()
            return [Decision.RELEASED, Decision.DISCARDED]
        self._holding = False
        return [Decision.BARGED_IN]

    def end(self) -> None:
        """Close the turn: after `ENDED` and `TOO_LONG`, and whenever the session ends one for its own reasons."""
        self._forget()

    def _interrupts(self, text: str) -> bool:
        return wants_floor(text, expects_short_answer=self._floor.expects_short_answer)

    def _start(self, for_ms: float) -> list[Decision]:
        self._forget()
        self._open = True
        self._holding = self._floor.speaking
        self._length_ms = self._speech_ms = for_ms
        return [Decision.STARTED]

    def _go_on(self, for_ms: float) -> list[Decision]:
        self._speech_ms += for_ms
        self._quiet_ms = 0.0
        decisions = []
        if self._settled:
            self._settled = False
            decisions.append(Decision.RESUMED)
        if self._holding and not self._held and self._speech_ms >= HOLD_MS:
            self._held = True
            decisions.append(Decision.HOLD)
        return decisions

    def _wait(self) -> list[Decision]:
        if not self._settled:
            if self._quiet_ms < SETTLE_MS:
                return []
            self._settled = True
            return [Decision.PAUSED]
        return [Decision.ENDED] if self._quiet_ms >= self._needed_ms() else []

    def _needed_ms(self) -> int:
        if self._complete is None:
            return SILENCE_MS
        return COMPLETE_MS if self._complete else DANGLING_MS
