"""Single-use tokens: real ones of the emulator, that open a socket once, and what is told where there is none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from rapport.speech.voice_orders import VoiceOrders
from tests.fakes.speaking_desk import VOICE_KEY, speaking_desk
from tests.unit.emulator.conftest import FLASH, KEY, VOICE, Listening, frames_until_end, listening
from tests.voice_process import damaged_piper, running_voice_server
from voice_server.breaker import Kind, RungFailed
from voice_server.budget import Budget
from voice_server.elevenlabs import Account
from voice_server.keys import Key, Keys
from voice_server.limits import Limit, Limits
from voice_server.prices import read_prices
from voice_server.single_use import SingleUseTokens
from voice_server.usage import Request, Usage

OWNER = "o_0123456789abcdef01234567"


@pytest.fixture(scope="module")
def _provider() -> Iterator[Listening]:
    with listening() as provider:
        yield provider


@pytest.fixture
def provider(_provider: Listening) -> Listening:
    with _provider.client() as client:
        client.post("/_emulator/reset").raise_for_status()
    return _provider


def account(url: str, *secrets: str) -> Account:
    return Account(Keys([Key(f"key{number}", secret) for number, secret in enumerate(secrets)]), base_url=url)


async def spoken_with(provider: Listening, token: str) -> list[dict[str, object]]:
    """The frames that a client gets which has the token and no key."""
    address = provider.url.replace("http", "ws", 1) + f"/v1/text-to-speech/{VOICE}/stream-input"
    async with connect(f"{address}?model_id={FLASH}&output_format=pcm_16000&single_use_token={token}") as socket:
        try:
            for text in (" ", "Good morning. ", ""):
                await socket.send(json.dumps({"text": text}))
        except ConnectionClosed:
            pass
        return await frames_until_end(socket)


async def test_a_token_opens_one_socket(provider: Listening) -> None:
    """A client without the key speaks with it, once."""
    issued = await SingleUseTokens(account(provider.url, KEY), None).issue({"owner": OWNER}, b"")

    assert (issued["kind"], issued["expires_in_s"]) == ("tts_websocket", 900)
    assert KEY not in json.dumps(issued)
    first, again = [await spoken_with(provider, issued["token"]) for _ in range(2)]
    assert first[-1].get("isFinal")
    assert any(frame.get("audio") for frame in first)
    assert not any(frame.get("audio") for frame in again)


async def test_each_token_is_another(provider: Listening) -> None:
    tokens = SingleUseTokens(account(provider.url, KEY), None)

    assert len({(await tokens.issue({"owner": OWNER}, b""))["token"] for _ in range(3)}) == 3


async def test_a_key_that_is_not_accepted_is_set_aside_for_the_one_before_it(provider: Listening) -> None:
    """As for speech."""
    keys = account(provider.url, KEY, "not-a-key")

    assert "token" in await SingleUseTokens(keys, None).issue({"owner": OWNER}, b"")
    assert keys.keys.current.label == "key0"


@pytest.mark.parametrize(
    ("url", "secret", "kind"),
    [
        pytest.param(None, "not-a-key", Kind.AUTH, id="key"),
        pytest.param("http://127.0.0.1:9", KEY, Kind.NETWORK, id="network"),
    ],
)
async def test_what_is_wrong_is_told_by_kind(provider: Listening, url: str | None, secret: str, kind: Kind) -> None:
    with pytest.raises(RungFailed) as failed:
        await SingleUseTokens(account(url or provider.url, secret), None).issue({"owner": OWNER}, b"")

    assert failed.value.kind is kind
    assert secret not in str(failed.value)


async def test_without_a_provider_there_is_none() -> None:
    assert await SingleUseTokens(None, None).issue({"owner": OWNER}, b"") == {"refused": "no-provider"}


@pytest.mark.parametrize("data", [{}, {"owner": ""}, {"owner": 1}])
async def test_an_order_for_nobody_is_out_of_shape(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        await SingleUseTokens(None, None).issue(data, b"")


@pytest.mark.parametrize("limit", [Limit(soft=10.0), Limit(soft=10.0, hard=10.0)], ids=["soft", "hard"])
async def test_at_a_limit_there_is_none(provider: Listening, tmp_path: Path, limit: Limit) -> None:
    """What a token is used for is not seen here, so it may not be a way round."""
    usage = Usage(tmp_path / "usage.db", environment="test")
    prices = read_prices()
    one = account(provider.url, KEY)
    tokens = SingleUseTokens(one, Budget(Limits(person_day=limit), usage, prices, one.model))
    assert "token" in await tokens.issue({"owner": OWNER}, b"")

    usage.spoke(Request(OWNER, "key0:01234567", FLASH, "socket", 20, 11.0, estimated=True))

    assert await tokens.issue({"owner": OWNER}, b"") == {"refused": "limit"}
    assert "token" in await tokens.issue({"owner": OWNER.replace("0", "1")}, b"")
    usage.close()


def test_the_people_s_side_gets_one_by_an_order(provider: Listening, tmp_path: Path) -> None:
    """Of a voice server that runs; the token is in no log."""
    with speaking_desk() as desk:
        told = desk.environment | {"ELEVENLABS_API_KEY": KEY, "ELEVENLABS_BASE_URL": provider.url}
        with running_voice_server(models=damaged_piper(tmp_path / "models"), environment=told) as voice:
            issued = VoiceOrders(voice.uri, VOICE_KEY).give("single-use-token", {"owner": OWNER})

            assert issued["token"] not in voice.log
    assert asyncio.run(spoken_with(provider, issued["token"]))[-1].get("isFinal")
