"""Asking real servers on this machine whether they are ready."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from wyoming.event import async_read_event, async_write_event
from wyoming.info import Describe, Info

from ops.ports import free_port
from ops.readiness import http_ok, wyoming_describes

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answering(status: str) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    return handle


@pytest.mark.parametrize(("status", "ready"), [("200 OK", True), ("503 Busy", False), ("404 None", False)])
async def test_http_is_ready_when_it_answers_200(status: str, ready: bool) -> None:
    """While it warms up, it may answer something else."""
    async with await asyncio.start_server(answering(status), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        assert await http_ok(f"http://127.0.0.1:{port}/health")() is ready


async def test_http_is_asked_directly_even_with_a_proxy_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company's proxy does not know this machine's ports."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    async with await asyncio.start_server(answering("200 OK"), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        assert await http_ok(f"http://127.0.0.1:{port}/health")()


async def test_nobody_there_is_not_ready(tmp_path: Path) -> None:
    """And is no error."""
    assert not await http_ok(f"http://127.0.0.1:{free_port()}/health")()
    assert not await wyoming_describes(f"unix://{tmp_path / 'none.sock'}")()
    assert not await wyoming_describes(f"tcp://127.0.0.1:{free_port()}")()


async def describe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    event = await async_read_event(reader)
    assert event is not None
    assert Describe.is_type(event.type)
    await async_write_event(Info().event(), writer)
    writer.close()


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(("handler", "ready"), [(describe, True), (hang_up, False)])
async def test_a_voice_is_ready_when_it_describes_itself(tmp_path: Path, handler: Handler, ready: bool) -> None:
    """A socket that is there is not enough."""
    path = str(tmp_path / "voice.sock")
    async with await asyncio.start_unix_server(handler, path):
        assert await wyoming_describes(f"unix://{path}")() is ready
