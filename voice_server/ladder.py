"""The ladder of voices: an utterance is spoken by the highest rung that can, and by the next from where that fails.

A rung is one voice. Providers' voices (`elevenlabs_socket.py`, `elevenlabs_http.py`) stream, may be late, and have a
breaker each; local ones (`piper.py`, `espeak.py`) give a clause at a time, and stand in for a provider that is late.
What is spoken and what is left to speak is kept by `script.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import PcmChunk
from rapport.telemetry import metrics
from voice_server.breaker import Breaker, Kind, RungFailed
from voice_server.cache import ClipCache
from voice_server.first_audio import FirstAudio
from voice_server.levels import Levels
from voice_server.manner import Manner
from voice_server.recording import Recording
from voice_server.script import Line, Script, Spoken
from voice_server.shaping import shape

logger = logging.getLogger(__name__)

CLIP = "clip"
"""What is called the voice of something that was spoken before."""

BUDGET_S = 0.3
"""Within this a provider must have begun, or a local voice starts beside it, and the first to have sound speaks."""

PATIENT_S = 1.5
"""The same, for what can wait."""


class _Voice(Protocol):
    name: str

    def voice(self, manner: Manner) -> str:
        """Names the voice that it would speak in: two rungs of the same name sound the same."""
        ...

    async def start(self) -> None:
        """Get ready as far as possible; a rung that fails to is skipped until it is."""
        ...

    async def stop(self) -> None:
        """Let go of processes and sockets."""
        ...


class Rung(_Voice, Protocol):
    """A local voice.

    Attributes:
        name: What logs and clients call it.
    """

    def preferred(self, manner: Manner) -> bool:
        """Whether one of its voices was chosen, so that it comes before the other local voices."""
        ...

    async def say(self, text: str, manner: Manner, *, urgent: bool) -> PcmChunk:
        """The speech of a clause that is written as it is spoken.

        Args:
            text: With at least one letter or digit.
            manner: How.
            urgent: Somebody waits for it; else it is made while something else plays.

        Raises:
            VoiceUnavailable: This rung cannot, now.
        """
        ...


class StreamingRung(_Voice, Protocol):
    """A provider's voice.

    Attributes:
        name: What logs and clients call it.
    """

    def speak(self, lines: AsyncGenerator[Line, None], manner: Manner) -> AsyncGenerator[Spoken, None]:
        """Speak the lines as they come, each piece as soon as it is there.

        The first piece says that the voice has begun. A generator that ends has spoken every line. Closing it gives
        the work up at the provider.

        Raises:
            VoiceUnavailable: It failed; what its pieces say is spoken, the rest is not.
        """
        ...


@dataclass(frozen=True)
class Heard:
    """A stretch of an utterance.

    Attributes:
        sound: Never empty.
        voice: The name of the rung that spoke it.
        to: The script is spoken as far as this character.
        stand_in: A local voice spoke, where a provider's would have.
        cloud: A provider spoke.
    """

    sound: PcmChunk
    voice: str
    to: int
    stand_in: bool = False
    cloud: bool = False


class ClauseByClause:
    """A local voice as one that streams: each piece is a clause, trimmed and at the common level.

    Args:
        rung: The voice.
    """

    def __init__(self, rung: Rung) -> None:
        self.name = rung.name
        self._rung = rung

    def voice(self, manner: Manner) -> str:
        """See `StreamingRung.voice`."""
        return self._rung.voice(manner)

    async def start(self) -> None:
        """See `StreamingRung.start`."""
        await self._rung.start()

    async def stop(self) -> None:
        """See `StreamingRung.stop`."""
        await self._rung.stop()

    async def speak(self, lines: AsyncGenerator[Line, None], manner: Manner) -> AsyncGenerator[Spoken, None]:
        """See `StreamingRung.speak`."""
        urgent = True
        async for line in lines:
            sound = await self._rung.say(line.text, manner, urgent=urgent)
            urgent = False
            yield Spoken(shape(sound, line.pause_ms), line.end)


@dataclass(frozen=True)
class _Step:
    """A rung's place on the ladder."""

    name: str
    voice: StreamingRung
    breaker: Breaker | None

    @property
    def local(self) -> bool:
        return self.breaker is None


_ENDING: set[asyncio.Future[None]] = set()
"""What is being given up; nobody else may hold it."""


@dataclass
class _Attempt:
    """A voice that was asked to speak."""

    position: int
    step: _Step
    voice: str
    recording: Recording
    pieces: AsyncGenerator[Spoken, None]
    asked: float = field(default_factory=time.monotonic)
    first: asyncio.Task[Spoken | None] = field(init=False)

    def __post_init__(self) -> None:
        self.first = asyncio.ensure_future(self._next())

    async def _next(self) -> Spoken | None:
        return await anext(self.pieces, None)

    def worked(self) -> None:
        if self.step.breaker:
            self.step.breaker.worked()

    def give_up(self) -> asyncio.Future[None]:
        """Have it end at once. That goes on where whoever waits for it is cancelled: that a listener left is noticed by
        the write that fails, and then by the read that ends."""
        ending = asyncio.ensure_future(self._end())
        _ENDING.add(ending)
        ending.add_done_callback(_ENDING.discard)
        return asyncio.shield(ending)

    async def _end(self) -> None:
        try:
            self.first.cancel()
            await asyncio.wait({self.first})
            await self.pieces.aclose()
        finally:
            if self.step.breaker:
                self.step.breaker.given_up()


@dataclass(frozen=True)
class _Learned:
    """What was learned of the providers' voices, by name.

    Attributes:
        unknown: Those that turned out to be unknown, which says nothing of the other voices.
        first_audio: How soon each began.
        levels: How loud each is.
    """

    unknown: dict[str, Breaker] = field(default_factory=dict)
    first_audio: FirstAudio = field(default_factory=FirstAudio)
    levels: Levels = field(default_factory=Levels)


class Ladder:
    """Voices, from the one we would rather hear to the last resort.

    Args:
        rungs: Local voices.
        providers: Voices over the network; they come first.
        clips: What was spoken before; it is asked before any voice.
    """

    def __init__(
        self, rungs: Sequence[Rung], providers: Sequence[StreamingRung] = (), clips: ClipCache | None = None
    ) -> None:
        self._clips = clips
        self._providers = tuple(_Step(rung.name, rung, Breaker()) for rung in providers)
        self._local = tuple((rung, _Step(rung.name, ClauseByClause(rung), None)) for rung in rungs)
        self._learned = _Learned()

    @property
    def first_audio(self) -> FirstAudio:
        """How soon each provider's voice began."""
        return self._learned.first_audio

    @property
    def names(self) -> tuple[str, ...]:
        """What the rungs are called, from the top."""
        return tuple(step.name for step in self._all())

    async def start(self) -> None:
        """Start every rung, the last resort first, since it is ready at once."""
        for step in reversed(self._all()):
            await step.voice.start()

    async def stop(self) -> None:
        """Stop every rung."""
        for step in self._all():
            await step.voice.stop()

    async def speak(self, script: Script, manner: Manner) -> AsyncGenerator[Heard, None]:
        """Speak a script to its end, each word once, whichever voices it takes.

        A clause that the voice has spoken before is played again; a voice speaks the clauses up to the next such one.
        An utterance does not climb back: a voice that failed in it, or was late, is not asked again.

        Args:
            script: What to say.
            manner: How, and for whom: only text whose person agreed to it leaves this machine.

        Raises:
            VoiceUnavailable: No rung could speak, or go on.
        """
        performance = _Performance(script, manner, self._steps(manner), self._clips, self._learned)
        async with contextlib.aclosing(performance.heard()) as stretches:
            async for heard in stretches:
                yield heard

    def _all(self) -> list[_Step]:
        return [*self._providers, *(step for _, step in self._local)]

    def _steps(self, manner: Manner) -> Sequence[_Step]:
        """The ladder for somebody: the local voice that they chose comes before the other ones."""
        local = sorted(self._local, key=lambda each: not each[0].preferred(manner))
        return [*(self._providers if manner.cloud else ()), *(step for _, step in local)]


class _Performance:
    """One utterance on a ladder.

    Args:
        script: What to say.
        manner: How, and for whom.
        steps: The ladder.
        clips: What was spoken before.
        learned: What was learned of the voices; it learns more here.
    """

    def __init__(
        self,
        script: Script,
        manner: Manner,
        steps: Sequence[_Step],
        clips: ClipCache | None,
        learned: _Learned,
    ) -> None:
        self._script = script
        self._manner = manner
        self._steps = steps
        self._clips = clips
        self._learned = learned

    async def heard(self) -> AsyncGenerator[Heard, None]:
        """See `Ladder.speak`."""
        spoken_to = last = position = 0
        while (line := await self._script.following(spoken_to)) is not None:
            clip = await self._clip(line, position)
            if clip is not None:
                yield Heard(clip, CLIP, line.end)
                spoken_to = line.end
                continue
            attempt, piece = await self._begin(spoken_to, position)
            if attempt.position > last:
                logger.warning("%s takes over", attempt.step.name)
            last = position = attempt.position
            stand_in = attempt.step.local and not self._steps[0].local
            ended = False
            try:
                while piece is not None:
                    spoken_to = max(spoken_to, piece.to)
                    attempt.recording.heard(piece)
                    if piece.sound.samples:
                        yield Heard(piece.sound, attempt.step.name, spoken_to, stand_in, not attempt.step.local)
                    piece = await anext(attempt.pieces, None)
                attempt.recording.ended()
                attempt.worked()
                ended = True
            except VoiceUnavailable as error:
                self._failed(attempt, error)
                ended = True
                position = attempt.position + 1
            finally:
                if not ended:
                    await attempt.give_up()

    async def _clip(self, line: Line, position: int) -> PcmChunk | None:
        """The clause's speech from before, in the voice that would speak it now: the highest that is not left alone."""
        if self._clips is None:
            return None
        for step in self._steps[position:]:
            voice = step.voice.voice(self._manner)
            if not (step.breaker and (step.breaker.resting or self._is_unknown(voice))):
                return await self._clips.find(line, voice, self._manner)
        return None

    def _is_unknown(self, voice: str) -> bool:
        return voice in self._learned.unknown and self._learned.unknown[voice].resting

    async def _unspoken(self, start: int, voice: str) -> AsyncGenerator[Line, None]:
        """The lines from there on, up to the next one that the voice has spoken before."""
        first = True
        async for line in self._script.read(start):
            if not first and self._clips is not None and await self._clips.holds(line, voice, self._manner):
                return
            first = False
            yield line

    async def _begin(self, start: int, position: int) -> tuple[_Attempt, Spoken | None]:
        """The highest voice from that position on that has begun to speak, and its first piece."""
        deadline = time.monotonic() + (PATIENT_S if self._manner.can_wait else BUDGET_S)
        running: list[_Attempt] = []
        try:
            while True:
                if not running:
                    running.append(self._next_attempt(start, position))
                    position = running[0].position + 1
                stand_in = None
                if not any(attempt.step.local for attempt in running):
                    stand_in = next((n for n in range(position, len(self._steps)) if self._steps[n].local), None)
                await asyncio.wait(
                    {attempt.first for attempt in running},
                    timeout=None if stand_in is None else max(deadline - time.monotonic(), 0),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                begun = [attempt for attempt in running if attempt.first.done()]
                if not begun and stand_in is not None:
                    running.append(self._next_attempt(start, stand_in))
                    position = running[-1].position + 1
                for attempt in begun:
                    try:
                        piece = attempt.first.result()
                    except VoiceUnavailable as error:
                        running.remove(attempt)
                        self._failed(attempt, error)
                        continue
                    running.remove(attempt)
                    for late in running:
                        if late.position < attempt.position:
                            self._failed(late, None)
                            self._note_begun(late)
                    self._note_begun(attempt)
                    return attempt, piece
        finally:
            await asyncio.gather(*(attempt.give_up() for attempt in running))

    def _next_attempt(self, start: int, position: int) -> _Attempt:
        for number in range(position, len(self._steps)):
            step = self._steps[number]
            voice = step.voice.voice(self._manner)
            if step.breaker is None or (not self._is_unknown(voice) and step.breaker.allows()):
                recording = Recording(self._keeping(voice))
                lines = recording.through(self._unspoken(start, voice))
                pieces = step.voice.speak(lines, self._manner)
                if not step.local:
                    pieces = self._learned.levels.even(voice, pieces)
                return _Attempt(number, step, voice, recording, pieces)
        raise VoiceUnavailable("no local voice can speak; see this log, `make models`, or install espeak-ng")

    def _note_begun(self, attempt: _Attempt) -> None:
        """Measure a voice: by when it began, or for how long it had not when it was given up."""
        if not attempt.step.local:
            self._learned.first_audio.note(attempt.voice, (time.monotonic() - attempt.asked) * 1_000)

    def _failed(self, attempt: _Attempt, error: VoiceUnavailable | None) -> None:
        """A voice failed; None: it was late."""
        logger.warning("%s cannot speak: %s", attempt.step.name, error or "it was late")
        metrics.RUNG_FAILURES.labels(attempt.step.name, "failed" if error else "late").inc()
        if attempt.step.breaker is None:
            return
        if isinstance(error, RungFailed) and error.kind is Kind.VOICE:
            self._learned.unknown.setdefault(attempt.voice, Breaker()).failed(error)
            attempt.step.breaker.given_up()
        else:
            attempt.step.breaker.failed(error)

    def _keeping(self, voice: str) -> Callable[[Line, PcmChunk], None]:
        clips, manner = self._clips, self._manner

        def keep(line: Line, sound: PcmChunk) -> None:
            if clips is not None:
                clips.keep(line, voice, manner, sound)

        return keep
