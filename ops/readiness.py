"""Ways to ask a process whether it is ready: each asks once, and says yes or no.

How long to go on asking is the supervisor's to decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from wyoming.client import AsyncClient
from wyoming.info import Describe, Info

Probe = Callable[[], Awaitable[bool]]

_ANSWER_S = 5

_open = build_opener(ProxyHandler({})).open
"""A proxy is for the world outside, not for this machine's own ports."""


def http_ok(url: str) -> Probe:
    """Ready when a GET of this address answers 200."""

    def get() -> bool:
        try:
            with _open(url, timeout=_ANSWER_S) as answer:
                return bool(answer.status == 200)
        except (URLError, HTTPException, OSError):
            return False

    return lambda: asyncio.get_running_loop().run_in_executor(None, get)


def wyoming_describes(uri: str) -> Probe:
    """Ready when the Wyoming server at this address tells what it can do."""

    async def describe() -> bool:
        client = AsyncClient.from_uri(uri)
        with suppress(OSError, EOFError, asyncio.TimeoutError):
            await asyncio.wait_for(client.connect(), _ANSWER_S)
            try:
                await client.write_event(Describe().event())
                answer = await asyncio.wait_for(client.read_event(), _ANSWER_S)
                return answer is not None and Info.is_type(answer.type)
            finally:
                await client.disconnect()
        return False

    return describe
