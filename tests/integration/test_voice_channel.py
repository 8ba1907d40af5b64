"""Spoken and typed conversations with the running stack: real Rasa, Vosk, Piper and sockets, nothing stood in.

`stack` and `spoken` are in tests/conftest.py; what is said to the server is spoken by the local voice.
"""

import asyncio
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import websockets

from channels.client import ClientError, VoiceClient, fetch_token
from channels.wire import encode
from ops.stack import Stack
from rapport.settings import SessionLimits
from rapport.speech.audio import HEARING_RATE_HZ, BadAudio, Encoding, Resampler, read_wav
from rapport.speech.recognizer import RecognizerModel
from tests.integration.speaking import LEAD, ask, heard_in, share_of, typed

Spoken = Callable[[str], bytes]


async def test_a_spoken_question_gets_a_spoken_answer(stack: Stack, spoken: Spoken, vosk: RecognizerModel) -> None:
    async with VoiceClient.connect(stack.page, playback_hz=24_000) as client:
        transcript, reply = await ask(client, spoken("what is two plus two"))

        assert "two plus two" in transcript
        assert "four" in reply.lower()
        # Out of context "four" and "for" sound alike.
        assert re.search(r"\b(four|for)\b", heard_in(client, vosk))
        kinds = [each.fields["type"] for each in client.received]
        assert kinds.index("partial") < kinds.index("final") < kinds.index("reply") < kinds.index("reply_end")
        metrics = next(each.fields for each in client.received if each.fields["type"] == "metrics")
        assert 0 < metrics["final_ms"] < metrics["first_audio_ms"]


async def test_the_answer_aloud_is_the_answer_in_text(stack: Stack, spoken: Spoken, vosk: RecognizerModel) -> None:
    async with VoiceClient.connect(stack.page) as client:
        _, reply = await ask(client, spoken("who are you"))

        assert share_of(reply, heard_in(client, vosk)) > 0.7


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
async def test_audio_of_other_rates_is_understood(stack: Stack, spoken: Spoken, rate_hz: int) -> None:
    resampler = Resampler(HEARING_RATE_HZ, rate_hz)
    sound = resampler.feed(spoken("what time is it")) + resampler.flush()

    async with VoiceClient.connect(stack.page, rate_hz=rate_hz, playback_hz=rate_hz) as client:
        transcript, reply = await ask(client, sound)

    assert "time" in transcript
    assert reply


async def test_a_telephone_line_is_understood(stack: Stack, spoken: Spoken, vosk: RecognizerModel) -> None:
    """8 kHz and µ-law, in and out; what comes out is understood too."""
    import audioop

    resampler = Resampler(HEARING_RATE_HZ, 8_000)
    pcm = resampler.feed(spoken("what can you do")) + resampler.flush() + bytes(16_000)
    audio = {"encoding": "mulaw", "rate_hz": 8_000}

    async with VoiceClient.connect(
        stack.page, audio=audio, playback_hz=8_000, playback_encoding=Encoding.MULAW, streaming=False
    ) as client:
        sound = audioop.lin2ulaw(pcm, 2)
        for start in range(0, len(sound), 160):
            await client.socket.send(sound[start : start + 160])
            await asyncio.sleep(0.02)
        reply = await client.reply()
        final = await client.until("final")
        await client.playback.idle()

    assert "can you do" in final["text"]
    assert share_of(reply, heard_in(client, vosk)) >= 0.5


async def test_speaking_over_a_reply_cuts_it(stack: Stack, spoken: Spoken) -> None:
    async with VoiceClient.connect(stack.page) as client:
        await client.send("text", text="what can you do")
        await client.until("reply")
        while not client.playback.sounded:
            await asyncio.sleep(0.02)
        seen = len(client.received)
        transcript, reply = await ask(client, spoken("what day is it today"))

        actions = [each.fields["action"] for each in client.received[seen:] if each.fields["type"] == "playback"]
        assert actions == ["hold", "stop"]
        assert (await client.until("cut"))["unheard"]
        assert "day" in transcript
        assert "day" in reply.lower()


async def test_what_was_cut_off_can_be_heard_after_all(stack: Stack) -> None:
    """The tracker knows what was not heard, so "go on" goes on."""
    async with VoiceClient.connect(stack.page) as client:
        await client.send("text", text="what can you do")
        await client.until("clause_end")
        await client.send("control", action="stop")
        cut = await client.until("cut")
        reply = await typed(client, "go on")

    assert share_of(cut["unheard"], reply) > 0.8


async def test_a_noise_does_not_cut_a_reply(stack: Stack) -> None:
    """A burst as long as a cough holds the reply at most, and it goes on to its end."""
    noise = b"".join(((i * 7919 % 16_001) - 8_000).to_bytes(2, "little", signed=True) for i in range(4_800))
    async with VoiceClient.connect(stack.page) as client:
        await client.send("text", text="who are you")
        await client.until("reply")
        client.say(noise)
        await client.reply()

        assert not [each for each in client.received if each.fields["type"] == "cut"]


async def test_it_sleeps_until_its_name_is_said(stack: Stack, spoken: Spoken) -> None:
    async with VoiceClient.connect(stack.page, wake="hey jarvis") as client:
        await client.until("state", state="asleep")
        await client.say(spoken("what time is it")).ended
        await asyncio.sleep(1)
        assert not [each for each in client.received if each.fields["type"] in ("partial", "final", "reply")]

        client.say(LEAD + spoken("hey jarvis"))
        await client.until("state", state="listening")
        transcript, reply = await ask(client, spoken("what time is it"))

    assert "time" in transcript
    assert reply


async def test_any_phrase_can_wake_it(stack: Stack, spoken: Spoken) -> None:
    async with VoiceClient.connect(stack.page, wake="good morning computer") as client:
        await client.until("state", state="asleep")
        client.say(LEAD + spoken("good morning computer"))
        await client.until("state", state="listening")


async def test_a_phrase_that_cannot_be_heard_is_refused(stack: Stack) -> None:
    with pytest.raises(ClientError, match="xqzzt"):
        async with VoiceClient.connect(stack.page, wake="hey xqzzt"):
            pass


async def test_text_and_rest_give_the_same_conversation(stack: Stack) -> None:
    """Typed words, and Rasa's own REST channel, are answered from the same domain."""
    async with VoiceClient.connect(stack.page, speech=False) as client:
        told = await typed(client, "what is twelve percent of eighty")

    request = urllib.request.Request(
        f"{stack.url}/webhooks/rest/webhook",
        json.dumps({"sender": "t", "message": "what is twelve percent of eighty"}).encode(),
        {"Content-Type": "application/json"},
    )
    answer = await asyncio.to_thread(lambda: json.load(urllib.request.urlopen(request, timeout=20)))

    assert "nine point six" in told.lower() or "9.6" in told
    assert any(said in answer[0]["text"].lower() for said in ("nine point six", "9.6"))


async def test_who_loses_the_network_goes_on_where_they_were(stack: Stack) -> None:
    token = await asyncio.to_thread(fetch_token, stack.page)
    async with VoiceClient.connect(stack.page, token=token) as client:
        await client.send("text", text="what can you do")
        await client.until("clause_end")

    async with VoiceClient.connect(stack.page, token=token, session=client.session) as again:
        assert (await again.until("session"))["resumed"] is True
        await again.until("reply_end")
        await again.playback.idle()
        assert again.playback.sounded
        assert await typed(again, "repeat that")


async def test_nobody_else_goes_on_with_a_session(stack: Stack) -> None:
    async with VoiceClient.connect(stack.page) as mine:
        async with VoiceClient.connect(stack.page, session=mine.session) as yours:
            opened = await yours.until("session")
            assert opened["resumed"] is False
            assert opened["session"] != mine.session
            assert (await yours.until("error"))["code"] == "no_such_session"


async def test_several_people_talk_at_once(stack: Stack, spoken: Spoken) -> None:
    # Far from each other in sound: it is the answers that must not get mixed up, not the recogniser that is tried here.
    questions = {"who are you": "rapport", "what day is it today": "day", "what is two plus two": "four"}

    async def talk(question: str) -> str:
        async with VoiceClient.connect(stack.page) as client:
            return (await ask(client, spoken(question)))[1]

    replies = await asyncio.gather(*(talk(question) for question in questions))

    for reply, answer in zip(replies, questions.values(), strict=True):
        assert answer in reply.lower()


async def refusal(stack: Stack, *messages: str | bytes, hello: bool = True) -> tuple[str, int]:
    """Send messages as they are; give the error's code and the close code."""
    token = await asyncio.to_thread(fetch_token, stack.page)
    url = "ws" + stack.page.removeprefix("http").rstrip("/") + "/stream"
    async with websockets.connect(url, max_size=None) as socket:  # type: ignore[attr-defined]
        if hello:
            audio = {"encoding": "pcm_s16le", "rate_hz": 16_000}
            await socket.send(encode("hello", version=1, token=token, audio=audio))
        code = ""
        try:
            for message in messages:
                await socket.send(message)
            while True:
                received = await asyncio.wait_for(socket.recv(), 10)
                if isinstance(received, str) and json.loads(received)["type"] == "error":
                    code = json.loads(received)["code"]
        except websockets.exceptions.ConnectionClosed:
            return code, socket.close_code


@pytest.mark.parametrize(
    ("messages", "hello", "code", "close"),
    [
        pytest.param([b"\x00\x00"], False, "bad_message", 1008, id="audio-before-hello"),
        pytest.param(["what?"], False, "bad_message", 1008, id="no-json"),
        pytest.param([encode("hello", version=1, token="x", audio={"encoding": "pcm_s16le", "rate_hz": 16_000})],
                     False, "token", 1008, id="forged-token"),
        pytest.param([encode("hello", version=9, token="x")], False, "unsupported", 1008, id="future-version"),
        pytest.param([b"\x00\x00\x00"], True, "bad_message", 1008, id="half-a-sample"),
        pytest.param(["audio goes here"], True, "bad_message", 1008, id="text-where-audio-was-promised"),
        pytest.param([bytes(70_000)], True, "too_large", 1009, id="oversize"),
        pytest.param([bytes(64_000)] * 12, True, "too_fast", 1008, id="a-flood"),
        pytest.param([encode("control", action="end")], True, "", 1000, id="goodbye"),
    ],
)  # fmt: skip
async def test_bad_input_gets_a_clear_error_and_the_next_session_works(
    stack: Stack, messages: list[str | bytes], hello: bool, code: str, close: int
) -> None:
    assert await refusal(stack, *messages, hello=hello) == (code, close)

    async with VoiceClient.connect(stack.page, speech=False) as client:
        assert await typed(client, "hello")


async def test_a_huge_message_closes_the_socket_only(stack: Stack) -> None:
    """Over the server's own limit there is no parsing, and no harm."""
    _, close = await refusal(stack, bytes(2**21))

    assert close in (1009, 1006)


async def test_odd_sound_files_harm_nothing(stack: Stack, eval_data: Path) -> None:
    """Each is refused by the reader, or streamed and survived; raw bytes of it too."""
    for path in sorted((eval_data / "malformed").glob("*.wav")):
        async with VoiceClient.connect(stack.page) as client:
            try:
                sound = read_wav(path)
            except BadAudio:
                sound = None
            raw = path.read_bytes()[: 32_000 * 2]
            await client.say(sound.samples[:64_000] if sound else raw[: len(raw) // 2 * 2]).ended
            assert await typed(client, "hello")


async def test_a_client_that_never_reads_does_not_hold_up_others(stack: Stack) -> None:
    token = await asyncio.to_thread(fetch_token, stack.page)
    url = "ws" + stack.page.removeprefix("http").rstrip("/") + "/stream"
    async with websockets.connect(url, max_queue=1, read_limit=2**10) as deaf:  # type: ignore[attr-defined]
        audio = {"encoding": "pcm_s16le", "rate_hz": 16_000}
        await deaf.send(encode("hello", version=1, token=token, audio=audio, playback={"rate_hz": 48_000}))
        for _ in range(5):
            await deaf.send(encode("text", text="what can you do"))
        async with VoiceClient.connect(stack.page) as client:
            assert await typed(client, "hello")


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, {}, error.read()


def test_the_page_is_served_with_a_strict_policy(stack: Stack) -> None:
    status, headers, body = get(stack.page)

    assert status == 200
    assert b"<html" in body
    assert "default-src 'none'" in headers["content-security-policy"]
    assert f"connect-src 'self' ws: wss: {stack.people};" in headers["content-security-policy"]
    assert get(stack.page + "static/index.html")[0] == 200
    assert get(stack.page + "static/../channels/voice.py")[0] == 404
    assert get(stack.page + "static/%2e%2e/pyproject.toml")[0] in (400, 403, 404)


def test_another_sites_page_gets_no_token(stack: Stack) -> None:
    request = urllib.request.Request(stack.page + "session", b"{}", {"Origin": "https://evil.example"}, method="POST")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 403


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"token": 7}', b'"x"'])
def test_a_token_request_that_is_none_is_refused(stack: Stack, body: bytes) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(stack.page + "session", body, method="POST"), timeout=10)
    assert refused.value.code == 400


async def test_recorded_speech_is_understood(stack: Stack, eval_data: Path) -> None:
    """Clips by people, not by our own voice: words come out, and an answer."""
    for path in sorted((eval_data / "speech" / "coffee_s2i").glob("*.flac"))[:3]:
        async with VoiceClient.connect(stack.page) as client:
            transcript, reply = await ask(client, read_wav(path).samples)
            assert transcript
            assert reply


async def test_sessions_whose_clients_are_gone_end(stack: Stack) -> None:
    """Of all tests so far, and of one who leaves in the middle of an answer; each is waited for half a minute."""
    async with VoiceClient.connect(stack.page) as client:
        await client.send("text", text="what can you do")
        await client.until("clause_end")

    def left() -> int:
        _, _, body = get(stack.page + "health")
        return int(json.loads(body)["sessions"])

    deadline = time.monotonic() + 3 * SessionLimits.linger_s
    while await asyncio.to_thread(left) and time.monotonic() < deadline:
        await asyncio.sleep(0.5)

    assert await asyncio.to_thread(left) == 0


async def test_what_people_say_is_not_in_the_log(stack: Stack, stack_log: Path) -> None:
    async with VoiceClient.connect(stack.page, speech=False) as client:
        await typed(client, "my doctor says i have pemphigus")

    assert "pemphigus" not in stack_log.read_text(errors="replace")
