"""Single-use tokens, as the emulator of the provider takes them: once, and in place of the key."""

from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rapport.errors import VoiceUnavailable
from tests.unit.emulator.conftest import KEY, Listening, listening
from voice_server.breaker import Kind, RungFailed
from voice_server.elevenlabs import Account
from voice_server.keys import Key, Keys
from voice_server.single_use import SingleUseTokens


@pytest.fixture(scope="module")
def provider() -> Iterator[Listening]:
    with listening() as one:
        yield one


def _tokens(provider: Listening, key: str = KEY) -> SingleUseTokens:
    return SingleUseTokens(Account(Keys([Key("test", key)]), base_url=provider.url))


async def _opens(provider: Listening, token: str) -> bool:
    try:
        async with provider.socket(key=None, single_use_token=token) as socket:
            await socket.send('{"text": " "}')
            await socket.send('{"text": "Hello. ", "flush": true}')
            return '"audio"' in await socket.recv()
    except (ConnectionClosed, InvalidStatus):
        return False


async def test_a_token_opens_a_socket_once(provider: Listening) -> None:
    made = await _tokens(provider).issue({}, b"")

    assert (made["kind"], made["expires_in_s"]) == ("tts_websocket", 900)
    assert KEY not in str(made)
    assert await _opens(provider, made["token"])
    assert not await _opens(provider, made["token"])


async def test_what_goes_wrong_is_told_by_kind(provider: Listening) -> None:
    with pytest.raises(RungFailed) as raised:
        await _tokens(provider, "another").issue({}, b"")
    assert raised.value.kind is Kind.AUTH
    with pytest.raises(VoiceUnavailable, match="ELEVENLABS_API_KEY"):
        await SingleUseTokens(None).issue({}, b"")
