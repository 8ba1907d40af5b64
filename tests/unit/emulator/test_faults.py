"""Each fault, on HTTP and on sockets, and the control endpoint that asks for it."""

import asyncio
import base64
import json
import time
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from emulator.faults import Fault, Faults
from tests.unit.emulator.conftest import FLASH, VOICE, Listening, frames_until_end, same_sound

TEXT = "Good morning, everybody. How are you today? I am fine, thank you very much."


class TestPlans:
    def test_a_fault_strikes_what_it_fits_as_often_as_asked(self) -> None:
        """After those it spares."""
        faults = Faults()
        faults.add(Fault(kind="cut", path="*/stream", skip=1, times=2))

        struck = [bool(faults.draw(path)) for path in ("/a/stream", "/a/other", "/b/stream", "/c/stream", "/d/stream")]

        assert struck == [False, False, True, True, False]
        assert faults.planned() == {}

    def test_a_fault_for_ever_is_taken_back(self) -> None:
        """By its id."""
        faults = Faults()
        fault_id = faults.add(Fault(kind="cut", times=None))
        assert all(faults.draw("/any") for _ in range(5))

        faults.clear(fault_id)

        assert faults.draw("/any") == []

    def test_a_pattern_tells_the_sockets_apart(self) -> None:
        """One's path ends like the other's."""
        faults = Faults()
        faults.add(Fault(kind="cut", path="*/stream-input", times=None))

        assert faults.draw("/v1/text-to-speech/a/stream-input")
        assert not faults.draw("/v1/text-to-speech/a/multi-stream-input")


def _read(here: Listening, got: bytearray, *, how: str = "/stream", timeout_s: float = 20) -> list[int]:
    """Gather an answer as it comes; the sizes of its pieces."""
    sizes = []
    query, body = {"output_format": "pcm_16000"}, {"text": TEXT, "model_id": FLASH}
    path = f"/v1/text-to-speech/{VOICE}{how}"
    with here.client() as client, client.stream("POST", path, params=query, json=body, timeout=timeout_s) as answer:
        assert answer.status_code == 200
        for piece in answer.iter_raw():
            sizes.append(len(piece))
            got += piece
    return sizes


async def _forever(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


class TestResponses:
    def test_latency_comes_before_the_first_byte(self, here: Listening) -> None:
        """By as much as asked."""
        here.fault("latency", ms=400, jitter_ms=50)
        begin = time.monotonic()

        assert here.speech(how="/stream").status_code == 200

        assert 0.4 <= time.monotonic() - begin < 2

    def test_jitter_comes_between_pieces(self, here: Listening) -> None:
        """And loses nothing."""
        whole = here.speech(TEXT, how="/stream").content
        here.fault("jitter", jitter_ms=200)
        begin = time.monotonic()

        assert same_sound(here.speech(TEXT, how="/stream").content, whole)
        assert time.monotonic() - begin > 0.1

    @pytest.mark.parametrize("how", ["", "/stream"])
    @pytest.mark.parametrize("after_bytes", [0, 1_001])
    def test_a_cut_breaks_the_connection(self, here: Listening, how: str, after_bytes: int) -> None:
        """After exactly that many bytes."""
        here.fault("cut", after_bytes=after_bytes)
        got = bytearray()
        with pytest.raises(httpx.RemoteProtocolError):
            _read(here, got, how=how)

        assert len(got) == after_bytes
        assert here.speech().status_code == 200
        assert here.state()["speaking"] == 0

    def test_a_stall_goes_on_after_a_while(self, here: Listening) -> None:
        """With what was left."""
        whole = here.speech(TEXT, how="/stream").content
        here.fault("stall", after_bytes=1_000, ms=400)
        begin = time.monotonic()

        assert same_sound(here.speech(TEXT, how="/stream").content, whole)
        assert time.monotonic() - begin >= 0.4

    def test_a_stall_for_ever_ends_when_the_client_leaves(self, here: Listening) -> None:
        """And keeps no place."""
        here.fault("stall", after_bytes=1_000)
        got = bytearray()
        with pytest.raises(httpx.ReadTimeout):
            _read(here, got, timeout_s=0.5)

        assert len(got) == 1_000
        while here.state()["speaking"]:
            pass

    @pytest.mark.parametrize(("status", "code"), [(429, "system_busy"), (500, "internal_error"), (503, "unavailable")])
    def test_an_error_in_place_of_an_answer(self, here: Listening, status: int, code: str) -> None:
        """With that status and code; nothing is spoken, and nothing paid."""
        here.fault("error", status=status, code=code)

        answer = here.speech()

        assert (answer.status_code, answer.json()["detail"]["code"]) == (status, code)
        assert here.state()["character_count"] == 0

    def test_an_error_shown_as_success(self, here: Listening) -> None:
        """JSON where sound should be."""
        here.fault("malformed")

        answer = here.speech(how="/stream")

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "audio/pcm"
        assert answer.json()["detail"]["code"] == "system_busy"

    def test_a_line_that_is_no_json(self, here: Listening) -> None:
        """In place of one with times."""
        here.fault("malformed")

        answer = here.speech(how="/stream/with-timestamps")

        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.text.splitlines()[0])

    def test_odd_pieces_lose_nothing(self, here: Listening) -> None:
        """They split samples, and join to the same sound."""
        whole = here.speech(TEXT, how="/stream").content
        here.fault("odd")
        got = bytearray()
        sizes = _read(here, got)

        assert same_sound(bytes(got), whole)
        assert any(size % 2 for size in sizes)

    def test_any_endpoint_can_fail(self, here: Listening) -> None:
        """By its path; others do not."""
        here.fault("error", path="/v1/voices*", status=503)
        with here.client() as client:
            assert client.get("/v1/models").status_code == 200
            assert client.get("/v1/voices").status_code == 503
            assert client.get("/v1/voices").status_code == 200


async def _speak(here: Listening, **query: Any) -> list[dict[str, Any]]:
    async with here.socket("multi-stream-input", **query) as socket:
        await socket.send(json.dumps({"text": TEXT, "context_id": "a", "flush": True}))
        await socket.send(json.dumps({"context_id": "a", "close_context": True}))
        return await frames_until_end(socket)


def _pcm(frames: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(frame["audio"]) for frame in frames if frame.get("audio"))


class TestSockets:
    async def test_latency_comes_before_the_first_sound(self, here: Listening) -> None:
        """By as much as asked."""
        here.fault("latency", ms=400)
        begin = time.monotonic()
        await _speak(here)

        assert time.monotonic() - begin >= 0.4

    async def test_jitter_loses_nothing(self, here: Listening) -> None:
        """And keeps the order."""
        whole = _pcm(await _speak(here))
        here.fault("jitter", jitter_ms=50)

        assert same_sound(_pcm(await _speak(here)), whole)

    @pytest.mark.parametrize("after_bytes", [0, 40_000])
    async def test_a_cut_has_no_close_frame(self, here: Listening, after_bytes: int) -> None:
        """The client sees 1006, after at most that much sound."""
        here.fault("cut", after_bytes=after_bytes)
        async with here.socket("multi-stream-input") as socket:
            await socket.send(json.dumps({"text": TEXT, "context_id": "a", "flush": True}))
            frames = await frames_until_end(socket)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 1006

        assert len(_pcm(frames)) <= after_bytes
        assert bool(frames) is bool(after_bytes)
        while here.state()["contexts"]:
            pass
        assert here.state()["sockets"] == 0

    async def test_a_stall_is_silence_on_an_open_socket(self, here: Listening) -> None:
        """Until the client leaves."""
        here.fault("stall", after_bytes=40_000)
        async with here.socket("multi-stream-input") as socket:
            await socket.send(json.dumps({"text": TEXT, "context_id": "a", "flush": True}))
            assert json.loads(await asyncio.wait_for(socket.recv(), 10))["audio"]
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(_forever(socket), 1)
            assert socket.close_code is None
        while here.state()["sockets"]:
            pass
        assert here.state()["contexts"] == 0

    async def test_an_error_frame_midway(self, here: Listening) -> None:
        """And close code 1008."""
        here.fault("error", after_bytes=40_000, code="system_busy")

        frames = await _speak(here)

        assert _pcm(frames)
        assert (frames[-1]["error"], frames[-1]["code"]) == ("system_busy", 1008)

    @pytest.mark.parametrize("status", [429, 503])
    async def test_a_refused_handshake(self, here: Listening, status: int) -> None:
        """The upgrade fails with that status."""
        here.fault("error", handshake=True, status=status)
        with pytest.raises(InvalidStatus) as refused:
            await _speak(here)

        assert refused.value.response.status_code == status
        assert here.state()["sockets"] == 0

    async def test_a_frame_that_is_no_json(self, here: Listening) -> None:
        """Others follow it."""
        here.fault("malformed")
        async with here.socket("multi-stream-input") as socket:
            await socket.send(json.dumps({"text": TEXT, "context_id": "a", "flush": True}))
            with pytest.raises(json.JSONDecodeError):
                json.loads(await asyncio.wait_for(socket.recv(), 10))
            assert json.loads(await asyncio.wait_for(socket.recv(), 10))["audio"]

    async def test_odd_frames_lose_nothing(self, here: Listening) -> None:
        """They split samples, and join to the same sound, which is whole before the final frame."""
        whole = await _speak(here)
        here.fault("odd")

        frames = await _speak(here)

        assert same_sound(_pcm(frames), _pcm(whole))
        assert all(len(base64.b64decode(frame["audio"])) % 2 for frame in frames[:-2])
        assert frames[-1] == {"isFinal": True, "contextId": "a"}


class TestControl:
    def test_switches_and_faults_are_checked(self, here: Listening) -> None:
        """A name or value that means nothing is refused."""
        with here.client() as client:
            assert client.patch("/_emulator/switches", json={"no_such": 1}).status_code == 422
            assert client.patch("/_emulator/switches", json={"contexts": 0}).status_code == 422
            assert client.post("/_emulator/faults", json={"kind": "earthquake"}).status_code == 422

    def test_switches_keep_what_is_not_named(self, here: Listening) -> None:
        """Until the reset."""
        here.switch(plan="pro")
        here.switch(contexts=3)
        with here.client() as client:
            switches = client.get("/_emulator/switches").json()
            assert (switches["plan"], switches["contexts"]) == ("pro", 3)
            client.post("/_emulator/reset")
            assert client.get("/_emulator/switches").json()["plan"] == "creator"

    def test_planned_faults_are_listed_and_taken_back(self, here: Listening) -> None:
        """One, or all."""
        with here.client() as client:
            one = client.post("/_emulator/faults", json={"kind": "cut"}).json()["id"]
            client.post("/_emulator/faults", json={"kind": "stall"})
            client.delete(f"/_emulator/faults/{one}")
            assert [fault["kind"] for fault in client.get("/_emulator/faults").json().values()] == ["stall"]
            client.delete("/_emulator/faults")
            assert client.get("/_emulator/faults").json() == {}

    def test_no_fault_strikes_the_control_endpoint(self, here: Listening) -> None:
        """Else it could not be taken back."""
        here.fault("error", times=None)

        assert here.state()["sockets"] == 0

    async def test_other_machines_do_not_reach_it(self, here: Listening) -> None:
        """Also where the emulator listens to them."""
        from emulator.app import make_app

        far = httpx.ASGITransport(make_app(here.emulator), client=("192.0.2.1", 1))
        async with httpx.AsyncClient(transport=far, base_url="http://emulator") as client:
            assert (await client.get("/_emulator")).status_code == 403
