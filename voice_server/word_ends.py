"""How far a text is spoken: sound is given only up to the end of a word, as the provider's times of characters tell.

Pure. So whoever takes over after a failure knows the next word, and nobody hears half a word before it. Where the
times do not fit the text, the sound is held until the end, which is late but true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapport.speech.audio import SAMPLE_BYTES

ROUNDING_MS = 1.5
"""By which a start and a duration, in whole milliseconds, may miss the end of the sound that they came with."""


@dataclass(frozen=True)
class Alignment:
    """When each character is spoken.

    Attributes:
        characters: Of the text as it was sent.
        starts_ms: From the beginning of the sound that came with it.
        durations_ms: Of each.
    """

    characters: Sequence[str]
    starts_ms: Sequence[float]
    durations_ms: Sequence[float]


class WordEnds:
    """Holds sound back until its last word is whole.

    Args:
        rate_hz: Of the sound.
    """

    def __init__(self, rate_hz: int) -> None:
        self._bytes_per_ms = rate_hz * SAMPLE_BYTES / 1_000
        self._text = ""
        self._aligned = 0
        self._fits = True
        self._held = b""
        self._given_bytes = 0
        self._ends: list[tuple[float, int]] = []

    @property
    def fits(self) -> bool:
        """Whether the times fit the text so far."""
        return self._fits

    @property
    def complete(self) -> bool:
        """Whether the times reach the end of what was sent."""
        return not self._text[self._aligned :].strip()

    def sent(self, text: str) -> None:
        """More text was sent; it ends with a space."""
        self._text += text

    def heard(self, pcm: bytes, alignment: Alignment | None) -> list[tuple[bytes, int]]:
        """Take sound of whole samples; what can be given, a word at a time: its sound, and how many characters of the
        text are spoken by its end."""
        begins_ms = (self._given_bytes + len(self._held)) / self._bytes_per_ms
        self._held += pcm
        if alignment is not None and self._fits:
            self._align(alignment, begins_ms)
        if not self._fits:
            return []
        has_ms = (self._given_bytes + len(self._held)) / self._bytes_per_ms
        reached = [end for end in self._ends if end[0] <= has_ms + ROUNDING_MS]
        del self._ends[: len(reached)]
        return [(self._given_upto(at_ms), characters) for at_ms, characters in reached]

    def rest(self) -> bytes:
        """What was held back; everything is spoken with it."""
        rest, self._held = self._held, b""
        self._given_bytes += len(rest)
        return rest

    def _given_upto(self, at_ms: float) -> bytes:
        upto = max(round(at_ms * self._bytes_per_ms / SAMPLE_BYTES) * SAMPLE_BYTES - self._given_bytes, 0)
        given, self._held = self._held[:upto], self._held[upto:]
        self._given_bytes += len(given)
        return given

    def _align(self, alignment: Alignment, begins_ms: float) -> None:
        times = zip(alignment.characters, alignment.starts_ms, alignment.durations_ms, strict=False)
        for character, start_ms, duration_ms in times:
            place = self._place_of(character)
            if place is None:
                self._fits = self._fits and character.isspace()
                continue
            self._aligned = place + 1
            if character.isspace():
                self._ends.append((begins_ms + start_ms + duration_ms, self._aligned))

    def _place_of(self, character: str) -> int | None:
        """Where the character stands; a space more or less makes no difference."""
        place = self._aligned
        if not character.isspace():
            while place < len(self._text) and self._text[place].isspace():
                place += 1
        if place < len(self._text) and (
            self._text[place] == character or (self._text[place].isspace() and character.isspace())
        ):
            return place
        return None
