"""A session's hearing: audio frames in, turns out.

Decodes and resamples what the client sends, runs the ear and the wake word in worker threads, and carries out what the
turn-taker decides. What a turn means for the reply that is being spoken is the session's business.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import async_timeout

from channels.dialogue import Dialogue, Reading
from channels.wire import WireError
from rapport.errors import BadAudio, RecognitionFailed
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES, AudioFormat, Resampler, decode
from rapport.speech.ear import Ear
from rapport.speech.recognizer import Transcript
from rapport.speech.turns import Decision, Floor, TurnTaker
from rapport.speech.vad import FRAME_MS
from rapport.speech.wake import WakeDetector

BYTES_PER_MS = HEARING_RATE_HZ * SAMPLE_BYTES // 1_000
BATCH_MS = 100
"""Most audio heard in one go, so that decisions come in time when audio has piled up."""
BACKLOG_MS = 15_000
"""Most audio that may wait to be heard: a stalled network's burst, not a flood."""
STARVED_S = 1.0
"""Without audio for so long, an open turn is over: the client was muted, or its recording has ended."""
ARRIVALS = 4_096
"""Messages of audio whose arrival is remembered: over a minute of 20 ms frames, longer than a turn."""
AWAKE_S = 8.0
"""How long after its phrase, or after a reply, a sleeping assistant listens for speech."""
MUMBLED_MS = 600
"""Speech of which no word was understood that is worth asking about; less is a noise."""

T = TypeVar("T")


@dataclass(frozen=True)
class Utterance:
    """One turn of speech, over and understood.

    Attributes:
        turn: Its number in the session.
        transcript: What was heard; its text may be empty.
        reading: What that means, where it was looked up already.
        voice_end: When the last voiced audio arrived, on the monotonic clock.
        final_at: When the final words were known.
        intent_at: When their meaning was known.
        sound: 16 kHz, 16 bit, mono.
        voiced: The same without its pauses.
    """

    turn: int
    transcript: Transcript
    reading: Reading | None
    voice_end: float
    final_at: float
    intent_at: float
    sound: bytes = field(default=b"", repr=False)
    voiced: bytes = field(default=b"", repr=False)


class HearingEvents(Protocol):
    """What a session does about what it hears."""

    def open_turn(self) -> int:
        """Someone speaks; give the turn its number."""

    def hear_partial(self, turn: int, text: str) -> None:
        """Words so far."""

    def hear_turn(self, utterance: Utterance) -> None:
        """A turn is over."""

    def drop_turn(self, turn: int) -> None:
        """It was no speech, or none meant for the assistant."""

    def hold_reply(self) -> None:
        """Someone may be speaking over the reply."""

    def release_reply(self) -> None:
        """Nobody was."""

    def cut_reply(self) -> None:
        """They were."""

    def wake_changed(self) -> None:
        """It fell asleep or woke up."""

    def complain(self, code: str, message: str) -> None:
        """Tell the client about an error that the session survives."""


class Hearing:
    """Hears one session.

    Args:
        audio: What the client sends.
        ear: The session's own.
        wake: Its wake word; None where it always listens.
        turn_ms: Longest turn, in milliseconds.
        dialogue: Says what words mean while the person may still go on.
        threads: Where blocking work runs.
        events: The session.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        audio: AudioFormat,
        ear: Ear,
        wake: WakeDetector | None,
        *,
        turn_ms: int,
        dialogue: Dialogue,
        threads: Executor,
        events: HearingEvents,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.muted = False
        self._format = audio
        self._resampler = Resampler(audio.rate_hz, HEARING_RATE_HZ)
        self._ear = ear
        self._wake = wake
        self._turns = TurnTaker(turn_ms)
        self._dialogue = dialogue
        self._threads = threads
        self._events = events
        self._clock = clock
        self._pcm = bytearray()
        self._filled = asyncio.Event()
        self._fed_ms = 0.0
        self._arrivals: deque[tuple[float, float]] = deque(maxlen=ARRIVALS)
        self._awake_until: float | None = None
        self._turn = 0
        self._segments: list[Transcript] = []
        self._sound = self._voiced = b""
        self._partial = ""
        self._flushed = False
        self._voiced_ms = 0
        self._reading: Reading | None = None
        self._final_at = self._intent_at = 0.0

    @property
    def asleep(self) -> bool:
        """Whether it waits for its wake phrase."""
        return self._wake is not None and self._awake_until is None

    @property
    def hearing_speech(self) -> bool:
        """Whether someone is speaking, or has just paused."""
        return self._turns.open

    def feed(self, frame: bytes) -> None:
        """Take audio as it came over the wire.

        Raises:
            WireError: It holds half a sample, or comes much faster than it can be heard.
        """
        try:
            pcm = self._resampler.feed(decode(frame, self._format))
        except BadAudio as error:
            raise WireError("bad_message", str(error)) from None
        if len(self._pcm) + len(pcm) > BACKLOG_MS * BYTES_PER_MS:
            raise WireError("too_fast", "audio comes faster than it can be heard; send it at the speed of speech")
        self._fed_ms += len(pcm) / BYTES_PER_MS
        self._arrivals.append((self._fed_ms, self._clock()))
        self._pcm += pcm
        self._filled.set()

    def reformat(self, audio: AudioFormat) -> None:
        """Go on with audio of another format, from a client that came back."""
        self._format = audio
        self._resampler = Resampler(audio.rate_hz, HEARING_RATE_HZ)

    def give_floor(self, floor: Floor) -> None:
        """Take what the assistant does with the floor from now on."""
        if self._wake is not None and self._awake_until is not None:
            self._awake_until = self._clock() + AWAKE_S
        for decision in self._turns.give_floor(floor):
            self._obey_at_once(decision)

    def wake_up(self) -> None:
        """Listen without the wake phrase, as long as after it."""
        if self._wake is not None:
            self._awake_until = self._clock() + AWAKE_S
            self._events.wake_changed()

    async def run(self) -> None:
        """Hear what is fed, until cancelled."""
        while True:
            pcm = await self._next_audio()
            try:
                if pcm is None:
                    await self._end_turn()
                elif self.muted:
                    await self._end_turn()
                    await self._in_thread(self._ear.skip, pcm)
                elif self._turns.floor.closed:
                    # What is said before a question was heard whole is no answer to it.
                    await self._in_thread(self._ear.skip, pcm)
                    self._drop()
                elif self.asleep:
                    await self._listen_for_wake_phrase(pcm)
                else:
                    await self._listen(pcm)
            except RecognitionFailed:
                self._events.complain("hearing", "I could not hear that. Please say it again, or type it.")
                await self._in_thread(self._ear.reset)
                self._drop()

    async def _next_audio(self) -> bytes | None:
        while not self._pcm:
            self._filled.clear()
            timeout = STARVED_S if self._turns.open else None
            try:
                async with async_timeout.timeout(timeout):
                    await self._filled.wait()
            except asyncio.TimeoutError:
                return None
        size = BATCH_MS * BYTES_PER_MS
        pcm = bytes(self._pcm[:size])
        del self._pcm[:size]
        return pcm

    async def _listen_for_wake_phrase(self, pcm: bytes) -> None:
        assert self._wake is not None
        heard = await self._in_thread(self._wake.detect, pcm)
        # The ear keeps the audio's clock, asleep or not, and the moment before it wakes.
        await self._in_thread(lambda: self._ear.skip(pcm, keep=True))
        if heard:
            self.wake_up()

    async def _listen(self, pcm: bytes) -> None:
        frames = await self._in_thread(self._ear.hear, pcm)
        self._flushed = False
        for frame in frames:
            self._voiced_ms += FRAME_MS * frame.speech
            # After a flush the batch's later partials are of words that have been taken already.
            if frame.partial is not None and not self._flushed:
                self._partial = frame.partial
                if self._turns.open:
                    self._events.hear_partial(self._turn, self._text(frame.partial))
            for decision in self._turns.hear(speech=frame.speech, for_ms=FRAME_MS, partial=self._partial):
                await self._obey(decision)
        if self._wake is not None:
            await self._fall_asleep_in_time()

    async def _fall_asleep_in_time(self) -> None:
        if self._turns.open or self._turns.floor.speaking:
            self._awake_until = self._clock() + AWAKE_S
        elif self._awake_until is not None and self._clock() > self._awake_until:
            assert self._wake is not None
            self._awake_until = None
            await self._in_thread(self._wake.reset)
            self._events.wake_changed()

    async def _obey(self, decision: Decision) -> None:
        if decision is Decision.STARTED:
            self._new_turn()
            self._turn = self._events.open_turn()
        elif decision is Decision.PAUSED:
            await self._settle()
        elif decision is Decision.RESUMED:
            self._reading = None
        elif decision is Decision.ENDED:
            self._finish_turn()
        elif decision is Decision.TOO_LONG:
            self._events.complain("turn_too_long", "That was long; I'll answer what I have heard so far.")
            await self._end_turn()
        else:
            self._obey_at_once(decision)

    def _obey_at_once(self, decision: Decision) -> None:
        if decision is Decision.HOLD:
            self._events.hold_reply()
        elif decision is Decision.RELEASED:
            self._events.release_reply()
        elif decision is Decision.BARGED_IN:
            self._events.cut_reply()
        elif decision is Decision.DISCARDED:
            self._discard()

    async def _settle(self) -> None:
        """Flush the recogniser, and look up what the turn's words so far mean."""
        segment = await self._in_thread(self._ear.finish)
        if segment.text:
            self._segments.append(segment)
            self._sound += self._ear.sound
            self._voiced += self._ear.voiced
        self._flushed = True
        self._partial = ""
        self._final_at = self._clock()
        heard = Transcript.joined(self._segments)
        self._reading = await self._dialogue.understand(heard) if heard.text else None
        self._intent_at = self._clock()
        text = self._reading.heard.text if self._reading else ""
        for decision in self._turns.settled(text, complete=self._reading.whole if self._reading else None):
            await self._obey(decision)

    async def _end_turn(self) -> None:
        """End the open turn now, whatever the silence."""
        if self._turns.open:
            await self._settle()
        if self._turns.open:
            self._finish_turn()

    def _finish_turn(self) -> None:
        utterance = Utterance(
            self._turn,
            self._reading.heard if self._reading else Transcript.joined(self._segments),
            self._reading,
            self._arrival(self._ear.last_voiced_ms),
            self._final_at,
            self._intent_at,
            self._sound,
            self._voiced,
        )
        self._turns.end()
        self._events.hear_turn(utterance)

    def _discard(self) -> None:
        if self._turns.floor.speaking or self._voiced_ms < MUMBLED_MS:
            self._events.drop_turn(self._turn)
        else:
            self._finish_turn()

    def _drop(self) -> None:
        if self._turns.open:
            self._turns.end()
            self._events.release_reply()
            self._events.drop_turn(self._turn)

    def expect(self, phrases: Sequence[str]) -> None:
        """Listen for these in particular, from the next utterance on."""
        self._ear.expect(phrases)

    def know(self, words: Sequence[str], sounds: Mapping[str, str] | None = None) -> None:
        """Listen for these too, from the next utterance on: a person's own; `sounds` are names by what is heard for
        them."""
        self._ear.know(words, sounds)

    def _new_turn(self) -> None:
        self._segments = []
        self._sound = self._voiced = b""
        self._partial = ""
        self._voiced_ms = 0
        self._reading = None

    def _text(self, partial: str = "") -> str:
        return " ".join([segment.text for segment in self._segments] + ([partial] if partial else []))

    def _arrival(self, audio_ms: float) -> float:
        """When the audio up to this moment had arrived, on the monotonic clock."""
        while len(self._arrivals) > 1 and self._arrivals[0][0] < audio_ms:
            self._arrivals.popleft()
        return self._arrivals[0][1] if self._arrivals else self._clock()

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
