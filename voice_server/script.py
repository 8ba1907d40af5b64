"""What one utterance says, line by line, as a voice is to say it; any voice may read it from any character on.

A voice that takes over reads the same script from where the one before it stopped, so positions count characters of
the lines joined by single spaces.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from rapport.speech.audio import PcmChunk


@dataclass(frozen=True)
class Clause:
    """What is to be said next.

    Attributes:
        text: Written as it is spoken; holds a letter or a digit.
        pause_ms: The silence after it.
        fixed: It is one of the assistant's own fixed wordings, and holds nothing of anybody.
    """

    text: str
    pause_ms: float = 0.0
    fixed: bool = False


@dataclass(frozen=True)
class Line:
    """A clause, or what is left to say of it.

    Attributes:
        text: Written as it is spoken; holds a letter or a digit.
        start: Where it begins in the script.
        before: What the script says before it.
        pause_ms: The silence after it.
        fixed: It is one of the assistant's own fixed wordings, and holds nothing of anybody.
        whole: It is the clause from its beginning.
    """

    text: str
    start: int
    before: str
    pause_ms: float
    fixed: bool = False
    whole: bool = True

    @property
    def end(self) -> int:
        """Where the next line begins."""
        return self.start + len(self.text) + 1


@dataclass(frozen=True)
class Spoken:
    """A piece of speech.

    Attributes:
        sound: May be empty: then it only tells that the voice has begun.
        to: The script is spoken as far as this character, and no sound of what follows was given.
    """

    sound: PcmChunk
    to: int


class Script:
    """The lines of an utterance, as far as they are known.

    Args:
        next_line: Waits for the next clause and gives it, or None at the end. A call that is cancelled must lose
            nothing.
    """

    def __init__(self, next_line: Callable[[], Awaitable[Clause | None]]) -> None:
        self._next_line = next_line
        self._lines: list[Line] = []
        self._text = ""
        self._whole = False
        self._one_at_a_time = asyncio.Lock()

    async def following(self, start: int) -> Line | None:
        """Wait until something is to be said from that character on; None where nothing ever will be."""
        async with contextlib.aclosing(self.read(start)) as lines:
            return await anext(lines, None)

    async def read(self, start: int = 0) -> AsyncGenerator[Line, None]:
        """The lines from that character on, as they come; a line that is begun is given from there."""
        number = 0
        while await self._known(number):
            line = self._lines[number]
            number += 1
            if line.end <= start:
                continue
            if line.start < start:
                text = line.text[start - line.start :].lstrip()
                at = line.end - 1 - len(text)
                line = Line(text, at, self._text[:at], line.pause_ms, line.fixed, whole=False)
            if any(map(str.isalnum, line.text)):
                yield line

    async def _known(self, number: int) -> bool:
        if number < len(self._lines):
            return True
        async with self._one_at_a_time:
            while number >= len(self._lines) and not self._whole:
                following = await self._next_line()
                if following is None:
                    self._whole = True
                else:
                    at = len(self._text)
                    self._lines.append(Line(following.text, at, self._text, following.pause_ms, following.fixed))
                    self._text += f"{following.text} "
        return number < len(self._lines)
