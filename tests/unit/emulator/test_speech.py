"""Text to speech over HTTP: what comes back, what it costs, and what is refused."""

import base64
import json
import threading

import pytest

from tests.unit.emulator.conftest import FLASH, VOICE, Listening

MS_BYTES = 32
"""Of a millisecond of 16 kHz PCM."""


def _code(response_json: dict) -> str:
    return response_json["detail"]["code"]


@pytest.mark.parametrize("how", ["", "/stream"])
def test_text_becomes_sound_with_its_headers(here: Listening, how: str) -> None:
    """PCM in whole samples; ids, cost and concurrency in the headers."""
    answer = here.speech("Good morning.", how=how)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/pcm"
    assert len(answer.content) > 400 * MS_BYTES
    assert len(answer.content) % 2 == 0
    assert answer.headers["character-cost"] == "7"
    assert answer.headers["current-concurrent-requests"] == "1"
    assert answer.headers["maximum-concurrent-requests"] == "10"
    for name in ("request-id", "history-item-id", "x-trace-id", "x-region"):
        assert answer.headers[name]
    assert ("content-length" in answer.headers) == (how == "")


def test_the_default_is_mp3(here: Listening) -> None:
    """Which clients that expect PCM must not play."""
    with here.client() as client:
        answer = client.post(f"/v1/text-to-speech/{VOICE}", json={"text": "Hello"})

    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.content[:2] == b"\xff\xfb"


def test_times_of_the_whole_last_as_long_as_the_sound(here: Listening) -> None:
    """In seconds, character by character."""
    text = "Good morning, everybody. How are you?"
    answer = here.speech(text, how="/with-timestamps").json()

    duration_s = len(base64.b64decode(answer["audio_base64"])) / MS_BYTES / 1_000
    times = answer["alignment"]
    assert "".join(times["characters"]) == text
    assert times["character_end_times_seconds"][-1] == pytest.approx(duration_s, abs=0.002)
    assert answer["normalized_alignment"] == times


@pytest.mark.parametrize("times_of", ["of_stream", "of_chunk"])
def test_streamed_times_come_a_json_object_a_line(here: Listening, times_of: str) -> None:
    """They count from the stream's begin, or from the chunk's, as it is switched."""
    here.switch(stream_times=times_of)
    text = "Good morning, everybody. How are you? I am fine, and I hope that you are too."

    answer = here.speech(text, how="/stream/with-timestamps")

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) > 2
    assert "".join("".join(line["alignment"]["characters"]) for line in lines) == text
    begin_s = 0.0
    for line in lines:
        duration_s = len(base64.b64decode(line["audio_base64"])) / MS_BYTES / 1_000
        starts, ends = (line["alignment"][f"character_{edge}_times_seconds"] for edge in ("start", "end"))
        assert starts[0] == pytest.approx(begin_s, abs=0.003)
        assert ends[-1] == pytest.approx(begin_s + duration_s, abs=0.003)
        if times_of == "of_stream":
            begin_s += duration_s


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({"key": "wrong"}, 401, "invalid_api_key", id="key"),
        pytest.param({"body": {"model_id": "eleven_none"}}, 400, "model_not_found", id="model"),
        pytest.param({"text": "  "}, 400, "text_empty", id="empty"),
        pytest.param({"text": "a" * 40_001}, 400, "text_too_long", id="long"),
        pytest.param(
            {"body": {"model_id": "eleven_multilingual_v2", "language_code": "en"}},
            400,
            "unsupported_language",
            id="language",
        ),
        pytest.param({"body": {"voice_settings": {"speed": 1.3}}}, 400, "invalid_voice_settings", id="speed"),
        pytest.param({"enable_logging": False}, 403, "zero_retention_not_allowed", id="zero-retention"),
        pytest.param({"body": {"previous_request_ids": ["unknown"]}}, 400, "invalid_stitching", id="stitching"),
        pytest.param(
            {"body": {"pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "none"}]}},
            404,
            "dictionary_not_found",
            id="dictionary",
        ),
    ],
)
def test_what_cannot_be_had_is_refused_with_a_code(here: Listening, change: dict, status: int, code: str) -> None:
    """And costs nothing."""
    answer = here.speech(**{"text": "Hello", **change})

    assert (answer.status_code, _code(answer.json())) == (status, code)
    assert here.state()["character_count"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"output_format": "pcm_12345"},
        {"body": {"text": None}},
        {"body": {"previous_request_ids": ["a", "b", "c", "d"]}},
        {"body": {"voice_settings": {"stability": 2}}},
        {"how": "/stream", "output_format": "wav_16000"},
    ],
)
def test_a_request_out_of_shape_gets_422(here: Listening, change: dict) -> None:
    """With places and messages, as FastAPI and the provider have it."""
    answer = here.speech(**change)

    assert answer.status_code == 422
    assert {"loc", "msg", "type"} <= answer.json()["detail"][0].keys()


@pytest.mark.parametrize("status", [400, 401, 404])
def test_an_unknown_voice_is_told_as_switched(here: Listening, status: int) -> None:
    """The provider's sources disagree on the status; the code is the same."""
    here.switch(voice_not_found_status=status)
    with here.client() as client:
        answer = client.post("/v1/text-to-speech/nobody", json={"text": "Hello"})

    assert (answer.status_code, _code(answer.json())) == (status, "voice_not_found")


def test_errors_come_in_the_older_shape_too(here: Listening) -> None:
    """Without a code, so clients must look at the status."""
    here.switch(error_shape="brief")

    detail = here.speech(key="wrong").json()["detail"]

    assert detail.keys() == {"status", "message"}
    assert detail["status"] == "invalid_api_key"


@pytest.mark.parametrize(("status", "code"), [(401, "quota_exceeded"), (402, "insufficient_credits")])
def test_a_used_up_quota_is_told_as_switched(here: Listening, status: int, code: str) -> None:
    """As 401, which looks like a wrong key, or as 402."""
    here.switch(character_limit=3, quota_status=status)

    answer = here.speech("Hello, hello")

    assert (answer.status_code, _code(answer.json())) == (status, code)


@pytest.mark.parametrize("code", ["too_many_concurrent_requests", "concurrent_limit_exceeded"])
def test_one_too_many_at_once_is_429_without_retry_after(here: Listening, code: str) -> None:
    """It is for the client to queue; the place is free again when the first is done."""
    here.switch(concurrency=1, concurrency_code=code)
    here.voice.first_chunk_after_s = 0.5
    first = threading.Thread(target=here.speech)
    first.start()
    while here.state()["speaking"] == 0:
        pass

    answer = here.speech()
    first.join()

    assert (answer.status_code, _code(answer.json())) == (429, code)
    assert "retry-after" not in answer.headers
    assert here.speech().status_code == 200
    assert here.state()["most_speaking"] == 1


def test_a_client_that_leaves_frees_its_place(here: Listening) -> None:
    """The voice is not kept busy for nobody."""
    here.voice.first_chunk_after_s = 30
    with here.client() as client, pytest.raises(Exception, match="timed out"):
        client.post(f"/v1/text-to-speech/{VOICE}/stream", json={"text": "Hello"}, timeout=0.3)

    while here.state()["speaking"]:
        pass
    assert here.voice.given_up == 1


def test_a_voice_that_fails_is_a_server_error(here: Listening) -> None:
    """Before the first byte, told in the provider's shape."""
    here.voice.fails_before = 1

    assert here.speech(how="/stream").status_code == 500
    assert here.state()["speaking"] == 0


def test_speech_can_be_stitched_to_what_was_read(here: Listening) -> None:
    """Of the same model, and not for ever."""
    before = here.speech().headers["request-id"]
    stitched = {"body": {"previous_request_ids": [before]}}

    assert here.speech(**stitched).status_code == 200
    assert here.speech(body={**stitched["body"], "model_id": "eleven_turbo_v2_5"}).status_code == 400
    assert here.speech(body={**stitched["body"], "model_id": "eleven_v3"}).status_code == 400
    here.switch(clock_ahead_s=7_201)
    assert here.speech(**stitched).status_code == 400


def test_zero_retention_leaves_no_trace(here: Listening) -> None:
    """No history entry, and nothing to stitch to."""
    here.switch(zero_retention=True)
    answer = here.speech(enable_logging=False)

    assert answer.status_code == 200
    assert "history-item-id" not in answer.headers
    with here.client() as client:
        assert client.get("/v1/history").json()["history"] == []


def test_requests_are_listed_for_tests_without_their_texts(here: Listening) -> None:
    """Who paid, how much, and what it was stitched to."""
    here.speech("A secret sentence.", body={"previous_text": "Before."})
    with here.client() as client:
        [request] = client.get("/_emulator/requests").json()

    assert request["characters"] == 18
    assert request["cost"] == 9
    assert request["model"] == FLASH
    assert request["has_previous_text"] is True
    assert "secret" not in json.dumps(request)
