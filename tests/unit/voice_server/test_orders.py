"""Orders of the people's side: only with the key, carried out once, and refused in so many words."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from wyoming.event import Event

from rapport.errors import StoreUnavailable, VoiceUnavailable
from rapport.speech.spoken_text import SpokenText
from rapport.speech.voice_orders import VoiceOrders
from voice_server.ladder import Ladder
from voice_server.orders import Orders
from voice_server.utterance import Speech
from voice_server.wyoming_server import SpeakingHandler

KEY = "k" * 32
SPOKEN_TEXT = SpokenText()


async def _echo(data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
    if data.get("fails"):
        raise VoiceUnavailable("scripted to fail")
    return {"said": data["say"], "bytes": len(payload)}


async def _given(folder: Path, key: str, name: str, data: dict[str, Any], payload: bytes = b"") -> dict[str, Any]:
    orders = Orders(KEY, {"echo": _echo})

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await SpeakingHandler(reader, writer, Speech(Ladder([]), SPOKEN_TEXT), orders).run()

    path = folder / "voice.sock"
    server = await asyncio.start_unix_server(serve, path)
    async with server:
        return await asyncio.to_thread(VoiceOrders(f"unix://{path}", key).give, name, data, payload)


async def test_an_order_is_carried_out(tmp_path: Path) -> None:
    assert await _given(tmp_path, KEY, "echo", {"say": "hello"}, b"four") == {"said": "hello", "bytes": 4}


@pytest.mark.parametrize(
    ("key", "name", "data", "code"),
    [
        ("wrong", "echo", {"say": "hello"}, "not-allowed"),
        ("", "echo", {"say": "hello"}, "not-allowed"),
        (KEY, "dance", {}, "unknown-order"),
        (KEY, "echo", {}, "out-of-shape"),
        (KEY, "echo", {"fails": True}, "VoiceUnavailable"),
    ],
)
async def test_what_is_not_carried_out_is_told(
    tmp_path: Path, key: str, name: str, data: dict[str, Any], code: str
) -> None:
    with pytest.raises(StoreUnavailable, match=code):
        await _given(tmp_path, key, name, data)


async def test_a_server_without_a_key_takes_none(tmp_path: Path) -> None:
    answer = await Orders("", {"echo": _echo}).carry_out(Event("rapport-order-echo", {"say": "x", "key": ""}))
    assert answer.data["code"] == "not-allowed"


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="running"):
        VoiceOrders(f"unix://{tmp_path}/none.sock", KEY).give("echo", {})
