"""A session, with a scripted ear, dialogue and voice in place of the real ones.

The fakes confess: the ear hears a frame as speech where its samples are not zero, and its words come from a list; the
voice makes 100 ms of tone a word at once; the dialogue answers what it was told to. Timing, real audio and Rasa are
covered by tests/integration.
"""

import asyncio
import audioop
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any

import numpy as np
import pytest

from channels import session as session_module
from channels.dialogue import DUE, UNCLEAR, Reading, Said, Say, Show
from channels.people_side import NOTHING_KNOWN, Known
from channels.session import Parts, Session, SessionProofs
from channels.sessions import Sessions
from channels.wire import Audio, Control, Hello, Message, Played, Rating, TypedText, WireError, decode_audio
from rapport.errors import RecognitionFailed
from rapport.personality.persona import Persona
from rapport.settings import SessionLimits
from rapport.speech.audio import AudioFormat, Encoding
from rapport.speech.chime import chime
from rapport.speech.ear import Heard
from rapport.speech.recognizer import Transcript, Word
from rapport.voices.speaker import Embedding
from rapport.voices.speakers import SpokenBy, Voice
from tests.fakes.synthesizer import LOUDNESS, ScriptedSynthesizer

RATE_HZ = 16_000
FRAME = 512
PCM = AudioFormat(Encoding.PCM_S16LE, RATE_HZ)
HELLO = Hello("token", None, PCM, PCM, None, "Europe/Oslo", speech=True)
SPEECH = struct.pack("<h", 1_000)
QUIET = struct.pack("<h", 0)
LIMITS = SessionLimits()


class ScriptedEar:
    def __init__(self) -> None:
        self.segments: list[str | Exception] = []
        self.confidence = 0.9
        self.expected: list[tuple[str, ...]] = []
        self.known: list[tuple[str, ...]] = []
        self.sounds: list[dict[str, str]] = []
        self.last_voiced_ms = 0
        self._rest = b""
        self._at_ms = 0

    def hear(self, pcm: bytes) -> list[Heard]:
        self._rest += pcm
        heard = []
        while len(self._rest) >= FRAME * 2:
            frame, self._rest = self._rest[: FRAME * 2], self._rest[FRAME * 2 :]
            speech = any(frame)
            partial = str(self.segments[0]) if speech and self.segments else None
            heard.append(Heard(self._at_ms, speech, partial))
            self._at_ms += 32
            if speech:
                self.last_voiced_ms = self._at_ms
        return heard

    @property
    def sound(self) -> bytes:
        return b"sound"

    @property
    def voiced(self) -> bytes:
        return b"voiced"

    def know(self, words: Sequence[str], sounds: Mapping[str, str] | None = None) -> None:
        self.known.append(tuple(words))
        self.sounds.append(dict(sounds or {}))

    def finish(self) -> Transcript:
        text = self.segments.pop(0) if self.segments else ""
        if isinstance(text, Exception):
            raise text
        return Transcript.of(Word(word, 0, 100, self.confidence) for word in text.split())

    def skip(self, pcm: bytes) -> None:
        self._at_ms += len(pcm) // 32

    def reset(self) -> None:
        self._rest = b""

    def expect(self, phrases: Sequence[str]) -> None:
        self.expected.append(tuple(phrases))


UNRATEABLE = 99


@dataclass
class ScriptedDialogue:
    answers: list[list[Said] | Exception] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    cuts: list[tuple[str | None, str | None]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    rated: list[Mapping[str, Any]] = field(default_factory=list)
    ended: list[Mapping[str, Any]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    to_record: set[int] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def understand(self, heard: Transcript) -> Reading:
        best = next((other for other in heard.alternatives if other.text.startswith("what")), heard)
        return Reading({"text": best.text}, True if best.text.startswith("what") else None, best)

    async def answer(
        self,
        conversation: str,
        text: str,
        reading: Reading | None,
        metadata: Mapping[str, Any],
        say: Say,
        show: Show,
    ) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.asked.append((text, metadata))
            answer = self.answers.pop(0) if self.answers else [Said(f"you said {text}")]
            if isinstance(answer, Exception):
                raise answer
            for said in answer:
                say(said)
            for shown in self.shown:
                show(shown)
            await self.gate.wait()
        finally:
            self.at_once -= 1

    def wording(self, response: str) -> str:
        return f"as {response} has it"

    async def rate(self, conversation: str, metadata: Mapping[str, Any], show: Show) -> None:
        if metadata["rated_turn"] == UNRATEABLE:
            raise RuntimeError("the store is gone")
        self.rated.append(metadata)
        show({"show": "rating", "rated": metadata["rated_turn"], "kept": True})

    async def note_cut(self, conversation: str, heard: str | None, unheard: str | None) -> None:
        self.cuts.append((heard, unheard))

    async def end(self, conversation: str, metadata: Mapping[str, Any]) -> Collection[int]:
        self.ended.append(metadata)
        return self.to_record

    async def forget(self, conversation: str) -> None:
        self.forgotten.append(conversation)


@dataclass
class ScriptedOpinion:
    text: str | Exception = ""
    confidence: float = 0.9
    asked: list[bytes] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, pcm: bytes, proof: str) -> Transcript:
        assert proof == "speaking-to-p_1"
        self.asked.append(pcm)
        await self.gate.wait()
        if isinstance(self.text, Exception):
            raise self.text
        return Transcript.of(Word(word, 0, 100, self.confidence) for word in self.text.split())


@dataclass
class ScriptedAcquaintance:
    agrees: bool = True
    learnt: list[tuple[str, float]] = field(default_factory=list)
    recorded: list[tuple[str, str, int, bytes]] = field(default_factory=list)
    tell: Callable[[Known], None] = lambda known: None

    async def about(self, person: str) -> Known:
        return Known()

    async def record(self, person: str, session: str, turn: int, sound: bytes) -> None:
        self.recorded.append((person, session, turn, sound))

    async def learn(self, person: str, voice: Embedding) -> bool:
        self.learnt.append((person, float(voice[0])))
        if self.agrees:
            self.tell(Known(voice=voice))
        return self.agrees


@dataclass
class ScriptedPronouncing:
    sounds: dict[str, str] = field(default_factory=dict)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def sounds_of(self, sentences: Sequence[str]) -> dict[str, str]:
        self.told.set()
        return self.sounds if sentences else {}


class ScriptedSpeakers:
    """In place of `Speakers`: six seconds of speech a turn."""

    def __init__(self, model: object, own: Embedding | None = None) -> None:
        self.own = own
        self.turns = 0

    def hear(self, speech: bytes) -> SpokenBy:
        assert speech == b"voiced"
        self.turns += 1
        return SpokenBy(1, None if self.own is None else Voice.OWN)

    def gathered(self, speaker: int) -> tuple[Embedding, float]:
        return np.full(256, self.turns, np.float32), 6.0 * self.turns


@dataclass
class Client:
    """One socket's far end."""

    session: Session
    inbox: asyncio.Queue[Message | None] = field(default_factory=asyncio.Queue)
    messages: list[dict[str, Any]] = field(default_factory=list)
    audio: list[tuple[int, int, bytes]] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: Any = None

    def connect(self, hello: Hello = HELLO, *, resumed: bool = False) -> "Client":
        self.task = asyncio.create_task(self.session.serve(hello, self.inbox.get, self._sent, resumed=resumed))
        return self

    async def _sent(self, message: str | bytes) -> None:
        async with self.news:
            if isinstance(message, bytes):
                self.audio.append(decode_audio(message, PCM))
            else:
                self.messages.append(json.loads(message))
            self.news.notify_all()

    def type(self, text: str) -> None:
        self.inbox.put_nowait(TypedText(text))

    def speak(self, ms: int, *, quiet_ms: int = 0) -> None:
        for sample, length_ms in ((SPEECH, ms), (QUIET, quiet_ms)):
            for _ in range(length_ms // 32):
                self.inbox.put_nowait(Audio(sample * FRAME))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    async def until(self, kind: str, count: int = 1, **matching: Any) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return [m for m in self.of(kind) if all(m[name] == value for name, value in matching.items())]

        async with self.news:
            await asyncio.wait_for(self.news.wait_for(lambda: len(found()) >= count), 5)
        return found()[count - 1]

    def play_all(self) -> None:
        for message in self.of("clause_end"):
            self.inbox.put_nowait(Played(message["clause"], message["ms"], done=True))


@dataclass
class Stage:
    ear: ScriptedEar
    dialogue: ScriptedDialogue
    voice: ScriptedSynthesizer
    opinion: ScriptedOpinion
    acquaintance: ScriptedAcquaintance
    pronouncing: ScriptedPronouncing
    open: Callable[..., Session]


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    ear, dialogue, voice = ScriptedEar(), ScriptedDialogue(), ScriptedSynthesizer()
    opinion, acquaintance, pronouncing = ScriptedOpinion(), ScriptedAcquaintance(), ScriptedPronouncing()
    monkeypatch.setattr(session_module, "Speakers", ScriptedSpeakers)
    dialogue.gate.set()
    sessions: list[Session] = []
    with ThreadPoolExecutor(1) as threads:

        def open_session(
            hello: Hello = HELLO,
            limits: SessionLimits = LIMITS,
            second: ScriptedOpinion | None = None,
            known: Known = NOTHING_KNOWN,
            persona: Persona | None = None,
        ) -> Session:
            parts = Parts(ear, None, dialogue, voice, threads, "vosk-1", second, acquaintance, known, pronouncing)  # type: ignore[arg-type]
            parts = replace(parts, persona=persona or Persona())
            sessions.append(
                Session(
                    "s_1", "p_1", SessionProofs("proof-of-p_1", "speaking-to-p_1"), hello, parts, limits, lambda: None
                )
            )
            return sessions[-1]

        yield Stage(ear, dialogue, voice, opinion, acquaintance, pronouncing, open_session)
        for session in sessions:
            await session.closed()


def parts_of(ear: ScriptedEar, stage: Stage, threads: ThreadPoolExecutor) -> Callable[[Hello, str], Awaitable[Parts]]:
    async def make(hello: Hello, person: str) -> Parts:
        return Parts(ear, None, stage.dialogue, stage.voice, threads, "vosk-1")  # type: ignore[arg-type]

    return make


async def test_typed_words_are_answered_in_text_and_speech(stage: Stage) -> None:
    client = Client(stage.open()).connect()
    stage.dialogue.answers = [[Said("Hello there. Nice to meet you.")]]

    client.type("hi")
    await client.until("reply_end")

    assert client.messages[0]["type"] == "session"
    assert client.of("final")[0] | {"words": []} == {
        "type": "final", "turn": 1, "text": "hi", "confidence": 1.0, "words": [], "source": "text"
    }  # fmt: skip
    assert " ".join(reply["text"] for reply in client.of("reply")) == "Hello there. Nice to meet you."
    assert {clause for clause, _, _ in client.audio} == {reply["clause"] for reply in client.of("reply")}
    assert [state["state"] for state in client.of("state")][:3] == ["listening", "thinking", "speaking"]
    metadata = stage.dialogue.asked[0][1]
    assert metadata["proof"] == "proof-of-p_1"
    assert "person" not in metadata
    assert metadata["timezone"] == "Europe/Oslo"
    assert metadata["source"] == "text"


async def test_what_a_reply_makes_likely_is_listened_for_until_the_next(stage: Stage) -> None:
    client = Client(stage.open()).connect()
    stage.dialogue.answers = [
        [Said("Milk and eggs.", likely=("milk", "eggs")), Said("More?", expects_short_answer=True)]
    ]
    client.type("what's on my list")
    await client.until("reply_end")
    client.type("thanks")
    await client.until("reply_end", turn=2)

    first, second = stage.ear.expected
    assert first[:2] == ("milk", "eggs")
    assert "yes please" in first
    assert second == ()


async def test_a_thumb_is_noted_and_cuts_nothing(stage: Stage) -> None:
    client = Client(stage.open()).connect()
    stage.dialogue.answers = [[Said("Hello there. Nice to meet you.")]]
    client.type("hi")
    await client.until("reply_end")

    client.inbox.put_nowait(Rating(1, "down"))
    shown = await client.until("show")

    assert shown == {"type": "show", "turn": 1, "show": "rating", "rated": 1, "kept": True}
    [metadata] = stage.dialogue.rated
    assert (metadata["rated_turn"], metadata["rating"], metadata["proof"]) == (1, "down", "proof-of-p_1")
    assert client.of("cut") == []
    assert [text for text, _ in stage.dialogue.asked] == ["hi"]


async def test_a_thumb_that_fails_is_told_and_the_session_goes_on(stage: Stage) -> None:
    client = Client(stage.open()).connect()

    client.inbox.put_nowait(Rating(UNRATEABLE, "up"))
    assert (await client.until("error"))["code"] == "dialogue"

    client.type("hi")
    await client.until("reply_end")


async def test_audio_of_a_clause_has_no_holes(stage: Stage) -> None:
    """Offsets follow one another, and `clause_end` tells how long it all is."""
    client = Client(stage.open()).connect()
    client.type("hi")
    await client.until("reply_end")

    samples = 0
    for _, offset, pcm in client.audio:
        assert offset == samples
        samples += len(pcm) // 2
    assert client.of("clause_end")[0]["ms"] == samples * 1_000 // RATE_HZ


async def test_spoken_words_are_answered(stage: Stage) -> None:
    stage.ear.segments = ["what time is it"]
    client = Client(stage.open()).connect()

    client.speak(640, quiet_ms=480)
    await client.until("reply_end")

    assert client.of("partial")[0]["text"] == "what time is it"
    final = client.of("final")[0]
    assert (final["text"], final["source"], final["confidence"]) == ("what time is it", "speech", 0.9)
    assert len(final["words"]) == 4
    text, metadata = stage.dialogue.asked[0]
    assert text == "what time is it"
    assert metadata["words"][0]["word"] == "what"
    assert {"final_ms", "intent_ms", "first_reply_ms", "synthesis_ms", "first_audio_ms"} <= set(client.of("metrics")[0])


async def test_what_is_unsure_is_heard_again_and_the_better_reading_answered(stage: Stage) -> None:
    stage.ear.segments = ["hot time is it"]
    stage.opinion.text = "what time is it"
    stage.opinion.gate.set()
    client = Client(stage.open(second=stage.opinion)).connect()

    client.speak(640, quiet_ms=960)
    await client.until("reply_end")

    assert stage.opinion.asked == [b"sound"]
    assert [final["text"] for final in client.of("final")] == ["hot time is it", "what time is it"]
    [(text, metadata)] = stage.dialogue.asked
    assert text == "what time is it"
    assert metadata["recognizer"] == "second opinion"
    assert "second_opinion_ms" in client.of("metrics")[0]


async def test_a_long_wait_for_a_second_opinion_is_bridged(stage: Stage) -> None:
    stage.ear.segments = ["hot time is it"]
    stage.opinion.text = "what time is it"
    client = Client(stage.open(second=stage.opinion)).connect()

    client.speak(640, quiet_ms=960)
    await client.until("reply", text="as utter_moment has it")
    stage.opinion.gate.set()
    await client.until("reply_end")

    assert [reply["text"] for reply in client.of("reply")] == ["as utter_moment has it", "you said what time is it"]


@pytest.mark.parametrize(
    ("opinion", "confidence"),
    [(RecognitionFailed("busy"), 1.0), ("cold time is it", 0.9), ("what time is it", 0.3), ("", 0.0)],
)
async def test_what_was_heard_first_stands_where_a_second_opinion_is_no_better(
    stage: Stage, opinion: "str | Exception", confidence: float
) -> None:
    stage.ear.segments = ["hot time is it"]
    stage.opinion.text, stage.opinion.confidence = opinion, confidence
    stage.opinion.gate.set()
    client = Client(stage.open(second=stage.opinion)).connect()

    client.speak(640, quiet_ms=960)
    await client.until("reply_end")

    assert [final["text"] for final in client.of("final")] == ["hot time is it"]
    [(text, metadata)] = stage.dialogue.asked
    assert (text, metadata["recognizer"]) == ("hot time is it", "vosk-1")


async def test_words_that_could_not_be_made_out_are_believed_where_both_heard_them(stage: Stage) -> None:
    stage.ear.segments, stage.ear.confidence = ["tell me"], 0.3
    stage.opinion.text = "tell me"
    stage.opinion.gate.set()
    client = Client(stage.open(second=stage.opinion)).connect()

    client.speak(640, quiet_ms=960)
    await client.until("reply_end")

    [(text, metadata)] = stage.dialogue.asked
    assert (text, metadata["confidence"]) == ("tell me", 0.9)
    assert len(client.of("final")) == 1


@pytest.mark.parametrize(("segment", "confidence"), [("what time is it", 0.6), ("tell me", 0.99), ("", 0.0)])
async def test_what_is_clear_or_empty_is_not_heard_again(stage: Stage, segment: str, confidence: float) -> None:
    """A whole request, words beyond doubt, or nothing that words could be made of."""
    stage.ear.segments, stage.ear.confidence = [segment], confidence
    client = Client(stage.open(second=stage.opinion)).connect()

    client.speak(640, quiet_ms=960)
    await client.until("reply_end")

    assert stage.opinion.asked == []


async def test_a_session_that_ends_gives_up_its_second_opinion(stage: Stage) -> None:
    stage.ear.segments = ["hot time is it"]
    session = stage.open(second=stage.opinion)
    client = Client(session).connect()
    client.speak(640, quiet_ms=960)
    await client.until("reply", text="as utter_moment has it")

    closing = asyncio.create_task(session.closed())
    stage.opinion.text = RecognitionFailed("gone")
    stage.opinion.gate.set()

    await asyncio.wait_for(closing, 5)


async def test_who_speaks_goes_along_and_their_own_words_are_listened_for(stage: Stage) -> None:
    session = stage.open(known=Known(("gertrude",), np.ones(256, np.float32)))
    client = Client(session).connect()
    stage.ear.segments = ["what time is it"]

    client.speak(640, quiet_ms=480)
    await client.until("reply_end")
    client.type("and now")
    await client.until("reply_end", turn=2)
    session.know(NOTHING_KNOWN)

    (_, spoken), (_, typed) = stage.dialogue.asked
    assert spoken["speaker"] == {"number": 1, "voice": "own"}
    assert "speaker" not in typed
    assert stage.ear.known == [("gertrude",), ()]


@pytest.mark.parametrize("by", ["consent", "word"])
async def test_a_voice_is_learnt_once_enough_of_it_was_heard(stage: Stage, by: str) -> None:
    """Agreed to before the session, or asked for in it."""
    session = stage.open(known=Known(learn=by == "consent"))
    stage.acquaintance.tell = session.know
    client = Client(session).connect()
    if by == "word":
        stage.dialogue.answers = [[Said("I'll learn it.", learn_voice=True)]]
        client.type("learn my voice")
        await client.until("reply_end")
    seen = len(client.of("reply_end"))

    for turn in range(3):
        stage.ear.segments = ["what time is it"]
        client.speak(640, quiet_ms=480)
        await client.until("reply_end", count=seen + turn + 1)
        client.play_all()

    assert stage.acquaintance.learnt == [("p_1", 2.0)]
    voices = [metadata["speaker"]["voice"] for _, metadata in stage.dialogue.asked if "speaker" in metadata]
    assert voices == [None, "own", "own"]


async def test_a_voice_that_could_not_be_kept_is_tried_again(stage: Stage) -> None:
    stage.acquaintance.agrees = False
    client = Client(stage.open(known=Known(learn=True))).connect()

    for turn in range(3):
        stage.ear.segments = ["what time is it"]
        client.speak(640, quiet_ms=480)
        await client.until("reply_end", count=turn + 1)
        client.play_all()

    assert len(stage.acquaintance.learnt) == 2


@pytest.mark.parametrize(
    ("agreed", "withdrawn", "kept"),
    [
        pytest.param(True, False, [("p_1", "s_1", 2, b"sound")], id="agreed"),
        pytest.param(True, True, [], id="withdrawn-meanwhile"),
        pytest.param(False, False, [], id="never-agreed"),
    ],
)
async def test_sound_is_kept_of_turns_that_the_dialogue_has_kept(
    stage: Stage, agreed: bool, withdrawn: bool, kept: list[tuple[str, str, int, bytes]]
) -> None:
    session = stage.open(known=Known(record=agreed))
    client = Client(session).connect()
    for turn in range(2):
        stage.ear.segments = ["what time is it"]
        client.speak(640, quiet_ms=480)
        await client.until("reply_end", count=turn + 1)
        client.play_all()
    if withdrawn:
        session.know(NOTHING_KNOWN)

    stage.dialogue.to_record = {2, 7}
    session.end()
    await session.close_conversation()

    assert stage.acquaintance.recorded == kept


async def test_how_names_sound_is_learnt_as_they_become_known(stage: Stage) -> None:
    stage.pronouncing.sounds = {"and catch up": "nkechi"}
    session = stage.open(known=Known(("who is nkechi",)))
    await stage.pronouncing.told.wait()
    session.know(NOTHING_KNOWN)
    await asyncio.sleep(0)

    assert stage.ear.known == [("who is nkechi",), ("who is nkechi",), ()]
    assert stage.ear.sounds == [{}, {"and catch up": "nkechi"}, {}]


async def test_words_after_a_pause_join_those_before(stage: Stage) -> None:
    stage.ear.segments = ["what time is it", "in tokyo"]
    client = Client(stage.open()).connect()

    client.speak(640, quiet_ms=288)
    client.speak(320, quiet_ms=800)
    await client.until("final")

    assert client.of("final")[0]["text"] == "what time is it in tokyo"
    assert len(client.of("final")) == 1


async def test_noise_is_taken_back_and_not_answered(stage: Stage) -> None:
    stage.ear.segments = [""]
    client = Client(stage.open()).connect()

    client.speak(160, quiet_ms=480)
    client.type("hi")
    await client.until("reply_end")

    assert [text for text, _ in stage.dialogue.asked] == ["hi"]


async def test_mumbling_is_asked_about_once(stage: Stage) -> None:
    client = Client(stage.open()).connect()
    for _ in range(2):
        client.speak(960, quiet_ms=480)
        await client.until("final", text="")
    await client.until("reply_end")

    assert [text for text, _ in stage.dialogue.asked] == [UNCLEAR]


async def test_words_that_nobody_is_sure_of_are_not_guessed_at(stage: Stage) -> None:
    stage.ear.segments, stage.ear.confidence = ["blue banana"], 0.3
    client = Client(stage.open()).connect()

    client.speak(640, quiet_ms=960)
    await client.until("reply_end")

    assert [text for text, _ in stage.dialogue.asked] == [UNCLEAR]


async def test_unsure_words_that_make_sense_are_answered(stage: Stage) -> None:
    stage.ear.segments, stage.ear.confidence = ["what time is it"], 0.3
    client = Client(stage.open()).connect()

    client.speak(640, quiet_ms=960)
    await client.until("reply_end")

    assert [text for text, _ in stage.dialogue.asked] == ["what time is it"]


async def test_what_is_said_during_a_turn_waits_its_turn(stage: Stage) -> None:
    """Turns are answered one after the other, in order, and none is lost."""
    stage.dialogue.gate.clear()
    client = Client(stage.open()).connect()
    for text in ("one", "two", "three"):
        client.type(text)
    await client.until("final", 3)
    assert len(stage.dialogue.asked) == 1
    stage.dialogue.gate.set()
    await client.until("reply_end", turn=3)

    assert [text for text, _ in stage.dialogue.asked] == ["one", "two", "three"]
    assert stage.dialogue.most_at_once == 1


async def test_real_words_cut_the_reply_and_the_dialogue_learns_what_was_heard(stage: Stage) -> None:
    stage.dialogue.answers = [[Said("The first thing I can do is tell the time.")]]
    stage.ear.segments = ["what about"]
    client = Client(stage.open()).connect()
    client.type("help")
    await client.until("reply_end", turn=1)
    first = client.of("clause_end")[0]
    client.inbox.put_nowait(Played(first["clause"], first["ms"] // 2, done=False))

    client.speak(640, quiet_ms=480)
    cut = await client.until("cut")
    await client.until("reply_end", turn=cut["turn"] + 1)

    assert [message["action"] for message in client.of("playback")] == ["hold", "stop"]
    assert f"{cut['heard']} {cut['unheard']}" == "The first thing I can do is tell the time."
    assert cut["heard"].startswith("The first")
    assert stage.dialogue.cuts == [(cut["heard"], cut["unheard"])]


async def test_a_cough_holds_the_reply_and_lets_it_go_on(stage: Stage) -> None:
    stage.ear.segments = [""]
    client = Client(stage.open()).connect()
    client.type("help")
    await client.until("reply_end")

    client.speak(160, quiet_ms=320)
    await client.until("playback", 2)

    assert [message["action"] for message in client.of("playback")] == ["hold", "resume"]
    assert not client.of("cut")


async def test_a_turn_that_is_cut_off_is_let_finish(stage: Stage) -> None:
    """Its later messages are shown as unheard, and nothing of them is spoken."""
    stage.dialogue.gate.clear()
    stage.dialogue.answers = [[Said("Working on it.")]]
    client = Client(stage.open()).connect()
    client.type("something slow")
    await client.until("clause_end")

    client.inbox.put_nowait(Control("stop"))
    await client.until("cut")
    stage.dialogue.gate.set()
    client.type("next")
    await client.until("reply_end", turn=2)

    assert stage.dialogue.most_at_once == 1
    assert [text for text, _ in stage.dialogue.asked] == ["something slow", "next"]


async def test_parts_of_an_answer_are_said_while_it_is_made(stage: Stage) -> None:
    """Until it is cut off, and not in another turn's time."""
    stage.dialogue.gate.clear()
    stage.dialogue.answers = [[]]
    session = stage.open()
    client = Client(session).connect()
    client.type("why")
    await client.until("state", state="thinking")

    assert session.say_part(1, "Because it is so.")
    await client.until("clause_end")
    assert session.say_part(1, "And that is that.")
    await client.until("clause_end", 2)
    assert [each["text"] for each in client.of("reply")] == ["Because it is so.", "And that is that."]
    assert not session.say_part(2, "Too soon.")

    client.inbox.put_nowait(Control("stop"))
    await client.until("cut")
    assert not session.say_part(1, "Too late.")
    stage.dialogue.gate.set()
    client.type("next")
    await client.until("reply_end", turn=2)
    assert not session.say_part(1, "Far too late.")


async def test_a_reply_heard_to_its_end_is_not_noted_as_cut(stage: Stage) -> None:
    client = Client(stage.open()).connect()
    client.type("one")
    await client.until("reply_end")
    client.play_all()
    await client.until("state", 2, state="listening")
    client.type("two")
    await client.until("reply_end", turn=2)

    assert stage.dialogue.cuts == []


async def test_a_failing_turn_is_told_and_the_next_one_works(stage: Stage) -> None:
    stage.dialogue.answers = [RuntimeError("secret words")]
    client = Client(stage.open()).connect()
    client.type("one")
    error = await client.until("error")
    client.type("two")
    await client.until("reply_end")

    assert error == {"type": "error", "code": "dialogue", "message": error["message"], "fatal": False}
    assert "secret" not in error["message"]


async def test_what_was_said_never_reaches_the_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.dialogue.answers = [RuntimeError("i have a rash")]
    stage.ear.segments = [RecognitionFailed("could not hear")]
    client = Client(stage.open()).connect()
    client.type("my secret question")
    await client.until("error", code="dialogue")
    client.speak(640, quiet_ms=480)
    await client.until("error", code="hearing")

    assert caplog.text
    assert "rash" not in caplog.text
    assert "secret" not in caplog.text


async def test_without_a_voice_there_is_text(stage: Stage) -> None:
    stage.voice.fails_before = 1
    client = Client(stage.open()).connect()
    client.type("hi")
    await client.until("reply_end")
    await client.until("state", 2, state="listening")

    assert [error["code"] for error in client.of("error")] == ["voice"]
    assert client.of("reply")
    assert [end["ms"] for end in client.of("clause_end")] == [0] * len(client.of("reply"))


async def test_a_client_may_want_text_only(stage: Stage) -> None:
    client = Client(stage.open(replace(HELLO, speech=False))).connect()
    client.type("hi")
    await client.until("reply_end")

    assert client.of("reply")
    assert not client.audio


async def test_pace_and_volume_hold_from_then_on(stage: Stage) -> None:
    stage.dialogue.answers = [[Said("Slower then.", {"pace": 0.8}, volume=0.5)]]
    client = Client(stage.open()).connect()
    client.type("slower")
    await client.until("reply_end", turn=1)
    client.type("hi")
    await client.until("reply_end", turn=2)

    assert {style.wishes["pace"] for _, style in stage.voice.said} == {0.8}
    loudest = max(audioop.max(pcm, 2) for _, _, pcm in client.audio)
    assert loudest == pytest.approx(LOUDNESS / 2, rel=0.05)


async def test_a_reply_is_one_utterance(stage: Stage) -> None:
    """Also of several messages; each clause comes with its words' times, before its end."""
    stage.dialogue.answers = [[Said("Let me see."), Said("It's ten. In Oslo, too.")]]
    client = Client(stage.open()).connect()
    client.type("hi")
    await client.until("reply_end")

    clauses = [message["clause"] for message in client.of("reply")]
    assert [message["clause"] for message in client.of("words")] == clauses
    assert [" ".join(word["word"] for word in message["words"]) for message in client.of("words")] == [
        message["text"] for message in client.of("reply")
    ]
    kinds = [message["type"] for message in client.messages if message["type"] in ("words", "clause_end")]
    assert kinds == ["words", "clause_end"] * len(clauses)
    assert {style.proof for _, style in stage.voice.said} == {"speaking-to-p_1"}


async def test_a_change_of_pace_holds_from_its_message_on(stage: Stage) -> None:
    stage.dialogue.answers = [[Said("As before."), Said("And slower.", {"pace": 0.8})]]
    client = Client(stage.open()).connect()
    client.type("hi")
    await client.until("reply_end")

    assert [(text, dict(style.wishes)) for text, style in stage.voice.said] == [
        ("As before.", {}),
        ("And slower.", {"pace": 0.8}),
    ]


async def test_the_voice_leans_as_the_persona_has_it_until_something_else_is_asked_for(stage: Stage) -> None:
    """By the style, and by the night, which a persona can have all day; but only where somebody's clocks are known."""
    voices = {"warm": {"warmth": 0.3}, "night": {"pace": 0.9, "volume": 0.5}}
    nightly = Persona(voices=voices, night=(time.min, time.max))
    stage.dialogue.answers = [[Said("Good evening.")], [Said("Louder then.", volume=2.0)]]
    hello = replace(HELLO, timezone="Europe/Oslo")
    client = Client(stage.open(hello, known=replace(NOTHING_KNOWN, style="warm"), persona=nightly)).connect()
    client.type("hi")
    await client.until("reply_end", turn=1)
    soft = max(audioop.max(pcm, 2) for _, _, pcm in client.audio)
    client.type("louder")
    await client.until("reply_end", turn=2)
    loud = max(audioop.max(pcm, 2) for _, _, pcm in client.audio)

    assert [dict(style.leaning) for _, style in stage.voice.said] == [{"warmth": 0.3, "pace": 0.9}] * 2
    assert (soft, loud) == (pytest.approx(LOUDNESS / 2, rel=0.05), pytest.approx(LOUDNESS, rel=0.05))

    unknown = Client(stage.open(replace(HELLO, timezone=None), persona=nightly)).connect()
    unknown.type("hi")
    await unknown.until("reply_end", turn=1)
    assert stage.voice.said[-1][1].leaning == {}


async def test_a_style_that_is_wished_for_is_the_voice_s_at_once(stage: Stage) -> None:
    persona = Persona(voices={"warm": {"warmth": 0.3}, "concise": {"pace": 1.1}})
    stage.dialogue.answers = [[Said("Gladly.", style="warm")], [Said("As before.")], [Said("As usual.", style="usual")]]
    client = Client(stage.open(known=replace(NOTHING_KNOWN, style="concise"), persona=persona)).connect()
    for turn in (1, 2, 3):
        client.type("hi")
        await client.until("reply_end", turn=turn)

    assert [dict(style.leaning) for _, style in stage.voice.said] == [{"warmth": 0.3}, {"warmth": 0.3}, {}]


async def test_a_wish_for_none_goes_back_to_the_persons_own(stage: Stage) -> None:
    stage.dialogue.answers = [[Said("Deeper.", {"pitch": -2.0, "pace": 0.8}), Said("As you had it.", {"pitch": None})]]
    client = Client(stage.open()).connect()
    client.type("hi")
    await client.until("reply_end")

    assert [dict(style.wishes) for _, style in stage.voice.said] == [{"pitch": -2.0, "pace": 0.8}, {"pace": 0.8}]


async def test_what_can_wait_is_said_so_of_that_message_alone(stage: Stage) -> None:
    stage.dialogue.answers = [[Said("Here is one."), Said("Once upon a time.", can_wait=True)], [Said("Hello.")]]
    client = Client(stage.open()).connect()
    client.type("a story")
    await client.until("reply_end", turn=1)
    client.type("hi")
    await client.until("reply_end", turn=2)

    assert [style.can_wait for _, style in stage.voice.said] == [False, True, False]


async def test_a_voice_that_fails_midway_leaves_the_rest_as_text(stage: Stage) -> None:
    """Every clause is shown, and the next reply is spoken again."""
    stage.voice.fails_midway = 1
    stage.dialogue.answers = [[Said("First sentence here. Second sentence here."), Said("And a third.")]]
    client = Client(stage.open()).connect()
    client.type("hi")
    await client.until("reply_end", turn=1)

    assert (
        " ".join(reply["text"] for reply in client.of("reply"))
        == "First sentence here. Second sentence here. And a third."
    )
    assert len(client.of("clause_end")) == len(client.of("reply"))
    assert client.of("clause_end")[-1]["ms"] == 0
    assert [error["code"] for error in client.of("error")] == ["voice"]
    client.type("again")
    await client.until("reply_end", turn=2)
    assert client.of("clause_end")[-1]["ms"] > 0


async def test_a_stand_in_is_told_of_once_a_session(stage: Stage) -> None:
    """At the end of the reply in which it first spoke."""
    stage.voice.stands_in = True
    stage.dialogue.answers = [[Said("Good morning.")], [Said("It's ten.")]]
    client = Client(stage.open()).connect()
    for turn in (1, 2):
        client.type("hi")
        await client.until("reply_end", turn=turn)

    assert [text for text, _ in stage.voice.said] == ["Good morning.", "as utter_voice_changed has it", "It's ten."]
    assert [message["stand_in"] for message in client.of("voice")] == [True]


async def test_who_comes_back_goes_on_where_they_were(stage: Stage) -> None:
    session = stage.open()
    client = Client(session).connect()
    stage.dialogue.answers = [[Said("First sentence here. Second sentence here.")]]
    client.type("hi")
    await client.until("reply_end")
    first, second = client.of("clause_end")
    client.inbox.put_nowait(Played(first["clause"], first["ms"], done=True))
    client.inbox.put_nowait(None)
    await client.task

    again = Client(session).connect(resumed=True)
    await again.until("reply_end")

    assert again.messages[0]["resumed"] is True
    assert [reply["clause"] for reply in again.of("reply")] == [second["clause"]]
    assert {clause for clause, _, _ in again.audio} == {second["clause"]}
    assert not session.over


async def test_who_does_not_come_back_is_forgotten(stage: Stage) -> None:
    session = stage.open(limits=SessionLimits(linger_s=0))
    client = Client(session).connect()
    client.inbox.put_nowait(None)
    await client.task
    await asyncio.sleep(0.01)

    assert session.over


@pytest.mark.parametrize("steps", range(8))
async def test_who_is_gone_is_forgotten_also_where_the_server_cancels_while_that_is_seen_to(
    stage: Stage, steps: int
) -> None:
    """The caller's end is read, and Sanic cancels the socket's task a moment later, as when a page is closed."""
    session = stage.open(limits=SessionLimits(linger_s=0))
    client = Client(session).connect()
    await client.until("session")
    client.inbox.put_nowait(None)
    for _ in range(steps):
        await asyncio.sleep(0)
    client.task.cancel()
    await asyncio.wait([client.task])
    await asyncio.sleep(0.01)

    assert session.over


async def test_a_second_socket_replaces_the_first(stage: Stage) -> None:
    session = stage.open()
    first = Client(session).connect()
    await first.until("session")
    second = Client(session).connect(resumed=True)
    await second.until("session")

    with pytest.raises(WireError, match="replaced"):
        await first.task
    second.type("hi")
    await second.until("reply_end")


async def test_leaving_at_any_moment_leaves_the_session_whole(stage: Stage) -> None:
    """The socket's task is cancelled, as Sanic does it, after any number of steps of the loop."""
    session = stage.open()
    for steps in range(40):
        client = Client(session).connect(resumed=True)
        client.type("hi")
        for _ in range(steps):
            await asyncio.sleep(0)
        client.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await client.task
    last = Client(session).connect(resumed=True)
    last.type("still there")
    await last.until("final", text="still there")
    while not any(text == "still there" for text, _ in stage.dialogue.asked):
        await asyncio.sleep(0.01)

    assert not session.over


async def test_end_ends(stage: Stage) -> None:
    session = stage.open()
    client = Client(session).connect()
    client.inbox.put_nowait(Control("end"))
    await client.task

    assert session.over


async def test_a_muted_microphone_is_not_heard(stage: Stage) -> None:
    stage.ear.segments = ["what time is it"]
    client = Client(stage.open()).connect()
    client.inbox.put_nowait(Control("mute"))
    client.speak(640, quiet_ms=640)
    client.type("hi")
    await client.until("reply_end")

    assert client.of("state")[-1]["muted"] is True
    assert [text for text, _ in stage.dialogue.asked] == ["hi"]


async def test_a_recording_that_just_stops_is_answered(stage: Stage) -> None:
    """Without audio the silence does not come; the turn ends all the same."""
    stage.ear.segments = ["what time is it"]
    client = Client(stage.open()).connect()
    client.speak(640)
    await client.until("reply_end")

    assert client.of("final")[0]["text"] == "what time is it"


async def test_a_turn_that_never_ends_is_answered_at_its_cap(stage: Stage) -> None:
    stage.ear.segments = ["what a long story"]
    client = Client(stage.open(limits=SessionLimits(turn_s=1))).connect()
    client.speak(1_600)
    error = await client.until("error")
    await client.until("reply_end")

    assert error["code"] == "turn_too_long"


@pytest.mark.parametrize(
    ("limits", "code"), [(SessionLimits(idle_s=0), "idle"), (SessionLimits(session_s=0), "session_over")]
)
async def test_a_session_does_not_last_for_ever(stage: Stage, limits: SessionLimits, code: str) -> None:
    client = Client(stage.open(limits=limits)).connect()

    with pytest.raises(WireError) as over:
        await asyncio.wait_for(client.task, 5)
    assert over.value.code == code


async def test_audio_faster_than_speech_is_refused(stage: Stage) -> None:
    client = Client(stage.open()).connect()
    client.speak(32_000)

    with pytest.raises(WireError) as refused:
        await asyncio.wait_for(client.task, 5)
    assert refused.value.code == "too_fast"


async def test_half_a_sample_is_refused(stage: Stage) -> None:
    client = Client(stage.open()).connect()
    client.inbox.put_nowait(Audio(b"\x00\x01\x02"))

    with pytest.raises(WireError) as refused:
        await asyncio.wait_for(client.task, 5)
    assert refused.value.code == "bad_message"


async def test_a_client_that_never_reads_is_let_go(stage: Stage) -> None:
    session = stage.open(limits=SessionLimits(unsent_bytes=2_000))
    stage.dialogue.answers = [[Said("A rather long answer that has more audio than may wait for anybody.")]]
    inbox: asyncio.Queue[Message | None] = asyncio.Queue()

    async def never_reads(message: str | bytes) -> None:
        await asyncio.Event().wait()

    inbox.put_nowait(TypedText("hi"))

    with pytest.raises(WireError) as refused:
        await asyncio.wait_for(session.serve(HELLO, inbox.get, never_reads, resumed=False), 5)
    assert refused.value.code == "slow_client"


async def test_sessions_are_counted_and_kept_apart(stage: Stage) -> None:
    with ThreadPoolExecutor(1) as threads:
        sessions = Sessions(
            SessionLimits(sessions_per_person=1, sessions=2),
            parts_of(ScriptedEar(), stage, threads),
            lambda person, session: SessionProofs("proof", "speaking proof"),
        )
        mine = await sessions.open(HELLO, "p_me")

        assert sessions.find(mine.name, "p_me") is mine
        assert sessions.find(mine.name, "p_you") is None
        with pytest.raises(WireError, match="too many"):
            await sessions.open(HELLO, "p_me")
        await sessions.open(HELLO, "p_you")
        with pytest.raises(WireError, match="busy"):
            await sessions.open(HELLO, "p_they")

        mine.end()
        await sessions.open(HELLO, "p_me")
        await sessions.close()
        assert len(sessions) == 0


async def test_what_an_action_shows_goes_to_the_page(stage: Stage) -> None:
    client = Client(stage.open()).connect()
    stage.dialogue.shown = [{"show": "export", "ticket": "t"}]

    client.type("send me my data")

    assert await client.until("show") == {"type": "show", "turn": 1, "show": "export", "ticket": "t"}


async def test_an_erased_person_is_answered_and_then_parted_from(stage: Stage) -> None:
    """What was said is forgotten at once; the answer under way is still given."""
    session = stage.open()
    client = Client(session).connect()
    stage.dialogue.gate.clear()
    client.type("delete everything about me")
    await client.until("reply")

    await session.erase()

    assert stage.dialogue.forgotten == ["s_1"]
    assert not client.task.done()
    stage.dialogue.gate.set()
    await client.until("reply_end")
    client.play_all()
    with pytest.raises(WireError) as parted:
        await asyncio.wait_for(client.task, 5)
    assert parted.value.code == "erased"
    await session.close_conversation()
    assert stage.dialogue.ended == []


async def test_an_erased_person_who_is_silent_is_parted_from_at_once(stage: Stage) -> None:
    session = stage.open()
    client = Client(session).connect()
    await client.until("state")

    await session.erase()

    with pytest.raises(WireError) as parted:
        await asyncio.wait_for(client.task, 5)
    assert parted.value.code == "erased"


async def test_the_dialogue_hears_of_a_conversation_s_end_where_there_was_one(stage: Stage) -> None:
    with ThreadPoolExecutor(1) as threads:
        sessions = Sessions(
            LIMITS,
            parts_of(ScriptedEar(), stage, threads),
            lambda person, session: SessionProofs(f"{person} in {session}", f"to {person}"),
        )
        silent, talking = await sessions.open(HELLO, "p_1"), await sessions.open(HELLO, "p_1")
        client = Client(talking).connect()
        client.type("hi")
        await client.until("reply_end")
        assert sessions.kept_of("p_1") == 2

        await sessions.close()

        assert [metadata["proof"] for metadata in stage.dialogue.ended] == [f"p_1 in {talking.name}"]
        assert {metadata["spoken_by"] for metadata in stage.dialogue.ended} == {"scripted"}
        assert stage.dialogue.forgotten == [silent.name]
        assert sessions.kept_of("p_1") == 0
        client.inbox.put_nowait(None)
        await asyncio.wait_for(client.task, 5)


async def test_what_must_be_heard_whole_is_not_interrupted(stage: Stage) -> None:
    """Speech over the question neither cuts it nor answers it."""
    client = Client(stage.open()).connect()
    stage.dialogue.answers = [[Said("May I remember what you tell me?", interruptible=False)]]
    client.type("remember that")
    await client.until("reply_end")
    stage.ear.segments = ["yes do"]

    client.speak(1_600, quiet_ms=1_600)
    client.play_all()
    await client.until("state", 2, state="listening")

    assert client.of("cut") == []
    assert client.of("playback") == []
    assert [text for text, _ in stage.dialogue.asked] == ["remember that"]


async def test_what_is_due_is_told_in_a_pause_with_a_chime_first(stage: Stage) -> None:
    """Not into a reply that is being heard, nor into what somebody is saying."""
    session = stage.open()
    client = Client(session).connect()
    stage.dialogue.answers = [[Said("It is noon.")], [Said("Your pasta timer is up.", chime=True)]]
    client.type("what time is it")
    await client.until("reply_end", turn=1)
    session.tell_due()
    assert [text for text, _ in stage.dialogue.asked] == ["what time is it"]

    client.play_all()
    await client.until("reply_end", turn=2)
    assert [text for text, _ in stage.dialogue.asked] == ["what time is it", DUE]
    assert [(each["turn"], each["text"]) for each in client.of("reply")][1:] == [
        (2, ""),
        (2, "Your pasta timer is up."),
    ]
    bell = client.of("reply")[1]["clause"]
    assert b"".join(pcm for clause, _, pcm in client.audio if clause == bell) == chime(RATE_HZ)
    assert [each["turn"] for each in client.of("final")] == [1]


async def test_what_is_due_waits_for_who_is_speaking(stage: Stage) -> None:
    session = stage.open()
    client = Client(session).connect()
    stage.ear.segments = ["what time is it"]
    client.speak(640)
    await client.until("partial")
    session.tell_due()
    client.speak(0, quiet_ms=480)
    await client.until("reply_end", turn=1)
    client.play_all()
    await client.until("reply_end", turn=2)

    assert [text for text, _ in stage.dialogue.asked] == ["what time is it", DUE]


async def test_what_is_due_is_told_after_a_noise(stage: Stage) -> None:
    session = stage.open()
    client = Client(session).connect()
    stage.ear.segments = [""]
    client.speak(160)
    client.speak(32)
    session.tell_due()
    client.speak(0, quiet_ms=800)
    await client.until("reply_end")
    assert [text for text, _ in stage.dialogue.asked] == [DUE]


async def test_a_chime_that_was_heard_is_no_word_that_was(stage: Stage) -> None:
    session = stage.open()
    client = Client(session).connect()
    stage.dialogue.answers = [[Said("Your timer is up, and the pasta is done.", chime=True)]]
    session.tell_due()
    await client.until("reply_end")
    bell = client.of("clause_end")[0]
    client.inbox.put_nowait(Played(bell["clause"], bell["ms"], done=True))

    client.type("thanks")
    cut = await client.until("cut")
    assert (cut["heard"], cut["unheard"]) == ("", "Your timer is up, and the pasta is done.")


async def test_nothing_is_due_any_more(stage: Stage) -> None:
    """It was cancelled meanwhile: nothing is said, and nobody is told of trouble."""
    session = stage.open()
    client = Client(session).connect()
    stage.dialogue.answers = [[]]
    session.tell_due()
    await client.until("state", count=2, state="listening")
    assert client.of("reply") == client.of("error") == []


async def test_what_is_due_waits_for_a_client_that_is_away(stage: Stage) -> None:
    session = stage.open()
    client = Client(session).connect()
    await client.until("session")
    client.inbox.put_nowait(None)
    await client.task
    session.tell_due()
    assert session.owes_due

    back = Client(session).connect(resumed=True)
    await back.until("reply_end")
    assert [text for text, _ in stage.dialogue.asked] == [DUE]
    assert not session.owes_due


async def test_a_session_stays_for_what_is_due(stage: Stage) -> None:
    """It does not end for idleness before that, and does so afterwards."""
    limits = replace(LIMITS, idle_s=0.05)
    client = Client(stage.open(limits=limits)).connect()
    stage.dialogue.answers = [[Said("Ten minutes, starting now.", stay_s=600)]]
    client.type("set a timer")
    await client.until("reply_end")
    client.play_all()
    await client.until("state", count=2, state="listening")
    done, _ = await asyncio.wait([client.task], timeout=0.3)
    assert not done

    other = Client(stage.open(limits=limits)).connect()
    with pytest.raises(WireError, match="nobody has said anything"):
        await other.task


async def test_the_dialogue_knows_how_long_the_session_may_last(stage: Stage) -> None:
    client = Client(stage.open()).connect()
    client.type("set a timer")
    await client.until("reply_end")
    assert 0 < stage.dialogue.asked[0][1]["session_left_s"] <= LIMITS.session_s


async def test_what_is_due_finds_the_open_sessions_or_waits_for_the_next(stage: Stage) -> None:
    """In the next one it is told once somebody said something, so that it is not said to an empty room."""
    sessions = Sessions(
        LIMITS,
        parts_of(stage.ear, stage, ThreadPoolExecutor(1)),
        lambda person, session: SessionProofs("proof", "speaking"),
    )
    assert sessions.tell_due("p_1") == 0
    client = Client(await sessions.open(HELLO, "p_1")).connect()
    await client.until("session")
    assert stage.dialogue.asked == []
    client.type("hi")
    await client.until("reply_end", turn=1)
    client.play_all()
    await client.until("reply_end", turn=2)
    assert [text for text, _ in stage.dialogue.asked] == ["hi", DUE]
    assert sessions.tell_due("p_1") == 1
    assert sessions.tell_due("p_2") == 0
    await sessions.close()


async def test_what_is_known_is_looked_up_anew_in_each_session(stage: Stage) -> None:
    sessions = Sessions(
        LIMITS,
        parts_of(stage.ear, stage, ThreadPoolExecutor(1)),
        lambda person, session: SessionProofs("proof", "speaking"),
    )
    await sessions.open(HELLO, "p_1")

    assert sessions.know("p_1", Known(("gertrude",))) == 1
    assert sessions.know("p_2", Known(("bert",))) == 0
    assert stage.ear.known == [(), ("gertrude",)]
    await sessions.close()
