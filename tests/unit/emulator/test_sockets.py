"""Both sockets: gathering, flushing, ends, time-outs, limits."""

import asyncio
import base64
import contextlib
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.unit.emulator.conftest import KEY, VOICE, Listening, frames_until_end

TEXT = "Good morning, everybody. How are you today? "


async def _send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


def _pcm(frames: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(frame["audio"]) for frame in frames if frame.get("audio"))


def _chars(frames: list[dict[str, Any]]) -> str:
    return "".join("".join(frame["alignment"]["chars"]) for frame in frames if frame.get("alignment"))


async def _close(socket: ClientConnection) -> tuple[int, str]:
    await asyncio.wait_for(socket.wait_closed(), 10)
    return socket.close_code or 0, socket.close_reason or ""


async def _silent(socket: ClientConnection, for_s: float = 0.3) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(socket.recv(), for_s)


class TestOneContext:
    async def test_text_goes_in_and_sound_comes_out_until_the_end(self, here: Listening) -> None:
        """The empty text ends it: the rest is spoken, a final frame follows, and the socket closes."""
        async with here.socket() as socket:
            await _send(socket, text=" ", voice_settings={"speed": 1.0})
            for word in TEXT.split():
                await _send(socket, text=f"{word} ")
            await _send(socket, text="")
            frames = await frames_until_end(socket)

            assert frames[-1] == {"isFinal": True}
            assert all(frame["isFinal"] is None for frame in frames[:-1])
            assert _chars(frames).strip() == TEXT.strip()
            assert (await _close(socket))[0] == 1000
        assert here.state() | {"sockets": 0, "contexts": 0, "speaking": 0} == here.state()

    async def test_short_text_stalls_until_it_is_flushed(self, here: Listening) -> None:
        """And no final frame comes after a flush."""
        async with here.socket() as socket:
            await _send(socket, text="Short ")
            await _silent(socket)
            await _send(socket, text="indeed. ", flush=True)
            heard_ms, times = 0.0, None
            while times is None or heard_ms < sum(times["charDurationsMs"]) - 5:
                frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
                heard_ms += len(base64.b64decode(frame["audio"])) / 32
                times = times or frame["alignment"]
            assert "".join(times["chars"]) == "Short indeed. "

            await _silent(socket)

    async def test_auto_mode_speaks_at_once(self, here: Listening) -> None:
        """Without a flush."""
        async with here.socket(auto_mode=True) as socket:
            await _send(socket, text="Short. ")
            assert json.loads(await asyncio.wait_for(socket.recv(), 10))["audio"]

    async def test_a_schedule_of_ones_own_counts(self, here: Listening) -> None:
        """Given in the first message."""
        async with here.socket() as socket:
            await _send(socket, text=" ", generation_config={"chunk_length_schedule": [50]})
            await _send(socket, text="a" * 49)
            assert json.loads(await asyncio.wait_for(socket.recv(), 10))["audio"]

    @pytest.mark.parametrize("durations_field", ["charDurationsMs", "charsDurationsMs"])
    async def test_synchronous_times_fit_each_frame(self, here: Listening, durations_field: str) -> None:
        """They count from the frame's own begin."""
        here.switch(durations_field=durations_field)
        async with here.socket(sync_alignment=True) as socket:
            await _send(socket, text=TEXT)
            await _send(socket, text="")
            frames = (await frames_until_end(socket))[:-1]

        assert len(frames) > 2
        assert _chars(frames) == TEXT
        for frame in frames:
            times = frame["alignment"]
            assert times["charStartTimesMs"][0] == 0
            assert sum(times[durations_field]) == pytest.approx(len(base64.b64decode(frame["audio"])) / 32, abs=1.5)

    async def test_other_times_come_with_the_first_frame_of_a_clause(self, here: Listening) -> None:
        """Some frames have none, and together they last as long as the sound."""
        async with here.socket() as socket:
            await _send(socket, text=TEXT)
            await _send(socket, text="")
            frames = (await frames_until_end(socket))[:-1]

        assert any(frame["alignment"] is None for frame in frames)
        lasting_ms = sum(sum(frame["alignment"]["charDurationsMs"]) for frame in frames if frame["alignment"])
        assert lasting_ms == pytest.approx(len(_pcm(frames)) / 32, abs=5)

    async def test_silence_ends_in_a_time_out(self, here: Listening) -> None:
        """An error frame, and 1008; a space keeps the socket alive until then."""
        async with here.socket(inactivity_timeout=2) as socket:
            await _send(socket, text="Hello ")
            await asyncio.sleep(1.1)
            await _send(socket, text=" ")
            await asyncio.sleep(1.1)
            await _send(socket, text=" ")
            [frame] = await frames_until_end(socket)
            assert frame["error"] == "input_timeout_exceeded"
            code, reason = await _close(socket)

        assert (frame["code"], code) == (1008, 1008)
        assert reason.startswith("Have not received a new text input")

    @pytest.mark.parametrize("name", ["xi-api-key", "xi_api_key"])
    async def test_the_key_may_come_in_the_first_message(self, here: Listening, name: str) -> None:
        """In either spelling."""
        async with here.socket(key=None) as socket:
            await _send(socket, text=TEXT, **{name: KEY})
            await _send(socket, text="")
            assert _pcm(await frames_until_end(socket))

    @pytest.mark.parametrize(
        ("opening", "message", "code"),
        [
            pytest.param({"key": "wrong"}, {"text": "Hi"}, "invalid_api_key", id="wrong-key"),
            pytest.param({"key": None}, {"text": "Hi"}, "needs_authorization", id="no-key"),
            pytest.param({"voice": "nobody"}, {"text": "Hi"}, "voice_not_found", id="voice"),
            pytest.param({"model_id": "eleven_v3"}, {"text": "Hi"}, "model_not_supported", id="model-without-sockets"),
            pytest.param({"output_format": "wav_16000"}, {"text": "Hi"}, "invalid_message", id="format"),
            pytest.param({"inactivity_timeout": 181}, {"text": "Hi"}, "invalid_message", id="time-out"),
            pytest.param({}, {"text": 7}, "invalid_message", id="no-text"),
            pytest.param({}, {"flush": True}, "invalid_message", id="text-missing"),
            pytest.param({"single_use_token": "none"}, {"text": "Hi"}, "invalid_token", id="token"),
        ],
    )
    async def test_what_cannot_be_had_ends_in_an_error_frame(
        self, here: Listening, opening: dict, message: dict, code: str
    ) -> None:
        """And close code 1008, with nothing of the text in it."""
        async with here.socket(**opening) as socket:
            with contextlib.suppress(ConnectionClosed):  # some are refused before they say a word
                await _send(socket, **message)
            [frame] = await frames_until_end(socket)
            assert (frame["error"], frame["code"]) == (code, 1008)
            assert (await _close(socket))[0] == 1008

    async def test_what_is_no_json_ends_it(self, here: Listening) -> None:
        """As any message out of shape."""
        async with here.socket() as socket:
            await socket.send("no json")
            assert (await frames_until_end(socket))[0]["error"] == "invalid_message"

    async def test_a_single_use_token_opens_one_socket(self, here: Listening) -> None:
        """The second is refused."""
        with here.client() as client:
            token = client.post("/v1/single-use-token/tts_websocket").json()["token"]
        async with here.socket(key=None, single_use_token=token) as socket:
            await _send(socket, text=TEXT)
            await _send(socket, text="")
            assert _pcm(await frames_until_end(socket))
        async with here.socket(key=None, single_use_token=token) as socket:
            assert (await frames_until_end(socket))[0]["error"] == "invalid_token"

    async def test_a_used_up_quota_ends_it_midway(self, here: Listening) -> None:
        """After what was paid for."""
        here.switch(character_limit=10)
        async with here.socket(auto_mode=True) as socket:
            await _send(socket, text="Twenty characters. ")
            await _send(socket, text="And some more. ")
            frames = await frames_until_end(socket)

        assert _pcm(frames)
        assert frames[-1]["error"] == "quota_exceeded"

    async def test_sockets_count_for_the_concurrency_while_they_speak(self, here: Listening) -> None:
        """An open one that is silent does not."""
        here.switch(concurrency=1)
        here.voice.first_chunk_after_s = 0.5
        async with here.socket(auto_mode=True) as one, here.socket(auto_mode=True) as other:
            await _send(one, text="Hello. ")
            while here.state()["speaking"] == 0:
                pass
            await _send(other, text="Hello. ")
            assert (await frames_until_end(other))[0]["error"] == "too_many_concurrent_requests"
            assert json.loads(await asyncio.wait_for(one.recv(), 10))["audio"]

    async def test_a_voice_that_fails_is_told(self, here: Listening) -> None:
        """In an error frame."""
        here.voice.fails_before = 1
        async with here.socket(auto_mode=True) as socket:
            await _send(socket, text="Hello. ")
            assert (await frames_until_end(socket))[0]["error"] == "voice_failed"

    async def test_a_client_that_leaves_stops_the_voice(self, here: Listening) -> None:
        """Nothing is left running."""
        here.voice.first_chunk_after_s = 30
        async with here.socket(auto_mode=True) as socket:
            await _send(socket, text="Hello. ")
            while here.state()["speaking"] == 0:
                pass
        while here.state()["sockets"]:
            pass
        assert here.state()["speaking"] == 0
        assert here.voice.given_up == 1

    async def test_mp3_frames_join_to_one_stream(self, here: Listening) -> None:
        """The default format works on sockets too."""
        async with here.socket(output_format="mp3_44100_128") as socket:
            await _send(socket, text=TEXT)
            await _send(socket, text="")
            assert _pcm(await frames_until_end(socket))[:2] == b"\xff\xfb"


class TestSeveralContexts:
    def _multi(self, here: Listening, **query: Any) -> Any:
        return here.socket("multi-stream-input", **query)

    async def test_contexts_speak_beside_each_other(self, here: Listening) -> None:
        """Each frame says whose it is; each ends with a final frame of its own."""
        async with self._multi(here) as socket:
            for name in ("a", "b"):
                await _send(socket, text=" ", context_id=name, voice_settings={"stability": 0.5})
                await _send(socket, text=f"This is {name}. ", context_id=name, flush=True)
                await _send(socket, context_id=name, close_context=True)
            frames = [*await frames_until_end(socket), *await frames_until_end(socket)]

        for name in ("a", "b"):
            of_it = [frame for frame in frames if frame["contextId"] == name]
            assert of_it[-1]["isFinal"] is True
            assert _chars(of_it).strip() == f"This is {name}."

    @pytest.mark.parametrize("context_field", ["contextId", "context_id"])
    @pytest.mark.parametrize("final_field", ["isFinal", "is_final"])
    async def test_fields_are_spelled_as_switched(self, here: Listening, context_field: str, final_field: str) -> None:
        """Clients have to take every spelling."""
        here.switch(context_field=context_field, final_field=final_field, not_final="false")
        async with self._multi(here) as socket:
            await _send(socket, text="Hello. ", context_id="a", flush=True)
            await _send(socket, context_id="a", close_context=True)
            frames = await frames_until_end(socket)

        assert {frame[context_field] for frame in frames} == {"a"}
        assert [frame[final_field] for frame in frames] == [False] * (len(frames) - 1) + [True]

    @pytest.mark.parametrize(("closed_context", "heard"), [("drains", True), ("drops", False)])
    async def test_closing_drains_or_drops_what_was_flushed(
        self, here: Listening, closed_context: str, heard: bool
    ) -> None:
        """As switched; what was not flushed is never spoken. The socket stays."""
        here.switch(closed_context=closed_context)
        here.voice.first_chunk_after_s = 0.2
        async with self._multi(here) as socket:
            await _send(socket, text="Flushed. ", context_id="a", flush=True)
            await _send(socket, text="Not flushed. ", context_id="a")
            while here.state()["speaking"] == 0:
                pass
            await _send(socket, context_id="a", close_context=True)
            frames = await frames_until_end(socket)
            assert bool(_pcm(frames)) is heard
            assert "Not" not in _chars(frames)

            await _send(socket, text="Hello. ", context_id="b", flush=True)
            assert json.loads(await asyncio.wait_for(socket.recv(), 10))["contextId"] == "b"

    async def test_a_sixth_context_ends_the_socket(self, here: Listening) -> None:
        """Five are allowed; closing one makes room, once it has ended."""
        async with self._multi(here) as socket:
            for number in range(5):
                await _send(socket, text="Hello ", context_id=f"c{number}")
            await _send(socket, context_id="c0", close_context=True)
            assert (await frames_until_end(socket))[-1]["isFinal"] is True
            await _send(socket, text="Hello ", context_id="c5")
            await _send(socket, text="Hello ", context_id="c6")
            [frame] = await frames_until_end(socket)
            assert frame["error"] == "max_active_conversations"
            assert (await _close(socket))[0] == 1008
        assert here.state()["contexts"] == 0

    async def test_a_closed_context_takes_up_its_place_until_its_final_frame(self, here: Listening) -> None:
        """Which comes late where that is switched on, as it does to whoever interrupts often."""
        here.switch(contexts=1, context_close_ms=60_000)
        async with self._multi(here) as socket:
            await _send(socket, text="Hello ", context_id="a")
            await _send(socket, context_id="a", close_context=True)
            await _send(socket, text="Hello ", context_id="a")
            assert (await frames_until_end(socket))[0]["error"] == "max_active_conversations"

    async def test_flushing_an_unknown_context_creates_one(self, here: Listening) -> None:
        """Which counts, and stays until it is closed."""
        async with self._multi(here) as socket:
            await _send(socket, context_id="ghost", flush=True)
            while here.state()["contexts"] == 0:
                pass

    async def test_keeping_alive_creates_none(self, here: Listening) -> None:
        """The empty text says nothing and ends nothing."""
        async with self._multi(here, inactivity_timeout=2) as socket:
            await _send(socket, text="Hello. ", context_id="a")
            for _ in range(3):
                await asyncio.sleep(0.8)
                await _send(socket, text="", context_id="a")
                await _send(socket, text="", context_id="unknown")
            assert here.state()["contexts"] == 1
            await _send(socket, context_id="a", flush=True)
            assert _chars([json.loads(await asyncio.wait_for(socket.recv(), 10))]) == "Hello. "

    async def test_a_silent_context_ends_alone_and_then_the_socket(self, here: Listening) -> None:
        """Each after its own time-out."""
        async with self._multi(here, inactivity_timeout=1) as socket:
            await _send(socket, text="Hello ", context_id="a")
            assert await frames_until_end(socket) == [{"isFinal": True, "contextId": "a"}]
            [frame] = await frames_until_end(socket)
            assert frame["error"] == "input_timeout_exceeded"

    async def test_a_silent_context_ends_the_socket_as_switched(self, here: Listening) -> None:
        """At once."""
        here.switch(idle_context="closes_socket")
        async with self._multi(here, inactivity_timeout=1) as socket:
            await _send(socket, text="Hello ", context_id="a")
            [frame] = await frames_until_end(socket)
            assert frame["error"] == "input_timeout_exceeded"

    async def test_closing_the_socket_speaks_what_was_flushed(self, here: Listening) -> None:
        """Then it closes in order."""
        async with self._multi(here) as socket:
            await _send(socket, text="Hello. ", context_id="a", flush=True)
            await _send(socket, close_socket=True)
            frames = await frames_until_end(socket)
            assert _chars(frames) == "Hello. "
            assert (await _close(socket))[0] == 1000

    async def test_a_name_can_be_used_again(self, here: Listening) -> None:
        """The new context is not linked to the old one."""
        async with self._multi(here) as socket:
            for text in ("First. ", "Second. "):
                await _send(socket, text=text, context_id="a", flush=True)
                await _send(socket, context_id="a", close_context=True)
                assert _chars(await frames_until_end(socket)) == text

    async def test_without_a_name_there_is_one_context(self, here: Listening) -> None:
        """The default one."""
        async with self._multi(here) as socket:
            await _send(socket, text="Hello. ", flush=True)
            assert json.loads(await asyncio.wait_for(socket.recv(), 10))["contextId"] == "default"


async def test_what_sockets_speak_is_in_the_history(here: Listening) -> None:
    """And among the requests, with its context."""
    async with here.socket("multi-stream-input") as socket:
        await _send(socket, text="Hello. ", context_id="a", flush=True)
        await _send(socket, context_id="a", close_context=True)
        await frames_until_end(socket)

    with here.client() as client:
        assert client.get("/v1/history").json()["history"][0]["text"] == "Hello. "
        [request] = client.get("/_emulator/requests").json()
    assert request["path"] == f"/v1/text-to-speech/{VOICE}/multi-stream-input"
    assert (request["context"], request["characters"]) == ("a", 7)
