"""What waits for a client, and what is left of it when the client goes."""

import asyncio
import contextlib

import pytest

from channels.outbox import Outbox
from channels.wire import WireError


async def sent_by(outbox: Outbox) -> list[str | bytes]:
    sent: list[str | bytes] = []

    async def send(message: str | bytes) -> None:
        sent.append(message)

    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(outbox.send_all(send), 0.05)
    return sent


async def test_messages_go_out_in_order_after_the_opening() -> None:
    outbox = Outbox(1_000)
    outbox.connect(["session"])
    outbox.put("one")
    outbox.put(b"two")

    assert await sent_by(outbox) == ["session", "one", b"two"]


async def test_what_cannot_be_told_again_waits_for_the_next_socket() -> None:
    outbox = Outbox(1_000)
    outbox.connect([])
    outbox.put("said before the network broke", keep=True)
    outbox.put(b"audio, which is sent again anyway")
    outbox.disconnect()
    outbox.put("said while nobody was there", keep=True)
    outbox.put("state")
    outbox.connect(["session"])

    assert await sent_by(outbox) == ["session", "said before the network broke", "said while nobody was there"]


async def test_a_message_on_which_the_socket_broke_is_told_again() -> None:
    outbox = Outbox(1_000)
    outbox.connect([])
    outbox.put("important", keep=True)

    async def broken(message: str | bytes) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await outbox.send_all(broken)
    outbox.disconnect()
    outbox.connect([])

    assert await sent_by(outbox) == ["important"]


async def test_over_its_limit_the_client_is_let_go() -> None:
    outbox = Outbox(10)
    outbox.connect([])
    outbox.put(b"0123456789")
    outbox.put(b"x")

    with pytest.raises(WireError, match="slow_client"):
        await outbox.overflowed()
