"""The voice protocol's parser: what it takes, and that nothing else gets through."""

import json
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wire import (
    CLOSE_CODES,
    Audio,
    Control,
    Hello,
    Played,
    Rating,
    TypedText,
    WireError,
    decode_audio,
    encode_audio,
    encode_error,
    parse,
)
from rapport.speech.audio import AudioFormat, Encoding

PCM = AudioFormat(Encoding.PCM_S16LE, 16_000)
LIMIT = 64 * 1024
HELLO = {"type": "hello", "version": 1, "token": "t", "audio": {"encoding": "pcm_s16le", "rate_hz": 16_000}}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
)
fields = st.dictionaries(
    st.sampled_from(
        "type version token session audio playback wake timezone language speech text clause ms done action "
        "rate_hz encoding".split()
    ),
    anything | st.sampled_from(["hello", "text", "played", "control", "rate", "mulaw", "mute", "up"]),
)


def read(**message: Any) -> object:
    return parse(json.dumps(message), limit_bytes=LIMIT)


def test_hello_says_what_the_client_sends_and_wants() -> None:
    hello = read(
        **HELLO,
        playback={"encoding": "mulaw", "rate_hz": 24_000},
        session="s_1",
        wake="Hey  Jarvis",
        timezone="Europe/Oslo",
        speech=False,
        language="en-GB",
        invented="ignored",
    )

    assert hello == Hello(
        token="t",
        session="s_1",
        audio=AudioFormat(Encoding.PCM_S16LE, 16_000),
        playback=AudioFormat(Encoding.MULAW, 24_000),
        wake_phrase="hey jarvis",
        timezone="Europe/Oslo",
        speech=False,
    )


def test_hello_has_defaults() -> None:
    """Playback at the microphone's rate, as 16-bit PCM, always listening, aloud."""
    hello = read(**HELLO)

    assert isinstance(hello, Hello)
    assert (hello.playback.rate_hz, hello.wake_phrase, hello.speech, hello.session) == (16_000, None, True, None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"version": 2}, "unsupported"),
        ({"version": None}, "bad_message"),
        ({"version": True}, "bad_message"),
        ({"token": ""}, "bad_message"),
        ({"token": None}, "bad_message"),
        ({"audio": None}, "bad_message"),
        ({"audio": {"encoding": "opus", "rate_hz": 16_000}}, "unsupported"),
        ({"audio": {"encoding": "pcm_s16le", "rate_hz": 4_000}}, "unsupported"),
        ({"playback": {"encoding": "opus", "rate_hz": 16_000}}, "unsupported"),
        ({"audio": {"encoding": "pcm_s16le", "rate_hz": float("nan")}}, "bad_message"),
        ({"playback": {"rate_hz": 96_000}}, "unsupported"),
        ({"playback": []}, "bad_message"),
        ({"language": "tlh"}, "unsupported"),
        ({"wake": "one two three four five six"}, "bad_message"),
        ({"wake": "hey [unk]"}, "bad_message"),
        ({"timezone": "Mars/Olympus"}, "bad_message"),
        ({"timezone": "../../etc/passwd"}, "bad_message"),
        ({"speech": "yes"}, "bad_message"),
    ],
)
def test_a_hello_that_cannot_work_is_refused(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(WireError) as refused:
        read(**(HELLO | changed))

    assert refused.value.code == code


def test_other_messages_are_read() -> None:
    assert read(type="text", text=" hello ") == TypedText("hello")
    assert read(type="played", clause=3, ms=120.5, done=True) == Played(3, 120, done=True)
    assert read(type="control", action="mute") == Control("mute")
    assert read(type="rate", turn=2, rating="down") == Rating(2, "down")
    assert parse(b"\x00\x01", limit_bytes=LIMIT) == Audio(b"\x00\x01")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "[1]",
        "null",
        "{",
        '{"type": "dance"}',
        '{"type": ["hello"]}',
        "{}",
        '{"type": "text", "text": "   "}',
        '{"type": "text", "text": 7}',
        json.dumps({"type": "text", "text": "x" * 1_001}),
        '{"type": "played", "clause": -1, "ms": 0}',
        '{"type": "played", "clause": 1, "ms": "0"}',
        '{"type": "control", "action": "explode"}',
        '{"type": "rate", "turn": 1, "rating": "sideways"}',
        '{"type": "rate", "rating": "up"}',
        "[" * 60_000,
        b"",
    ],
)
def test_what_is_no_message_is_refused(message: str | bytes) -> None:
    with pytest.raises(WireError) as refused:
        parse(message, limit_bytes=LIMIT)

    assert refused.value.code == "bad_message"


def test_a_message_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(WireError) as refused:
        parse(b"\x00" * (LIMIT + 1), limit_bytes=LIMIT)

    assert (refused.value.code, refused.value.close_code) == ("too_large", 1009)


@given(fields)
def test_any_json_is_read_or_refused(message: dict[str, Any]) -> None:
    """No input raises anything but WireError, and none is echoed in it."""
    secret = {**message, "token": "s3cret-" + str(message.get("token"))}
    try:
        parse(json.dumps(secret), limit_bytes=LIMIT)
    except WireError as error:
        # Being read is right too.
        assert error.code in CLOSE_CODES
        assert "s3cret" not in str(error)


@given(st.text() | st.binary())
def test_any_frame_is_read_or_refused(message: str | bytes) -> None:
    try:
        parse(message, limit_bytes=LIMIT)
    except WireError as error:
        assert error.code in CLOSE_CODES


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.binary().filter(lambda pcm: len(pcm) % 2 == 0))
def test_audio_comes_back_as_it_was_sent(clause: int, offset: int, pcm: bytes) -> None:
    assert decode_audio(encode_audio(clause, offset, pcm, PCM.encoding), PCM) == (clause, offset, pcm)


def test_mu_law_is_half_as_long_and_nearly_the_same() -> None:
    pcm = array("h", range(-20_000, 20_000, 7)).tobytes()
    message = encode_audio(3, 4, pcm, Encoding.MULAW)
    clause, offset, heard = decode_audio(message, AudioFormat(Encoding.MULAW, 8_000))

    assert (clause, offset, len(message)) == (3, 4, 8 + len(pcm) // 2)
    assert all(abs(a - b) <= 600 for a, b in zip(array("h", pcm), array("h", heard), strict=True))


@pytest.mark.parametrize("message", [b"", b"\x00" * 7, b"\x00" * 9])
def test_audio_that_is_cut_short_is_refused(message: bytes) -> None:
    with pytest.raises(WireError):
        decode_audio(message, PCM)


def test_an_error_says_whether_the_socket_closes() -> None:
    assert json.loads(encode_error("token", "expired"))["fatal"] is True
    assert json.loads(encode_error("voice", "no voice"))["fatal"] is False
