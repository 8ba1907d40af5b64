"""A client of the voice protocol for files and terminals: `python -m channels.client talk q.wav`.

`VoiceClient` is the library under it, which tests and benchmarks use too.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
import urllib.error
import urllib.request
import wave
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import async_timeout
import websockets

from channels.microphone import FRAME_MS, Microphone, Spoken
from channels.playback import Playback
from channels.wire import VERSION, decode_audio, encode
from rapport.errors import BadAudio, RapportError
from rapport.speech.audio import SAMPLE_BYTES, AudioFormat, Encoding, PcmChunk, read_wav

DEFAULT_URL = "http://localhost:5005/webhooks/voice/"
TAIL_MS = 2_500
"""Silence streamed after a recording, so that its last turn ends."""
ANSWER_WITHIN_S = 30
"""Until a message that was waited for counts as not coming: a busy machine answers within half of it."""


class ClientError(RapportError):
    """The server refused, is not there, or did not answer; the message says which, and what to do."""


@dataclass(frozen=True)
class Received:
    """One JSON message of the server, and when it came on the monotonic clock."""

    at: float
    fields: dict[str, Any]


@dataclass
class VoiceClient:
    """One socket to the server. Made by `connect`.

    Attributes:
        session: Id to go on with after a reconnection.
        received: All JSON messages so far.
        heard: What the reply comes as.
        playback: What plays the reply.
        microphone: What is spoken into; `say` says when.
    """

    socket: Any
    heard: AudioFormat
    playback: Playback
    microphone: Microphone
    session: str = ""
    received: list[Received] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _on_message: Callable[[dict[str, Any]], None] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(
        cls,
        url: str = DEFAULT_URL,
        *,
        rate_hz: int = 16_000,
        playback_hz: int = 16_000,
        playback_encoding: Encoding = Encoding.PCM_S16LE,
        token: str | None = None,
        streaming: bool = True,
        on_message: Callable[[dict[str, Any]], None] | None = None,
        listen: Callable[[bytes], None] | None = None,
        **hello: Any,
    ) -> AsyncIterator[VoiceClient]:
        """Open a session, or go on with one.

        Args:
            url: The page's address.
            rate_hz: Rate of the PCM that will be sent.
            playback_hz: Rate of the sound that comes back.
            playback_encoding: How it comes; it is played as PCM.
            token: Session token; a new one is asked for by default.
            streaming: Whether the microphone is on; else audio is sent through `socket`, if at all.
            on_message: Is handed each JSON message as it comes.
            listen: Is handed the reply's PCM as it plays.
            hello: More fields of `hello`: session, wake, timezone, speech, audio.

        Raises:
            ClientError: Nobody answers at the address, or the session was refused.
        """
        token = token or await asyncio.get_running_loop().run_in_executor(None, fetch_token, url)
        try:
            socket = await websockets.connect(_socket_url(url), max_size=2**22, ping_interval=None)
        except (OSError, websockets.exceptions.WebSocketException) as error:
            raise ClientError(f"no voice server at {url}: {type(error).__name__}; is `make run` running?") from error

        async def mark(clause: int, ms: int, done: bool) -> None:
            await client.send("played", clause=clause, ms=ms, done=done)

        async def send_audio(frame: bytes) -> None:
            with contextlib.suppress(websockets.exceptions.ConnectionClosed):
                await socket.send(frame)

        microphone = Microphone(rate_hz, send_audio)
        playback = AudioFormat(playback_encoding, playback_hz)
        client = cls(socket, playback, Playback(playback_hz, mark, listen), microphone, _on_message=on_message)
        tasks = [asyncio.create_task(client._receive()), asyncio.create_task(client.playback.run())]
        try:
            first = {
                "version": VERSION,
                "token": token,
                "audio": {"encoding": "pcm_s16le", "rate_hz": rate_hz},
                "playback": {"encoding": playback_encoding.value, "rate_hz": playback_hz},
            }
            await client.send("hello", **(first | hello))
            client.session = (await client.until("session"))["session"]
            if streaming:
                tasks.append(asyncio.create_task(microphone.run()))
            yield client
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await socket.close()

    async def send(self, kind: str, **fields: Any) -> None:
        """Send one JSON message; a socket that has closed is told by `until`."""
        with contextlib.suppress(websockets.exceptions.ConnectionClosed):
            await self.socket.send(encode(kind, **fields))

    async def end(self) -> None:
        """End the session, and wait until the server has closed it: who just leaves is waited for.

        Raises:
            ClientError: It did not, in time.
        """
        await self.send("control", action="end")
        async with self._news:
            try:
                async with async_timeout.timeout(ANSWER_WITHIN_S):
                    await self._news.wait_for(lambda: self.closed is not None)
            except asyncio.TimeoutError:
                raise ClientError("the server did not end the session in time") from None

    def say(self, pcm: bytes) -> Spoken:
        """Speak into the microphone, at the speed of speech."""
        return self.microphone.say(pcm)

    async def until(
        self,
        kind: str,
        *,
        after: int = 0,
        understood: bool = False,
        **matching: Any,
    ) -> dict[str, Any]:
        """Wait for a message, among those from number `after` on.

        Args:
            kind: Its type.
            after: How many messages to pass over.
            understood: Whether it must hold text, as a final transcript of noise does not.
            matching: Fields it must have.

        Raises:
            ClientError: It did not come in time, or the socket closed before it.
        """

        def find() -> dict[str, Any] | None:
            for received in self.received[after:]:
                fields = received.fields
                if understood and not fields.get("text"):
                    continue
                if fields["type"] == kind and all(fields.get(name) == value for name, value in matching.items()):
                    return fields
            return None

        async with self._news:
            with contextlib.suppress(asyncio.TimeoutError):
                async with async_timeout.timeout(ANSWER_WITHIN_S):
                    await self._news.wait_for(lambda: find() or self.closed)
        found = find()
        if found is None:
            refusals = [each.fields["message"] for each in self.received if each.fields["type"] == "error"]
            why = refusals[-1] if refusals else f"closed with {self.closed}" if self.closed else "nothing came in time"
            raise ClientError(f"no {kind!r} from the server: {why}")
        return found

    async def reply(self, *, after: int = 0) -> str:
        """Wait for the answer to what is said or typed from message `after` on, and until it was played; give its text.

        Raises:
            ClientError: Nothing was understood, or no whole answer came, in time.
        """
        turn = (await self.until("final", after=after, understood=True))["turn"]
        await self.until("reply_end", after=after, turn=turn)
        await self.playback.idle()
        clauses = [each.fields for each in self.received[after:] if each.fields["type"] == "reply"]
        return " ".join(clause["text"] for clause in clauses if clause["turn"] == turn)

    async def _receive(self) -> None:
        try:
            async for message in self.socket:
                at = time.monotonic()
                if isinstance(message, bytes):
                    self.playback.add(*decode_audio(message, self.heard))
                    continue
                fields = json.loads(message)
                if fields["type"] == "clause_end":
                    self.playback.end(fields["clause"], fields["ms"])
                elif fields["type"] == "playback":
                    self.playback.obey(fields["action"])
                if self._on_message is not None:
                    self._on_message(fields)
                async with self._news:
                    self.received.append(Received(at, fields))
                    self._news.notify_all()
        except websockets.exceptions.ConnectionClosedError:
            pass  # `closed` tells how
        finally:
            async with self._news:
                self.closed = (self.socket.close_code or 1006, self.socket.close_reason or "")
                self._news.notify_all()


def fetch_token(url: str, *, previous: str | None = None, bearer: str | None = None, person: str | None = None) -> str:
    """Ask the server for a session token. Blocking.

    Raises:
        ClientError: Nobody answers, or the server refuses.
    """
    body = {name: value for name, value in (("token", previous), ("person", person)) if value}
    request = urllib.request.Request(url.rstrip("/") + "/session", json.dumps(body).encode(), method="POST")  # noqa: S310
    request.add_header("Content-Type", "application/json")
    if bearer:
        request.add_header("Authorization", f"Bearer {bearer}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the user named the address
            return str(json.load(answer)["token"])
    except urllib.error.HTTPError as error:
        detail = error.read().decode(errors="replace")
        with contextlib.suppress(ValueError, KeyError):
            detail = json.loads(detail)["message"]
        raise ClientError(f"the server gave no token: {detail}") from error
    except (OSError, ValueError, KeyError) as error:
        raise ClientError(f"no voice server at {url}: {type(error).__name__}; is `make run` running?") from error


def _socket_url(url: str) -> str:
    return "ws" + url.rstrip("/").removeprefix("http") + "/stream"


def _print_message(fields: dict[str, Any]) -> None:
    kind = fields["type"]
    if kind == "partial":
        print(f"\r\033[K  … {fields['text']}", end="", flush=True)
    elif kind == "final":
        print(f"\r\033[Kyou  {fields['text'] or '(nothing understood)'}   [{fields['confidence']:.2f}]")
    elif kind == "reply":
        print(f"bot  {fields['text']}")
    elif kind == "cut":
        print(f"     (cut off; not heard: {fields['unheard']})")
    elif kind == "metrics":
        timings = [
            f"{name.removesuffix('_ms').replace('_', ' ')} {ms} ms"
            for name, ms in fields.items()
            if name.endswith("_ms")
        ]
        print(f"     {', '.join(timings)}")
    elif kind == "error":
        print(f"     ! {fields['message']}", file=sys.stderr)


async def _talk_file(url: str, path: Path, out: Path) -> None:
    sound = read_wav(path)
    async with VoiceClient.connect(url, rate_hz=sound.rate_hz, playback_hz=24_000, on_message=_print_message) as client:
        silence = bytes(sound.rate_hz * TAIL_MS // 1_000 * SAMPLE_BYTES)
        await client.say(sound.samples + silence).ended
        if any(each.fields["type"] == "final" and each.fields["text"] for each in client.received):
            await client.reply()
        else:
            print("nothing was understood in that recording", file=sys.stderr)
        await client.send("control", action="end")
        _write_wav(out, PcmChunk(b"".join(tick.pcm for tick in client.playback.sounded), client.playback.rate_hz))
        print(f"     the answer's audio is in {out}")


async def _talk_microphone(url: str) -> None:
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise ClientError(
            "no microphone can be used here (PortAudio is missing: install libportaudio2); give a file"
        ) from error
    rate_hz = 16_000
    loop = asyncio.get_running_loop()
    captured: asyncio.Queue[bytes] = asyncio.Queue()
    try:
        microphone = sounddevice.RawInputStream(
            rate_hz,
            rate_hz * FRAME_MS // 1_000,
            channels=1,
            dtype="int16",
            callback=lambda data, *_: loop.call_soon_threadsafe(captured.put_nowait, bytes(data)),
        )
        loudspeaker = sounddevice.RawOutputStream(rate_hz, channels=1, dtype="int16", latency="low")
    except sounddevice.PortAudioError as error:
        raise ClientError("no microphone or loudspeaker was found; give a file: make talk FILE=q.wav") from error
    with microphone, loudspeaker:
        async with VoiceClient.connect(
            url, rate_hz=rate_hz, streaming=False, on_message=_print_message, listen=loudspeaker.write
        ) as client:
            print("     talk; Ctrl-C ends it. Wear headphones: a terminal has no echo canceller.")
            while client.closed is None:
                await client.socket.send(await captured.get())


def _write_wav(path: Path, sound: PcmChunk) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(sound.rate_hz)
        file.writeframes(sound.samples)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m channels.client", description="Talk to a running Rapport.")
    commands = parser.add_subparsers(required=True)
    talk = commands.add_parser("talk", help="stream a recording, or the microphone, and print what happens")
    talk.add_argument("file", type=Path, nargs="?", help="WAV or FLAC; without it, the microphone")
    talk.add_argument("--url", default=DEFAULT_URL, help=f"the page's address (default {DEFAULT_URL})")
    talk.add_argument("--out", type=Path, default=Path("answer.wav"), help="where the answer's audio goes")
    options = parser.parse_args(arguments)
    try:
        if options.file is None:
            asyncio.run(_talk_microphone(options.url))
        else:
            asyncio.run(_talk_file(options.url, options.file, options.out))
    except (ClientError, BadAudio) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
