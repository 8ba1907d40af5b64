"""One session: a person, a conversation, and whatever socket they are on right now.

Ties hearing, dialogue and speaking together. A turn of the dialogue is always let finish, since cancelling one would
lose what the person said; what they say meanwhile waits here. A session outlives its socket for a while, so that who
loses the network goes on where they were.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from channels.dialogue import (
    DUE,
    MOMENT_RESPONSE,
    NOT_UNDERSTOOD,
    STAND_IN_RESPONSE,
    UNCLEAR,
    Dialogue,
    Reading,
    Said,
    words_of,
)
from channels.heard_again import UNSURE_CONFIDENCE, better, worth_asking
from channels.hearing import Hearing, Utterance
from channels.outbox import Outbox
from channels.own_names import Pronouncing
from channels.people_side import NOTHING_KNOWN, Acquaintance, Known
from channels.speaking import ReplyTimes, Speaker
from channels.wire import (
    VERSION,
    Audio,
    Control,
    Hello,
    Message,
    Played,
    Rating,
    TypedText,
    WireError,
    encode,
    encode_error,
)
from rapport.errors import RecognitionFailed
from rapport.personality.persona import Leaning, Persona
from rapport.settings import SessionLimits
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.ear import Ear
from rapport.speech.recognizer import Transcript
from rapport.speech.second_opinion import SecondOpinion
from rapport.speech.synthesizer import Synthesizer
from rapport.speech.turns import Floor
from rapport.speech.wake import WakeDetector
from rapport.telemetry import metrics, traces
from rapport.voices.speaker import speaker_model
from rapport.voices.speakers import LEARNT_S, Speakers, Voice

logger = logging.getLogger(__name__)

FILLER_AFTER_S = 0.5
"""A second opinion that takes longer is bridged by a few words."""
RECORDED_TURNS = 20
"""Of a session, the latest."""
RECORDED_S = 15
"""Seconds of a turn whose sound may be kept; who speaks longer tells a story."""
STAY_GRACE_S = 15
"""Seconds past the moment that something is due in which the session still waits for it."""
SECOND_RECOGNIZER = "second opinion"
"""Told in place of a recogniser's version."""
WAITING_TURNS = 8
"""Most turns that may wait while one is answered; more is noise, or a script."""

Send = Callable[["str | bytes"], Awaitable[None]]


SHORT_ANSWERS = (
    *("yes", "yes please", "yeah", "sure", "okay", "no", "no thanks", "nope", "stop", "cancel", "never mind"),
    *("the first one", "the second one", "the first", "the second", "later", "skip", "that's right", "that's wrong"),
)
"""What is likely to be said to a question that a word or two answer."""


@dataclass(frozen=True)
class Parts:
    """What a session is made of.

    Attributes:
        ear: Its own hearing.
        wake: Its wake word, if it has one.
        dialogue: Shared with all sessions.
        synthesizer: Likewise.
        threads: Where blocking work runs.
        recognizer: Version of what hears.
        second_opinion: Hears again what that is unsure of; None where there is nobody to ask.
        acquaintance: Learns the person's voice where that is agreed to; None where nobody's is.
        known: What is known of the person.
        pronouncing: Finds out how their names sound to what hears.
        persona: Who the assistant is.
    """

    ear: Ear
    wake: WakeDetector | None
    dialogue: Dialogue
    synthesizer: Synthesizer
    threads: Executor
    recognizer: str
    second_opinion: SecondOpinion | None = None
    acquaintance: Acquaintance | None = None
    known: Known = NOTHING_KNOWN
    pronouncing: Pronouncing | None = None
    persona: Persona = field(default_factory=Persona)


@dataclass(frozen=True)
class SessionProofs:
    """What a session shows of whose it is.

    Attributes:
        turn: To the actions, with every turn.
        speaking: To the people's side, by way of the voice server.
    """

    turn: str
    speaking: str


@dataclass(frozen=True)
class _Turn:
    number: int
    text: str
    reading: Reading | None
    metadata: dict[str, Any]
    since: float
    timings: dict[str, int]
    unsure: Utterance | None = None
    """What to ask a second opinion on, before it is answered."""
    voiced: bytes = b""
    """What was said, to tell by whom."""

    @property
    def source(self) -> str:
        """How it came: `speech`, `text` or `due`."""
        return str(self.metadata["source"])

    @property
    def understood_at(self) -> float:
        """When it was known what is meant, as far as that is before it is answered."""
        return self.since + self.timings.get("intent_ms", 0) / 1_000


class Session:
    """A person talking.

    Args:
        name: Its id, and the Rasa conversation's.
        person: Whose it is.
        proofs: Show whose it is.
        hello: What the client asked for.
        parts: What it is made of.
        limits: What it may use.
        on_over: Called when it is over, however that came.
    """

    def __init__(
        self,
        name: str,
        person: str,
        proofs: SessionProofs,
        hello: Hello,
        parts: Parts,
        limits: SessionLimits,
        on_over: Callable[[], None],
    ) -> None:
        self.name = name
        self.person = person
        self._proofs = proofs
        self._hello = hello
        self._limits = limits
        self._dialogue = parts.dialogue
        self._recognizer = parts.recognizer
        self._second_opinion = parts.second_opinion
        self._threads = parts.threads
        self._acquaintance = parts.acquaintance
        self._speakers = Speakers(speaker_model)
        self._learning = False
        self._style: str | None = None
        self._deep: tuple[str, ...] = ()
        self._wished_style: str | None = None
        self._sounds: OrderedDict[int, bytes] | None = None
        """Of the turns so far, by number, where the person agreed that sound is kept."""
        self._on_over = on_over
        self._outbox = Outbox(limits.unsent_bytes)
        self._hearing = Hearing(
            hello.audio,
            parts.ear,
            parts.wake,
            turn_ms=limits.turn_s * 1_000,
            dialogue=parts.dialogue,
            threads=parts.threads,
            events=self,
        )
        self._speaker = Speaker(
            parts.synthesizer,
            self._outbox,
            playback=hello.playback,
            aloud=hello.speech,
            proof=proofs.speaking,
            on_change=self._floor_changed,
            on_voiced=self._reply_voiced,
            on_stand_in=self._voice_changed,
            leaning=self._leaning,
        )
        self._pronouncing = parts.pronouncing
        self._persona = parts.persona
        self._words: tuple[str, ...] | None = None
        self._sounding: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.know(parts.known)
        self._began = self._last_active = self._stays_until = time.monotonic()
        self._due: bool | None = None
        """Whether what is due may be told in the next pause, or only once somebody said something; None where nothing
        is."""
        self._numbers = 0
        self._waiting: asyncio.Queue[_Turn] = asyncio.Queue(WAITING_TURNS)
        self._likely: tuple[str, ...] = ()
        self._ratings: set[asyncio.Task[None]] = set()
        self._answering: _Turn | None = None
        self._context = copy_context()
        """Of the turn that is being answered."""
        self._replying: _Turn | None = None
        self._noted_cut = False
        self._first_audio_ms: list[int] = []
        self.over = False
        self._erased = False
        self._last_word_said = asyncio.Event()
        self._mumbled = False
        self._partial_told = False
        self._state: str | None = None
        self._one_socket = asyncio.Lock()
        self._taken_over: asyncio.Future[None] | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._tasks = [asyncio.create_task(self._hearing.run()), asyncio.create_task(self._answer_turns())]
        for task in self._tasks:
            task.add_done_callback(self._task_ended)

    # The socket

    async def serve(
        self, hello: Hello, receive: Callable[[], Awaitable[Message | None]], send: Send, *, resumed: bool
    ) -> None:
        """Carry one socket's messages until it closes.

        Args:
            hello: What its client asked for.
            receive: Gives the next message; None once the client has left.
            send: Sends one message.
            resumed: Whether the session was there before this socket.

        Raises:
            WireError: The session has to end, or this socket; the error was not sent yet.
        """
        if self._taken_over is not None and not self._taken_over.done():
            self._taken_over.set_result(None)
        async with self._one_socket:
            taken_over = self._taken_over = asyncio.get_running_loop().create_future()
            self._connected(hello, resumed=resumed)
            jobs = [
                asyncio.ensure_future(self._receive_all(receive)),
                asyncio.ensure_future(self._outbox.send_all(send)),
                asyncio.ensure_future(self._outbox.overflowed()),
                asyncio.ensure_future(self._watch()),
                asyncio.ensure_future(self._part_from_erased()),
            ]
            try:
                done, _ = await asyncio.wait([*jobs, taken_over], return_when=asyncio.FIRST_COMPLETED)
                if taken_over in done:
                    raise WireError("replaced", "the session goes on in another window")
                for job in done:
                    job.result()
            except WireError as error:
                if error.code not in ("replaced", "slow_client"):
                    self.end()
                raise
            finally:
                for job in jobs:
                    job.cancel()
                try:
                    await asyncio.gather(*jobs, return_exceptions=True)
                finally:
                    self._left()  # also where the server cancels us, as it does when a caller is gone

    def _connected(self, hello: Hello, *, resumed: bool) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if resumed:
            self._hello = replace(self._hello, audio=hello.audio, timezone=hello.timezone)
            self._hearing.reformat(hello.audio)
        self._outbox.connect([self._opening(resumed=resumed)])
        self._state = None
        self._tell_state()
        self._speaker.resend()

    async def _receive_all(self, receive: Callable[[], Awaitable[Message | None]]) -> None:
        while (message := await receive()) is not None:
            if isinstance(message, Audio):
                self._hearing.feed(message.frame)
            elif isinstance(message, TypedText):
                self._typed(message.text)
            elif isinstance(message, Played):
                self._speaker.mark(message)
            elif isinstance(message, Rating):
                self._rate(message)
            elif isinstance(message, Control):
                if message.action == "end":
                    self.end()
                    return
                self._control(message)
            else:
                raise WireError("bad_message", "hello comes first, and once")

    def _control(self, message: Control) -> None:
        if message.action == "stop":
            self.cut_reply()
        elif message.action == "listen":
            self._hearing.wake_up()
        else:
            self._hearing.muted = message.action == "mute"
            self._state = None
        self._tell_state()

    async def _watch(self) -> None:
        """End the session when it is idle, or over its time."""
        while True:
            now = time.monotonic()
            busy = self._speaker.speaking or self._answering is not None or self._hearing.hearing_speech
            if busy:
                self._last_active = now
            if now >= self._began + self._limits.session_s:
                raise WireError("session_over", "this session has reached its length; start another")
            idle_at = max(self._last_active + self._limits.idle_s, self._stays_until)
            if now >= idle_at:
                raise WireError("idle", "nobody has said anything for a while; start again when you like")
            await asyncio.sleep(min(idle_at, self._began + self._limits.session_s) - now)

    async def _part_from_erased(self) -> None:
        """End the session once its person was erased, and has been told so."""
        await self._last_word_said.wait()
        raise WireError("erased", "everything about you is erased; whoever talks from here on is somebody new")

    def _opening(self, *, resumed: bool) -> str:
        limits = self._limits
        return encode(
            "session",
            version=VERSION,
            session=self.name,
            resumed=resumed,
            audio={"encoding": self._hello.audio.encoding.value, "rate_hz": self._hello.audio.rate_hz},
            playback={"encoding": self._hello.playback.encoding.value, "rate_hz": self._hello.playback.rate_hz},
            wake=self._hello.wake_phrase or "off",
            limits={
                "message_bytes": limits.message_bytes,
                "session_s": limits.session_s,
                "idle_s": limits.idle_s,
                "turn_s": limits.turn_s,
            },
        )

    def _left(self) -> None:
        self._outbox.disconnect()
        self._speaker.pause()
        if not self.over:
            self._leaving = asyncio.get_running_loop().call_later(self._limits.linger_s, self.end)

    # The end

    @property
    def erased(self) -> bool:
        """Whether its person was erased."""
        return self._erased

    async def erase(self) -> None:
        """Forget what was said; the answer that is under way is still given, then the session ends."""
        self._erased = True
        await self._dialogue.forget(self.name)
        if self._leaving is not None or (self._answering is None and not self._speaker.speaking):
            self._last_word_said.set()
        if self._leaving is not None:
            self.end()

    async def close_conversation(self) -> None:
        """After the end: let the dialogue keep what it may of the conversation, and drop the rest."""
        await asyncio.gather(*self._tasks, *self._ratings, return_exceptions=True)
        if self._numbers and not self._erased:
            spoken: dict[str, Any] = {}
            if self._first_audio_ms:
                spoken["first_audio_ms"] = round(median(self._first_audio_ms))
            if self._speaker.voices:
                spoken["spoken_by"] = self._speaker.voices.most_common(1)[0][0]
            recorded = await self._dialogue.end(self.name, {**self._circumstances(), **spoken})
            for turn, sound in (self._sounds or {}).items():
                if turn in recorded and self._acquaintance is not None:
                    await self._acquaintance.record(self.person, self.name, turn, sound)
        else:
            await self._dialogue.forget(self.name)

    def end(self) -> None:
        """End it: hearing and speech stop at once, a turn under way is let finish unheard."""
        if self.over:
            return
        self.over = True
        if self._leaving is not None:
            self._leaving.cancel()
        self._speaker.cut()
        hearing, answering = self._tasks
        hearing.cancel()
        self._sounding.cancel()
        if self._answering is None:
            answering.cancel()
        self._on_over()

    async def closed(self) -> None:
        """End it, and wait until nothing of it runs."""
        self.end()
        await self._speaker.close()
        await asyncio.gather(*self._tasks, *self._ratings, self._sounding, return_exceptions=True)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            return
        # The message may hold what was said; its kind and place do not.
        logger.error("a session failed: %s", _place_of(task.exception()))
        self._outbox.put(encode_error("hearing", "Something went wrong. Please start again."), keep=True)
        self.end()

    # Hearing

    def open_turn(self) -> int:
        """Give the turn that begins its number."""
        self._numbers += 1
        self._partial_told = False
        return self._numbers

    def hear_partial(self, turn: int, text: str) -> None:
        """Show the words so far."""
        if text or self._partial_told:
            self._partial_told = True
            self._outbox.put(encode("partial", turn=turn, text=text))

    def hear_turn(self, utterance: Utterance) -> None:
        """Have a turn answered, or asked for again where it could not be understood."""
        transcript = utterance.transcript
        self._show_heard(utterance.turn, transcript)
        if not transcript.text and self._mumbled:
            # Asked once already: more of it is somebody else's talk, or a machine.
            self._tell_state()
            return
        self._mumbled = not transcript.text
        self._record(utterance)
        turn = self._turn_of(utterance, self._recognizer)
        unsure = self._second_opinion is not None and worth_asking(transcript, utterance.reading)
        self._queue(replace(turn, unsure=utterance) if unsure else turn)

    def _record(self, utterance: Utterance) -> None:
        if self._sounds is not None and len(utterance.sound) <= RECORDED_S * HEARING_RATE_HZ * SAMPLE_BYTES:
            self._sounds[utterance.turn] = utterance.sound
            if len(self._sounds) > RECORDED_TURNS:
                self._sounds.popitem(last=False)

    def _show_heard(self, turn: int, heard: Transcript) -> None:
        self._outbox.put(
            encode(
                "final",
                turn=turn,
                text=heard.text,
                confidence=round(heard.confidence, 3),
                words=words_of(heard),
                source="speech",
            ),
            keep=True,
        )

    def _turn_of(self, utterance: Utterance, recognizer: str) -> _Turn:
        transcript = utterance.transcript
        clear = bool(transcript.text) and (
            transcript.confidence >= UNSURE_CONFIDENCE
            or (utterance.reading is not None and utterance.reading.whole is True)
        )
        timings = {
            "final_ms": _ms(utterance.voice_end, utterance.final_at),
            "intent_ms": _ms(utterance.voice_end, utterance.intent_at),
        }
        metadata = {
            "source": "speech",
            "confidence": transcript.confidence,
            "words": words_of(transcript),
            "recognizer": recognizer,
        }
        return _Turn(
            utterance.turn,
            transcript.text if clear else UNCLEAR,
            utterance.reading if clear else None,
            metadata,
            utterance.voice_end,
            timings,
            voiced=utterance.voiced,
        )

    def drop_turn(self, turn: int) -> None:
        """Take back what was shown of a turn that was none."""
        if self._partial_told:
            self._partial_told = False
            self._outbox.put(encode("final", turn=turn, text="", confidence=0.0, words=[], source="speech"))
        self._tell_due_in_a_pause()

    def hold_reply(self) -> None:
        """Fall silent while somebody may be speaking."""
        self._speaker.hold()

    def release_reply(self) -> None:
        """Go on: nobody was."""
        self._speaker.release()

    def cut_reply(self) -> None:
        """Stop the reply's speech; its turn goes on to its end."""
        self._speaker.cut()

    def wake_changed(self) -> None:
        """Tell that it fell asleep or woke up."""
        self._tell_state()

    def complain(self, code: str, message: str) -> None:
        """Tell the client about an error that the session survives."""
        self._outbox.put(encode_error(code, message), keep=True)

    # What is due

    @property
    def owes_due(self) -> bool:
        """Whether there is something due that was not told yet."""
        return self._due is not None

    def tell_due(self, *, at_once: bool = True) -> None:
        """Tell what is due in the next pause.

        Args:
            at_once: Else once somebody has said something, so that it is not said to an empty room.
        """
        self._due = at_once
        self._tell_due_in_a_pause()

    def _tell_due_in_a_pause(self) -> None:
        answering = self._speaker.speaking or self._answering is not None or not self._waiting.empty()
        busy = answering or self._hearing.hearing_speech
        if self._due and self._outbox.connected and not (busy or self.over or self._erased):
            self._due = None
            self._numbers += 1
            self._queue(_Turn(self._numbers, DUE, None, {"source": "due"}, time.monotonic(), {}))

    # The dialogue

    def _typed(self, text: str) -> None:
        self._numbers += 1
        now = time.monotonic()
        self.cut_reply()
        self._outbox.put(
            encode("final", turn=self._numbers, text=text, confidence=1.0, words=[], source="text"), keep=True
        )
        # A leading slash would be taken for an intent's name.
        spoken = text.lstrip("/").strip() or "?"
        self._queue(_Turn(self._numbers, spoken, None, {"source": "text", "confidence": None, "words": []}, now, {}))

    def _rate(self, rating: Rating) -> None:
        if len(self._ratings) >= WAITING_TURNS:
            self.complain("dialogue", "That was too much at once; I'm still busy with what you rated before.")
            return
        task = asyncio.create_task(self._have_rated(rating))
        self._ratings.add(task)
        task.add_done_callback(self._ratings.discard)

    async def _have_rated(self, rating: Rating) -> None:
        judged = {"source": "rating", "rated_turn": rating.turn, "rating": rating.rating}
        try:
            await self._dialogue.rate(
                self.name,
                {**self._circumstances(), **judged},
                lambda shown: self._outbox.put(encode("show", turn=rating.turn, **shown), keep=True),
            )
        except Exception as error:  # noqa: BLE001 - whatever failed behind Rasa, the person is told and goes on
            logger.error("a rating failed: %s", _place_of(error))
            self.complain("dialogue", "Something went wrong with that. Please try again.")

    def _queue(self, turn: _Turn) -> None:
        self._last_active = time.monotonic()
        try:
            self._waiting.put_nowait(turn)
        except asyncio.QueueFull:
            self.complain("dialogue", "That was too much at once; I'm still busy with what you said before.")
        self._tell_state()

    async def _answer_turns(self) -> None:
        while not self.over:
            turn = await self._waiting.get()
            self._answering = turn
            try:
                with traces.span("turn", began=turn.since, source=turn.source):
                    self._context = copy_context()
                    self._tell_stages(turn)
                    await self._answer(turn)
                metrics.TURNS.labels(turn.source, "answered").inc()
            except Exception as error:  # noqa: BLE001 - whatever failed behind Rasa, the person is told and goes on
                metrics.TURNS.labels(turn.source, "failed").inc()
                logger.error("a turn failed: %s", _place_of(error))
                self.complain("dialogue", "Something went wrong with that. Please try again.")
            finally:
                self._answering = None
                self._hearing.expect(self._likely)
                self._speaker.finish(turn.number)
                if self._due is False:
                    self._due = True
            self._tell_state()

    async def _answer(self, turn: _Turn) -> None:
        self.cut_reply()
        await self._note_cut()
        self._replying = turn
        self._likely = ()
        self._speaker.begin(turn.number)
        self._tell_state()
        spoken_by = await self._spoken_by(turn.voiced) if turn.voiced else {}
        if turn.unsure is not None and self._second_opinion is not None:
            turn = self._replying = await self._heard_again(turn, turn.unsure, self._second_opinion)
        with traces.span("deciding"):
            await self._dialogue.answer(
                self.name,
                turn.text,
                turn.reading,
                {**self._circumstances(), "turn": turn.number, **turn.metadata, **spoken_by, **_traced()},
                lambda said: self._say(turn.number, said),
                lambda shown: self._outbox.put(encode("show", turn=turn.number, **shown), keep=True),
            )

    async def _spoken_by(self, voiced: bytes) -> dict[str, Any]:
        """Who said it, as the turn's metadata has it; and their voice learnt, where that is wanted."""
        by = await asyncio.get_running_loop().run_in_executor(self._threads, self._speakers.hear, voiced)
        if self._learning and by.speaker is not None and self._acquaintance is not None:
            voice, seconds = self._speakers.gathered(by.speaker)
            if seconds >= LEARNT_S and await self._acquaintance.learn(self.person, voice):
                # By now the people's side had every session of theirs know it, this one too.
                self._learning = False
                by = replace(by, voice=Voice.OWN)
        return {"speaker": {"number": by.speaker, "voice": by.voice.value if by.voice else None}}

    def know(self, known: Known) -> None:
        """Take this for what is known of the person from now on, in place of what was."""
        self._speakers = Speakers(speaker_model, known.voice)
        self._learning = known.learn
        self._style, self._deep = known.style, known.deep
        if known.words != self._words:
            self._words = known.words
            self._hearing.know(known.words)
            self._sounding.cancel()
            self._sounding = asyncio.ensure_future(self._learn_sounds(known.words))
        if not known.record:
            self._sounds = None
        elif self._sounds is None:
            self._sounds = OrderedDict()

    async def _learn_sounds(self, words: Sequence[str]) -> None:
        if self._pronouncing is not None and (sounds := await self._pronouncing.sounds_of(words)):
            self._hearing.know(words, sounds)

    async def _heard_again(self, turn: _Turn, utterance: Utterance, second: SecondOpinion) -> _Turn:
        """The turn as a second opinion has it, where that makes more sense."""
        asked_at = time.monotonic()
        metrics.FALLBACKS.labels("second_opinion").inc()
        asking = asyncio.ensure_future(second.hear(utterance.sound, self._proofs.speaking))
        try:
            done, _ = await asyncio.wait([asking], timeout=FILLER_AFTER_S)
            if not done:
                self._say(turn.number, Said(self._dialogue.wording(MOMENT_RESPONSE)))
            opinion = await asking
            self._took("second_opinion", asked_at, time.monotonic())
        except RecognitionFailed as error:
            logger.warning("what was heard first stands: %s", error)
            return turn
        finally:
            asking.cancel()
        reading = await better(utterance.transcript, opinion, self._dialogue)
        if reading is None:
            return turn
        again = self._turn_of(replace(utterance, transcript=opinion, reading=reading), SECOND_RECOGNIZER)
        if opinion.text != utterance.transcript.text:
            self._show_heard(utterance.turn, opinion)
        return replace(again, timings={**turn.timings, "second_opinion_ms": _ms(asked_at, time.monotonic())})

    def _say(self, turn: int, said: Said) -> None:
        self._learning |= said.learn_voice
        self._wished_style = said.style or self._wished_style
        self._likely += said.likely + (SHORT_ANSWERS if said.expects_short_answer else ())
        if said.stay_s:
            self._stays_until = max(self._stays_until, time.monotonic() + said.stay_s + STAY_GRACE_S)
        self._speaker.say(turn, said)

    def say_part(self, turn: int, text: str) -> bool:
        """Say a part of the answer to a turn, while the rest of it is still being made; False where that was cut off,
        or it is another turn's time."""
        if self._answering is None or self._answering.number != turn or not self._speaker.replies_to(turn):
            return False
        self._context.run(self._say, turn, Said(text))
        return True

    def _circumstances(self) -> dict[str, Any]:
        left_s = round(max(0.0, self._began + self._limits.session_s - time.monotonic()))
        return {
            "proof": self._proofs.turn,
            "session": self.name,
            "timezone": self._hello.timezone,
            "session_left_s": left_s,
            **({"style": self._style} if self._style else {}),
            **({"deep": list(self._deep)} if self._deep else {}),
        }

    def _leaning(self) -> Leaning:
        zone = self._hello.timezone
        style = self._wished_style or self._style
        return self._persona.leaning(style, datetime.now(ZoneInfo(zone)).time() if zone else None)

    async def _note_cut(self) -> None:
        """Tell the dialogue what of the reply before was heard, or that all of it was."""
        cut = self._speaker.last_cut
        if cut is not None:
            metrics.CUT_OFF.inc()
            await self._dialogue.note_cut(self.name, cut.heard or None, cut.unheard)
        elif self._noted_cut:
            await self._dialogue.note_cut(self.name, None, None)
        self._noted_cut = cut is not None

    # What the client is told

    def _reply_voiced(self, turn: int, times: ReplyTimes) -> None:
        answered = self._replying
        if answered is None or answered.number != turn:
            return
        timings = dict(answered.timings)
        if times.first_clause is not None:
            timings["first_reply_ms"] = _ms(answered.since, times.first_clause)
            self._took("deciding", answered.understood_at, times.first_clause)
        if times.first_request is not None and times.first_audio is not None:
            self._took("synthesis", times.first_request, times.first_audio)
            self._took("first_audio", answered.since, times.first_audio)
            timings["synthesis_ms"] = _ms(times.first_request, times.first_audio)
            timings["first_audio_ms"] = _ms(answered.since, times.first_audio)
            self._first_audio_ms.append(timings["first_audio_ms"])
        self._outbox.put(encode("metrics", turn=turn, **timings))

    def _tell_stages(self, turn: _Turn) -> None:
        """What of a turn is over before it is answered."""
        if turn.text == UNCLEAR:
            metrics.FALLBACKS.labels("unclear").inc()
        elif turn.reading is not None and (turn.reading.parse.get("intent") or {}).get("name") == NOT_UNDERSTOOD:
            metrics.FALLBACKS.labels("not_understood").inc()
        if turn.timings:
            final_at = turn.since + turn.timings["final_ms"] / 1_000
            self._took("recognition", turn.since, final_at)
            self._took("understanding", final_at, turn.understood_at)
            metrics.STAGE.labels("intent").observe(turn.timings["intent_ms"] / 1_000)

    def _took(self, stage: str, began: float, ended: float) -> None:
        metrics.STAGE.labels(stage).observe(max(0.0, ended - began))
        self._context.run(traces.stage, stage, began, ended)

    def _voice_changed(self) -> str:
        """Another voice than the person's had to speak: told once a session."""
        metrics.STAND_INS.inc()
        self._outbox.put(encode("voice", stand_in=True), keep=True)
        return self._dialogue.wording(STAND_IN_RESPONSE)

    def _floor_changed(self) -> None:
        speaker = self._speaker
        self._hearing.give_floor(Floor(speaker.speaking, speaker.expects_short_answer, speaker.interruptible))
        self._tell_state()

    def _tell_state(self) -> None:
        if self._speaker.speaking:
            state = "speaking"
        elif self._answering is not None or not self._waiting.empty():
            state = "thinking"
        else:
            state = "asleep" if self._hearing.asleep else "listening"
        if self._erased and state in ("asleep", "listening"):
            self._last_word_said.set()
        if state != self._state:
            self._state = state
            self._outbox.put(encode("state", state=state, muted=self._hearing.muted))
        self._tell_due_in_a_pause()


def _traced() -> dict[str, str]:
    """What makes the stages in other processes part of this turn's trace."""
    carried = traces.carried()
    return {traces.CARRIER: carried} if carried else {}


def _ms(since: float, until: float) -> int:
    return round((until - since) * 1_000)


def _place_of(error: BaseException | None) -> str:
    """Kind and place of an error, without its message, which may hold what was said."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    return f"{type(error).__name__} in {frames[-1].name}, line {frames[-1].lineno}" if frames else type(error).__name__
