"""What a voice says, cut at the clauses, so that each can be kept. Pure but for whom it tells."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable

from rapport.speech.audio import PcmChunk
from voice_server.script import Line, Spoken


class Recording:
    """Listens to one attempt of a voice to speak lines.

    Args:
        keep: Called with each clause whose sound is known from its beginning to its end.
    """

    def __init__(self, keep: Callable[[Line, PcmChunk], None]) -> None:
        self._keep = keep
        self._lines: deque[Line] = deque()
        self._pcm = bytearray()
        self._rate_hz = 0
        self._reached = 0
        self._apart = True

    async def through(self, lines: AsyncGenerator[Line, None]) -> AsyncGenerator[Line, None]:
        """Pass the lines on to the voice, and remember them."""
        async for line in lines:
            self._lines.append(line)
            yield line

    def heard(self, piece: Spoken) -> None:
        """Take a piece of speech."""
        if self._lines and self._reached >= self._lines[0].end and piece.to > self._reached:
            self._finish_line()
        if self._lines and piece.to > self._lines[0].end:
            # It spans clauses: where one ends in it, nobody can tell.
            self._apart = False
            while self._lines and piece.to > self._lines[0].end:
                self._lines.popleft()
            self._pcm.clear()
        self._pcm += piece.sound.samples
        self._rate_hz = piece.sound.rate_hz
        self._reached = max(self._reached, piece.to)

    def ended(self) -> None:
        """All of it was spoken."""
        if self._lines and self._reached >= self._lines[0].end:
            self._finish_line()

    def _finish_line(self) -> None:
        line = self._lines.popleft()
        if self._apart and line.whole and self._pcm:
            self._keep(line, PcmChunk(bytes(self._pcm), self._rate_hz))
        self._apart = True
        self._pcm.clear()
