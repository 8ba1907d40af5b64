"""ElevenLabs over a warm socket: an utterance is a context on it, text goes in a line at a time, sound comes out.

The connections are `elevenlabs_links.py`'s, the protocol `elevenlabs_protocol.py`'s. While there is no connection, an
utterance fails at once, so that the next rung speaks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import async_timeout

from rapport.speech.audio import PcmChunk
from voice_server.breaker import Kind, RungFailed
from voice_server.elevenlabs import RATE_HZ, Account
from voice_server.elevenlabs_links import Inbox, Link, Links
from voice_server.elevenlabs_protocol import Audio, Ended
from voice_server.manner import Manner
from voice_server.script import Line, Spoken
from voice_server.spending import Bill, Spending
from voice_server.turnstile import Turnstile
from voice_server.word_ends import WordEnds

READ_S = 1.5
"""Between one frame and the next while text waits to be spoken."""
SETTLE_S = 0.5
"""Of silence after which all is spoken, where the provider's times do not tell, or it does not say that it ended."""


class ElevenLabsSocket:
    """ElevenLabs over a socket, as a rung of the ladder.

    Args:
        account: How we speak with the provider.
        turnstile: Keeps to the plan's concurrency; shared with the account's other rungs.
        spending: Told of what is asked for; shared likewise.
    """

    name = "elevenlabs socket"

    def __init__(self, account: Account, turnstile: Turnstile, spending: Spending) -> None:
        self._account = account
        self._turnstile = turnstile
        self._spending = spending
        self._links = Links(account)

    def voice(self, manner: Manner) -> str:
        """See `StreamingRung.voice`."""
        return self._account.speaking(manner).name

    async def start(self) -> None:
        """Connect, and keep the connection; returns once the first try has succeeded or failed."""
        await self._links.start()

    async def stop(self) -> None:
        """Close the connections."""
        await self._links.stop()

    async def speak(self, lines: AsyncGenerator[Line, None], manner: Manner) -> AsyncGenerator[Spoken, None]:
        """See `StreamingRung.speak`."""
        first = await anext(lines, None)
        if first is None:
            return
        asked = self._account.speaking(manner)
        async with self._turnstile.passing(urgent=True):
            kept = self._links.of(asked.voice, asked.model)
            await kept.tried()
            async with kept.room.passing(urgent=True):
                with kept.speaking() as link:
                    name, opening = link.contexts.begin(asked.settings)
                    inbox: Inbox = asyncio.Queue()
                    link.inboxes[name] = inbox
                    bill = self._spending.begin(manner, kept.key, asked.model, "socket")
                    utterance = _Utterance(link, name, inbox, first, bill)
                    try:
                        async with contextlib.aclosing(utterance.pieces(opening, lines)) as pieces:
                            async for piece in pieces:
                                kept.spoke()
                                bill.heard()
                                yield piece
                    finally:
                        bill.settle()
                        del link.inboxes[name]
                        closing = link.contexts.close(name)
                        link.leave(name)
                        if closing is not None and link.of_use:
                            with contextlib.suppress(RungFailed):  # the keeper sees it too
                                await link.send(closing)


class _Utterance:
    """One context, from its first line to its end."""

    def __init__(self, link: Link, name: str, inbox: Inbox, first: Line, bill: Bill) -> None:
        self._link = link
        self._name = name
        self._inbox = inbox
        self._bill = bill
        self._last = first
        self._start = first.start
        self._words = WordEnds(RATE_HZ)
        self._sent_all = False

    async def pieces(self, opening: str, lines: AsyncGenerator[Line, None]) -> AsyncGenerator[Spoken, None]:
        """See `StreamingRung.speak`."""
        await self._link.send(opening)
        await self._send(self._last)
        sending = asyncio.create_task(self._send_others(lines))
        begun = closed = False
        try:
            while True:
                patience_s = self._patience_s(closed=closed)
                try:
                    async with async_timeout.timeout(patience_s):
                        event = await self._inbox.get()
                except asyncio.TimeoutError:
                    if self._sent_all and begun and (closed or not self._words.fits):
                        break  # it was silent for as long as it takes to believe that it has ended
                    raise RungFailed(Kind.STALLED) from None
                if isinstance(event, RungFailed):
                    raise event
                if isinstance(event, Ended):
                    break
                if isinstance(event, Audio):
                    heard = self._words.heard(event.pcm, event.alignment)
                    if not begun and not heard:
                        yield Spoken(PcmChunk(b"", RATE_HZ), self._start)
                    begun = True
                    for pcm, characters in heard:
                        yield Spoken(PcmChunk(pcm, RATE_HZ), self._start + characters)
                if self._sent_all and begun and not closed and self._words.fits and self._words.complete:
                    # Not before: some sources say that a context that is closed falls silent at once.
                    closed = True
                    await self._link.send(self._link.contexts.close(self._name))
            if not begun or not self._sent_all or (self._words.fits and not self._words.complete):
                raise RungFailed(Kind.SERVER, "the context ended before its text")
            yield Spoken(PcmChunk(self._words.rest() + self._pause(), RATE_HZ), self._last.end)
        finally:
            sending.cancel()
            await asyncio.wait({sending})

    def _patience_s(self, *, closed: bool) -> float | None:
        if closed or (self._sent_all and not self._words.fits):
            return SETTLE_S
        return None if self._words.fits and self._words.complete else READ_S

    async def _send_others(self, lines: AsyncGenerator[Line, None]) -> None:
        try:
            async for line in lines:
                await self._send(line)
                self._inbox.put_nowait(None)
            await self._link.send(self._link.contexts.flush(self._name))
            self._sent_all = True
            self._inbox.put_nowait(None)
        except RungFailed as error:
            self._inbox.put_nowait(error)

    async def _send(self, line: Line) -> None:
        self._last = line
        self._words.sent(f"{line.text} ")
        self._bill.sent(len(line.text) + 1)
        await self._link.send(self._link.contexts.say(self._name, f"{line.text} "))

    def _pause(self) -> bytes:
        return bytes(2 * round(self._last.pause_ms * RATE_HZ / 1_000))
