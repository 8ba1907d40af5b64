"""The voice protocol's messages as values, and their parser: `docs/protocol.md` in code.

No I/O: frames in, values out, and values in, frames out. Sessions and sockets live elsewhere.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, Union
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.errors import BadAudio, RapportError
from rapport.speech.audio import AudioFormat, Encoding, decode
from rapport.speech.audio import encode as encode_sound

VERSION = 1
LANGUAGES = ("en",)
MAX_TEXT_CHARACTERS = 1_000
MAX_WAKE_WORDS = 5
AUDIO_HEADER = struct.Struct("<II")
"""Clause number and offset of the first sample, before each stretch of PCM that is sent."""

Action = Literal["mute", "unmute", "stop", "listen", "end"]
ACTIONS: tuple[Action, ...] = ("mute", "unmute", "stop", "listen", "end")
Thumb = Literal["up", "down"]
THUMBS: tuple[Thumb, ...] = ("up", "down")

CLOSE_CODES = {
    "bad_message": 1008,
    "unsupported": 1008,
    "token": 1008,
    "too_large": 1009,
    "too_many_sessions": 1013,
    "starting": 1013,
    "replaced": 1000,
    "idle": 1000,
    "session_over": 1000,
    "erased": 1000,
    "slow_client": 1008,
    "too_fast": 1008,
}
"""WebSocket close code of each error that ends a session; the others are told and survived."""


class WireError(RapportError):
    """A client broke the protocol, or may not go on.

    Attributes:
        code: The error's name in `docs/protocol.md`.
        public: What the client is told; holds nothing of what it sent.
    """

    def __init__(self, code: str, public: str) -> None:
        self.code = code
        self.public = public
        super().__init__(f"{code}: {public}")

    @property
    def close_code(self) -> int:
        """WebSocket close code for the socket on which this happened."""
        return CLOSE_CODES[self.code]


@dataclass(frozen=True)
class Hello:
    """The first message of a socket.

    Attributes:
        token: Session token.
        session: Session to go on with, if any.
        audio: What the client sends.
        playback: What it plays.
        wake_phrase: Phrase that wakes the assistant; None where it always listens.
        timezone: IANA name of the person's time zone, where known.
        speech: Whether replies are spoken.
    """

    token: str
    session: str | None
    audio: AudioFormat
    playback: AudioFormat
    wake_phrase: str | None
    timezone: str | None
    speech: bool


@dataclass(frozen=True)
class TypedText:
    """A turn typed instead of said."""

    text: str


@dataclass(frozen=True)
class Played:
    """How much of a clause's audio the person has heard, in milliseconds, and whether that is all of it."""

    clause: int
    ms: int
    done: bool


@dataclass(frozen=True)
class Control:
    """A button, not a word."""

    action: Action


@dataclass(frozen=True)
class Rating:
    """A thumb on a turn's answer: up or down."""

    turn: int
    rating: Thumb


@dataclass(frozen=True)
class Audio:
    """Encoded audio as the client's format says."""

    frame: bytes


Message = Union[Hello, TypedText, Played, Control, Rating, Audio]


def parse(message: str | bytes, *, limit_bytes: int) -> Message:
    """Read one WebSocket message.

    Raises:
        WireError: It is too large, or no message of the protocol.
    """
    if len(message) > limit_bytes:
        raise WireError("too_large", f"a message may hold at most {limit_bytes} bytes")
    if isinstance(message, (bytes, bytearray)):
        if not message:
            raise WireError("bad_message", "an audio message is empty")
        return Audio(bytes(message))
    try:
        fields = json.loads(message)
    except (ValueError, RecursionError):
        raise WireError("bad_message", "a text message must be a JSON object") from None
    if not isinstance(fields, dict):
        raise WireError("bad_message", "a text message must be a JSON object")
    reader = _READERS.get(fields["type"]) if isinstance(fields.get("type"), str) else None
    if reader is None:
        raise WireError("bad_message", f"type must be one of: {', '.join(_READERS)}")
    return reader(_Fields(fields))


def encode(kind: str, **fields: Any) -> str:
    """Write one message to the client as JSON."""
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))


def encode_error(code: str, message: str) -> str:
    """Write an error; whether it is fatal follows from its code."""
    return encode("error", code=code, message=message, fatal=code in CLOSE_CODES)


def encode_audio(clause: int, offset_samples: int, pcm: bytes, encoding: Encoding) -> bytes:
    """Write a stretch of a clause's speech, 16-bit PCM, in an encoding."""
    return AUDIO_HEADER.pack(clause, offset_samples) + encode_sound(pcm, encoding)


def decode_audio(message: bytes, playback: AudioFormat) -> tuple[int, int, bytes]:
    """Read what `encode_audio` wrote: clause, offset of the first sample, 16-bit PCM.

    Raises:
        WireError: The message is shorter than its header, or holds half a sample.
    """
    try:
        clause, offset = AUDIO_HEADER.unpack_from(message)
        return clause, offset, decode(message[AUDIO_HEADER.size :], playback)
    except (struct.error, BadAudio):
        raise WireError("bad_message", "audio from the server is cut short") from None


Word = TypeVar("Word", bound=str)


class _Fields:
    """A message's fields, each read with its type checked."""

    def __init__(self, fields: Mapping[str, Any], path: str = "") -> None:
        self._fields = fields
        self._path = path

    def text(self, name: str, *, most: int) -> str:
        value = self._fields.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise self._wrong(name, f"a string of 1 to {most} characters")
        return value.strip()

    def optional_text(self, name: str, *, most: int) -> str | None:
        return None if self._fields.get(name) is None else self.text(name, most=most)

    def number(self, name: str, *, most: int) -> int:
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
            raise self._wrong(name, f"a number from 0 to {most}")
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._fields.get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def one_of(self, name: str, known: Sequence[Word]) -> Word:
        value = self._fields.get(name)
        for each in known:
            if each == value:
                return each
        raise self._wrong(name, f"one of: {', '.join(known)}")

    def inner(self, name: str) -> _Fields | None:
        value = self._fields.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return _Fields(value, f"{self._path}{name}.")

    def _wrong(self, name: str, wanted: str) -> WireError:
        return WireError("bad_message", f"{self._path}{name} must be {wanted}")


def _hello(fields: _Fields) -> Hello:
    if fields.number("version", most=1_000) != VERSION:
        raise WireError("unsupported", f"this server speaks version {VERSION} of the protocol")
    language = fields.optional_text("language", most=16) or LANGUAGES[0]
    if language.partition("-")[0].lower() not in LANGUAGES:
        raise WireError("unsupported", f"languages spoken here: {', '.join(LANGUAGES)}")
    audio = fields.inner("audio")
    if audio is None:
        raise WireError("bad_message", "audio must be an object")
    audio_format = _audio_format(audio.text("encoding", most=16), audio.number("rate_hz", most=1_000_000))
    playback = fields.inner("playback")
    playback_hz = audio_format.rate_hz if playback is None else playback.number("rate_hz", most=1_000_000)
    encoding = playback.optional_text("encoding", most=16) if playback is not None else None
    return Hello(
        token=fields.text("token", most=4_096),
        session=fields.optional_text("session", most=64),
        audio=audio_format,
        playback=_audio_format(encoding or Encoding.PCM_S16LE.value, playback_hz),
        wake_phrase=_wake_phrase(fields.optional_text("wake", most=64)),
        timezone=_timezone(fields.optional_text("timezone", most=64)),
        speech=fields.flag("speech", default=True),
    )


def _audio_format(encoding: str, rate_hz: int) -> AudioFormat:
    try:
        return AudioFormat(Encoding(encoding), rate_hz)
    except (ValueError, BadAudio):
        known = " or ".join(each.value for each in Encoding)
        raise WireError("unsupported", f"audio must be {known} at 8000 to 48000 Hz") from None


def _wake_phrase(phrase: str | None) -> str | None:
    words = (phrase or "off").lower().split()
    if words == ["off"]:
        return None
    if len(words) > MAX_WAKE_WORDS or not all(word.replace("'", "").isalpha() for word in words):
        raise WireError("bad_message", f"wake must be off, or one to {MAX_WAKE_WORDS} words of letters")
    return " ".join(words)


def _timezone(name: str | None) -> str | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WireError("bad_message", "timezone must be an IANA name such as Europe/Oslo") from None


def _played(fields: _Fields) -> Played:
    clause = fields.number("clause", most=2**32 - 1)
    return Played(clause, fields.number("ms", most=3_600_000), fields.flag("done", default=False))


def _control(fields: _Fields) -> Control:
    return Control(fields.one_of("action", ACTIONS))


def _rating(fields: _Fields) -> Rating:
    return Rating(fields.number("turn", most=2**32 - 1), fields.one_of("rating", THUMBS))


_READERS: dict[str, Callable[[_Fields], Message]] = {
    "hello": _hello,
    "text": lambda fields: TypedText(fields.text("text", most=MAX_TEXT_CHARACTERS)),
    "played": _played,
    "control": _control,
    "rate": _rating,
}
