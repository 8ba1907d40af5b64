"""The provider's socket, without one."""

import base64
import json
from typing import Any

import pytest

from voice_server.breaker import Kind, RungFailed
from voice_server.elevenlabs_protocol import CONTEXTS, Audio, Contexts, Ended


def _frame(context: str, pcm: bytes = b"", **fields: Any) -> str:
    return json.dumps({"audio": base64.b64encode(pcm).decode(), "contextId": context, **fields})


def test_a_context_from_its_opening_to_its_end() -> None:
    """Messages carry the context's name; sound and the end come back under it."""
    contexts = Contexts()
    name, opening = contexts.begin({"speed": 0.9})

    assert json.loads(opening) == {"context_id": name, "text": " ", "voice_settings": {"speed": 0.9}}
    assert json.loads(contexts.say(name, "Hello. ")) == {"context_id": name, "text": "Hello. "}
    assert contexts.receive(_frame(name, b"ab", isFinal=None)) == [Audio(name, b"ab", None)]
    assert json.loads(contexts.close(name) or "") == {"context_id": name, "close_context": True}
    assert contexts.receive(_frame(name, isFinal=True)) == [Ended(name)]
    assert contexts.close(name) is None


@pytest.mark.parametrize("durations", ["charDurationsMs", "charsDurationsMs"])
def test_both_spellings_are_understood(durations: str) -> None:
    """The provider's own sources disagree."""
    contexts = Contexts()
    name, _ = contexts.begin({"speed": 1.0})
    alignment = {"chars": ["H", "i"], "charStartTimesMs": [0, 5], durations: [5, 5]}

    (audio,) = contexts.receive(json.dumps({"audio": "YWI=", "context_id": name, "alignment": alignment}))

    assert isinstance(audio, Audio)
    assert audio.alignment is not None
    assert audio.alignment.durations_ms == [5, 5]
    assert contexts.receive(json.dumps({"context_id": name, "is_final": True})) == [Ended(name)]


def test_a_late_end_ends_nobody_else() -> None:
    """What comes for a context that was left is dropped, and its place is free once it has ended."""
    contexts = Contexts()
    left, _ = contexts.begin({"speed": 1.0})
    contexts.leave(left)
    others = [contexts.begin({"speed": 1.0})[0] for _ in range(CONTEXTS - 1)]

    assert not contexts.free
    assert contexts.receive(_frame(left, b"ab")) == []
    assert contexts.receive(_frame(left, isFinal=True)) == []
    assert contexts.free
    assert contexts.receive(_frame(others[0], b"ab")) == [Audio(others[0], b"ab", None)]


def test_samples_that_are_split_are_joined() -> None:
    """Each context keeps its own half sample."""
    contexts = Contexts()
    first, _ = contexts.begin({"speed": 1.0})
    second, _ = contexts.begin({"speed": 1.0})

    assert contexts.receive(_frame(first, b"abc")) == [Audio(first, b"ab", None)]
    assert contexts.receive(_frame(second, b"x")) == []
    assert contexts.receive(_frame(first, b"d")) == [Audio(first, b"cd", None)]


@pytest.mark.parametrize("frame", ['{"audio": "', "[]", b"\xff", '{"contextId": "u1", "audio": "?"}'])
def test_frames_out_of_shape_end_the_connection(frame: str | bytes) -> None:
    """They are no sound, and are not quoted."""
    contexts = Contexts()
    contexts.begin({"speed": 1.0})

    with pytest.raises(RungFailed) as raised:
        contexts.receive(frame)

    assert raised.value.kind is Kind.SERVER


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_api_key", Kind.AUTH),
        ("quota_exceeded", Kind.QUOTA),
        ("max_active_conversations", Kind.CONCURRENCY),
        ("voice_not_found", Kind.VOICE),
        ("a secret", Kind.SERVER),
    ],
)
def test_errors_are_sorted_and_not_quoted(code: str, kind: Kind) -> None:
    """Only codes that are known are told."""
    with pytest.raises(RungFailed) as raised:
        Contexts().receive(json.dumps({"message": "a secret", "error": code, "code": 1008}))

    assert raised.value.kind is kind
    assert "secret" not in str(raised.value)


def test_contexts_are_kept_alive() -> None:
    """Each by an empty text; without one, the connection."""
    contexts = Contexts()
    assert len(contexts.keep_alive()) == 1
    names = [contexts.begin({"speed": 1.0})[0] for _ in range(2)]
    assert [json.loads(message) for message in contexts.keep_alive()] == [
        {"context_id": name, "text": ""} for name in names
    ]
