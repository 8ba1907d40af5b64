"""When text that arrives in pieces is enough to be spoken, as the sockets decide it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

SCHEDULE = (120, 160, 250, 290)
"""Characters that must have gathered before the first, second, … generation; the last counts for all that follow."""

LEAST_TRIGGERED = 50
"""Characters from which on `try_trigger_generation` is heeded."""


class TextBuffer:
    """Gathers text.

    Args:
        schedule: As `SCHEDULE`.
        at_once: Whether every piece is spoken when it comes (`auto_mode`).
    """

    def __init__(self, schedule: Sequence[float] = SCHEDULE, *, at_once: bool = False) -> None:
        self._schedule = schedule or SCHEDULE
        self._at_once = at_once
        self._text = ""
        self._taken = 0

    def add(self, text: str, *, triggered: bool = False) -> str | None:
        """Take a piece; what is to be spoken now, or None while more is waited for."""
        self._text += text
        least = self._schedule[min(self._taken, len(self._schedule) - 1)]
        if triggered:
            least = min(least, LEAST_TRIGGERED)
        if not self._at_once and len(self._text) < least:
            return None
        return self.flush()

    def flush(self) -> str | None:
        """What was gathered, if there is anything to say in it."""
        text, self._text = self._text, ""
        if not any(map(str.isalnum, text)):
            return None
        self._taken += 1
        return text
