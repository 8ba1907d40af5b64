"""A session's replies: cut into clauses, spoken, sent, and followed as they are heard.

Knows what of a reply the person has heard, since the client marks what it played; so a reply that is cut off can be
told apart into heard and unheard, and one whose client left can be sent again from where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

from channels.dialogue import Said
from channels.outbox import Outbox
from channels.wire import Played, encode, encode_audio, encode_error
from rapport.errors import VoiceUnavailable
from rapport.personality.persona import VOLUME, Leaning
from rapport.speech.audio import SAMPLE_BYTES, AudioFormat, Resampler, gain
from rapport.speech.chime import chime
from rapport.speech.clauses import cut_clauses
from rapport.speech.synthesizer import Sound, SpeechStyle, Synthesizer
from rapport.speech.word_times import WordTime, heard_by, word_times

logger = logging.getLogger(__name__)

FRAME_MS = 100
"""Longest stretch of speech in one message: short enough to fall silent quickly, long enough to be cheap."""
MARK_GRACE_S = 3.0
"""How long after a reply must have been played a client may stay silent about it before it counts as heard."""


@dataclass
class Clause:
    """One clause of a reply, kept until it was heard."""

    number: int
    turn: int
    text: str
    frames: list[bytes] = field(default_factory=list)
    samples: int = 0
    ms: int | None = None
    words: tuple[WordTime, ...] = ()
    played_ms: int = 0
    done: bool = False

    def heard(self, sent_ms: float) -> str:
        """The words that were played.

        Args:
            sent_ms: Of its sound, so far.
        """
        if self.done:
            return self.text
        return heard_by(self.words or word_times(self.text, (), self.ms or sent_ms), self.played_ms)


@dataclass(frozen=True)
class Cut:
    """A reply that was cut off: its text as far as it was heard, and the rest."""

    turn: int
    heard: str
    unheard: str


@dataclass
class ReplyTimes:
    """When parts of a reply were reached, on the monotonic clock; None where they were not."""

    first_clause: float | None = None
    first_request: float | None = None
    first_audio: float | None = None


@dataclass(frozen=True)
class _Message:
    """A message of a reply, and how it is to be spoken."""

    text: str
    style: SpeechStyle
    volume: float
    chime: bool = False


@dataclass
class _Reply:
    turn: int
    times: ReplyTimes = field(default_factory=ReplyTimes)
    said: asyncio.Queue[_Message | None] = field(default_factory=asyncio.Queue)
    clauses: list[Clause] = field(default_factory=list)
    expects_short_answer: bool = False
    interruptible: bool = True
    stand_in: bool = False
    left: list[str] = field(default_factory=list)
    begun: bool = False
    whole: bool = False
    mute: bool = False
    task: asyncio.Task[None] | None = None

    def over(self) -> bool:
        return self.whole and all(clause.done for clause in self.clauses)


class Speaker:
    """Speaks one session's replies, one at a time.

    Args:
        synthesizer: Turns clauses into speech.
        outbox: Where messages to the client go.
        playback: What is sent.
        aloud: False where the client wants text only.
        proof: Shows the voice server who is spoken to.
        on_change: Called whenever `speaking` may have changed.
        on_voiced: Called once a reply, when its first audio is sent or it turns out to have none.
        on_stand_in: Called once, when a reply was spoken by a voice that stands in for another; what it gives is said.
        leaning: How the voice leans now, where nothing else was asked for.

    Attributes:
        voices: How many clauses each voice began.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        outbox: Outbox,
        *,
        playback: AudioFormat,
        aloud: bool,
        proof: str,
        on_change: Callable[[], None],
        on_voiced: Callable[[int, ReplyTimes], None],
        on_stand_in: Callable[[], str],
        leaning: Callable[[], Leaning] = dict,
    ) -> None:
        self._synthesizer = synthesizer
        self._outbox = outbox
        self._playback = playback
        self._aloud = aloud
        self._on_change = on_change
        self._on_voiced = on_voiced
        self._on_stand_in = on_stand_in
        self._leaning = leaning
        self.voices: Counter[str] = Counter()
        self._told_of_stand_in = False
        self._style = SpeechStyle(proof=proof)
        self._volume = 1.0
        self._numbers = 0
        self._reply: _Reply | None = None
        self._cut: Cut | None = None
        self._held = False
        self._assume_heard: asyncio.TimerHandle | None = None

    @property
    def speaking(self) -> bool:
        """Whether there is a reply that was not heard to its end."""
        return self._reply is not None and self._reply.begun

    @property
    def expects_short_answer(self) -> bool:
        """Whether the reply asks something that a word or two answers."""
        return self._reply is not None and self._reply.expects_short_answer

    @property
    def interruptible(self) -> bool:
        """Whether what is said over the reply counts."""
        return self._reply is None or self._reply.interruptible

    def begin(self, turn: int) -> None:
        """Start the reply to a turn; what was left of the one before is cut off."""
        self.cut()
        self._cut = None
        self._reply = _Reply(turn)

    def say(self, turn: int, said: Said) -> None:
        """Add a message to the reply; where that was cut off, the message is shown as unheard."""
        if said.wishes:
            wishes = {**self._style.wishes, **said.wishes}
            self._style = replace(self._style, wishes={name: wish for name, wish in wishes.items() if wish is not None})
        if said.volume is not None:
            self._volume = said.volume
        reply = self._reply
        if reply is None or reply.turn != turn:
            if self._cut is not None and self._cut.turn == turn:
                self._tell_cut(replace(self._cut, unheard=f"{self._cut.unheard} {said.text}".strip()))
            return
        reply.begun = True
        reply.expects_short_answer = said.expects_short_answer
        reply.interruptible = said.interruptible
        style, volume = self._style_now()
        reply.said.put_nowait(_Message(said.text, replace(style, can_wait=said.can_wait), volume, said.chime))
        if reply.task is None:
            reply.task = asyncio.create_task(self._speak(reply))
            reply.task.add_done_callback(self._spoken)
        self._on_change()

    def replies_to(self, turn: int) -> bool:
        """Whether the reply to a turn is under way, and was not cut off."""
        return self._reply is not None and self._reply.turn == turn

    def _style_now(self) -> tuple[SpeechStyle, float]:
        """How to speak, and how loud: louder or quieter than the persona leans, where that was asked for."""
        leaning = dict(self._leaning())
        volume = self._volume * leaning.pop(VOLUME, 1.0)
        return replace(self._style, leaning=leaning), volume

    def finish(self, turn: int) -> None:
        """The reply has no more messages."""
        if self._reply is not None and self._reply.turn == turn:
            self._reply.said.put_nowait(None)

    @property
    def last_cut(self) -> Cut | None:
        """How the newest reply was cut off; None where all of it was heard, or will be."""
        return self._cut if self._cut is not None and self._cut.unheard else None

    def cut(self) -> None:
        """Drop what is left of the reply, at the client too."""
        reply, self._reply = self._reply, None
        if reply is None:
            return
        if reply.task is not None:
            reply.task.cancel()
        self._stop_waiting()
        self._held = False
        unsaid = list(reply.left)
        while not reply.said.empty():
            message = reply.said.get_nowait()
            if message is not None:
                unsaid.append(message.text)
        heard = " ".join(filter(None, (clause.heard(self._ms(clause)) for clause in reply.clauses)))
        whole = " ".join(filter(None, [*(clause.text for clause in reply.clauses), *unsaid]))
        if reply.begun:
            self._outbox.put(encode("playback", action="stop"))
        self._tell_cut(Cut(reply.turn, heard, whole[len(heard) :].strip()))
        self._on_change()

    def _tell_cut(self, cut: Cut) -> None:
        self._cut = cut
        if cut.unheard:
            self._outbox.put(encode("cut", turn=cut.turn, heard=cut.heard, unheard=cut.unheard), keep=True)

    def hold(self) -> None:
        """Fall silent, and keep the queue: someone may be speaking."""
        if self._reply is not None and not self._held:
            self._held = True
            self._stop_waiting()
            self._outbox.put(encode("playback", action="hold"))

    def release(self) -> None:
        """Go on after `hold`."""
        if self._held:
            self._held = False
            self._outbox.put(encode("playback", action="resume"))
            self._wait_for_marks()

    def mark(self, played: Played) -> None:
        """Take the client's word on what was played."""
        for clause in self._reply.clauses if self._reply else ():
            if clause.number == played.clause:
                clause.played_ms = max(clause.played_ms, played.ms)
                clause.done = clause.done or (played.done and clause.ms is not None)
        self._wait_for_marks()
        self._close_if_over()

    def pause(self) -> None:
        """The client is gone: nothing is being heard."""
        self._stop_waiting()

    def resend(self) -> None:
        """The client is back: send again what it has not marked as done."""
        self._held = False
        for clause in self._reply.clauses if self._reply else ():
            if not clause.done:
                self._outbox.put(encode("reply", turn=clause.turn, clause=clause.number, text=clause.text))
                for frame in clause.frames:
                    self._outbox.put(frame)
                if clause.ms is not None:
                    self._tell_end(clause)
        if self._reply is not None and self._reply.whole:
            self._outbox.put(encode("reply_end", turn=self._reply.turn))
        self._wait_for_marks()

    async def close(self) -> None:
        """Stop, and wait until nothing of it runs."""
        task = self._reply.task if self._reply else None
        self._reply = None
        self._stop_waiting()
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _speak(self, reply: _Reply) -> None:
        message = await reply.said.get()
        while message is not None:
            if message.chime and self._aloud:
                self._ring(reply, message.volume)
            message = await self._speak_from(reply, message)
            if message is None and reply.stand_in and not self._told_of_stand_in:
                self._told_of_stand_in = True
                message = _Message(self._on_stand_in(), *self._style_now())
                reply.said.put_nowait(None)
        reply.whole = True
        if reply.times.first_audio is None:
            self._on_voiced(reply.turn, reply.times)
        self._outbox.put(encode("reply_end", turn=reply.turn))
        self._wait_for_marks()
        self._close_if_over()

    def _ring(self, reply: _Reply, volume: float) -> None:
        """Send the chime, as a clause without words."""
        clause = self._open_clause(reply, "")
        self._send_pcm(reply, clause, chime(self._playback.rate_hz), volume)
        self._close_clause(clause)

    async def _speak_from(self, reply: _Reply, message: _Message) -> _Message | None:
        """Speak messages as one utterance, as long as they are to be spoken alike; the first that is not, or None."""
        style, volume = message.style, message.volume
        following: _Message | None = message
        opened: deque[Clause] = deque()

        def alike(other: _Message) -> bool:
            return other is message or (other.style, other.volume, other.chime) == (style, volume, False)

        async def clauses() -> AsyncIterator[str]:
            nonlocal following
            while following is not None and alike(following):
                reply.left = [text.strip() for text in cut_clauses(following.text)]
                while reply.left:
                    clause = self._open_clause(reply, reply.left.pop(0))
                    opened.append(clause)
                    yield clause.text
                following = await reply.said.get()

        if not self._aloud or reply.mute:
            for text in cut_clauses(message.text):
                self._close_clause(self._open_clause(reply, text.strip()))
            return await reply.said.get()
        try:
            await self._synthesize(reply, clauses(), opened, style, volume)
        except VoiceUnavailable:
            reply.mute = True
            self._outbox.put(encode_error("voice", "The answer can't be spoken right now. Here it is as text."))
            while opened:
                self._close_clause(opened.popleft())
            if following is not None and alike(following):
                while reply.left:
                    self._close_clause(self._open_clause(reply, reply.left.pop(0)))
                following = await reply.said.get()
        return following

    def _spoken(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            return
        logger.error("speaking a reply failed: %s", type(task.exception()).__name__)
        self._outbox.put(encode_error("voice", "Something went wrong while speaking; the answer breaks off here."))
        self._reply = None
        self._stop_waiting()
        self._on_change()

    def _open_clause(self, reply: _Reply, text: str) -> Clause:
        self._numbers += 1
        clause = Clause(self._numbers, reply.turn, text)
        reply.clauses.append(clause)
        reply.times.first_clause = reply.times.first_clause or time.monotonic()
        self._outbox.put(encode("reply", turn=reply.turn, clause=clause.number, text=text))
        return clause

    def _close_clause(self, clause: Clause, words: tuple[WordTime, ...] = ()) -> None:
        clause.ms = round(self._ms(clause))
        clause.words = words
        clause.done = clause.done or clause.samples == 0
        self._tell_end(clause)

    def _tell_end(self, clause: Clause) -> None:
        if clause.words:
            words = [{"word": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms} for word in clause.words]
            self._outbox.put(encode("words", clause=clause.number, words=words))
        self._outbox.put(encode("clause_end", clause=clause.number, ms=clause.ms))

    def _ms(self, clause: Clause) -> float:
        return clause.samples * 1_000 / self._playback.rate_hz

    async def _synthesize(
        self, reply: _Reply, clauses: AsyncIterator[str], opened: deque[Clause], style: SpeechStyle, volume: float
    ) -> None:
        """Speak clauses as they are opened; each is closed as its sound is whole."""
        reply.times.first_request = reply.times.first_request or time.monotonic()
        resampler: Resampler | None = None
        async with contextlib.aclosing(self._synthesizer.speak(clauses, style)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Sound):
                    resampler = resampler or Resampler(piece.pcm.rate_hz, self._playback.rate_hz)
                    self._send_pcm(reply, opened[0], resampler.feed(piece.pcm.samples), volume)
                    continue
                clause = opened.popleft()
                if resampler is not None:
                    self._send_pcm(reply, clause, resampler.flush(), volume)
                    resampler = None
                reply.stand_in = reply.stand_in or piece.stand_in
                if piece.voice:
                    self.voices[piece.voice] += 1
                self._close_clause(clause, piece.words)

    def _send_pcm(self, reply: _Reply, clause: Clause, pcm: bytes, volume: float) -> None:
        if pcm and volume != 1.0:
            pcm = gain(pcm, volume)
        step = self._playback.rate_hz * FRAME_MS // 1_000 * SAMPLE_BYTES
        for start in range(0, len(pcm), step):
            frame = encode_audio(clause.number, clause.samples, pcm[start : start + step], self._playback.encoding)
            clause.frames.append(frame)
            clause.samples += len(pcm[start : start + step]) // SAMPLE_BYTES
            self._outbox.put(frame)
        if pcm and clause.text and reply.times.first_audio is None:
            reply.times.first_audio = time.monotonic()
            self._on_voiced(reply.turn, reply.times)

    def _close_if_over(self) -> None:
        if self._reply is not None and self._reply.over():
            self._reply = None
            self._stop_waiting()
            self._on_change()

    def _wait_for_marks(self) -> None:
        """Count a reply as heard, in the end, at a client that does not say what it plays."""
        self._stop_waiting()
        reply = self._reply
        if reply is None or not reply.whole or self._held or not self._outbox.connected:
            return
        left_ms = sum((clause.ms or 0) - clause.played_ms for clause in reply.clauses if not clause.done)
        loop = asyncio.get_running_loop()
        self._assume_heard = loop.call_later(max(left_ms, 0) / 1_000 + MARK_GRACE_S, self._heard_it_all, reply)

    def _heard_it_all(self, reply: _Reply) -> None:
        for clause in reply.clauses:
            clause.done = True
        self._close_if_over()

    def _stop_waiting(self) -> None:
        if self._assume_heard is not None:
            self._assume_heard.cancel()
            self._assume_heard = None
