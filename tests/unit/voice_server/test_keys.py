"""API keys: read, told apart, changed while we run, and never told."""

import asyncio
import contextlib
import itertools
from pathlib import Path

import pytest

from rapport.errors import SettingsError
from tests.unit.emulator.conftest import KEY, Listening, listening
from tests.unit.voice_server.scripts import script_of
from voice_server import elevenlabs_http, elevenlabs_links, elevenlabs_socket, keys
from voice_server.breaker import RungFailed
from voice_server.elevenlabs import Account
from voice_server.elevenlabs_http import ElevenLabsHttp
from voice_server.elevenlabs_socket import ElevenLabsSocket
from voice_server.keys import Key, Keys, read_keys
from voice_server.manner import NEUTRAL, Manner
from voice_server.prices import read_prices
from voice_server.script import Spoken
from voice_server.spending import Spending
from voice_server.turnstile import Turnstile

NEXT = "the-next-key"
LINES = ("Good morning to you and yours.", "It is ten past nine in Berlin.")

Rungs = ElevenLabsSocket | ElevenLabsHttp
both = pytest.mark.parametrize("rung", [ElevenLabsSocket, ElevenLabsHttp])


def _file(folder: Path, *lines: str) -> Path:
    file = folder / "keys"
    unfinished = folder / "keys.new"
    unfinished.write_text("\n".join(lines))
    unfinished.chmod(0o600)
    unfinished.replace(file)
    return file


def test_a_file_holds_several_and_the_last_one_serves(tmp_path: Path) -> None:
    read = read_keys(_file(tmp_path, "# of the account", "old=aaa  # goes on Friday", "", "new = bbb"))

    assert [(key.label, key.secret) for key in read] == [("old", "aaa"), ("new", "bbb")]
    assert Keys(read).current.label == "new"
    assert "bbb" not in repr(Keys(read).current)
    assert "bbb" not in read[1].id


@pytest.mark.parametrize("lines", [[], ["# none"], ["no label"], ["a b=key"], ["new=two words"], ["new="]])
def test_a_file_that_cannot_be_is_refused(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(SettingsError) as raised:
        read_keys(_file(tmp_path, *lines))
    assert "two words" not in str(raised.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = _file(tmp_path, "new=aaa")
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod"):
        read_keys(file)


def test_a_refused_key_gives_way_to_the_one_before(caplog: pytest.LogCaptureFixture) -> None:
    changes = []
    both_keys = Keys([Key("old", "aaa"), Key("new", "bbb")])
    both_keys.when_changed(lambda: changes.append(both_keys.current.label))

    both_keys.set_aside(both_keys.current)
    both_keys.set_aside(both_keys.current)

    assert changes == ["old", "new"]  # where all are refused, the newest is as good as any
    assert "refuses the key new:" in caplog.text
    assert "bbb" not in caplog.text


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> "contextlib.AbstractContextManager[Listening]":
    monkeypatch.setattr(keys, "LOOK_S", 0.02)
    monkeypatch.setattr(elevenlabs_links, "FIRST_PAUSE_S", 0.05)
    for rung in (elevenlabs_socket, elevenlabs_http):
        monkeypatch.setattr(rung, "READ_S", 60.0)  # a busy machine makes nobody late
    with listening() as one:
        one.emulator.account.add_key(secret=NEXT, name="next")
        yield one


async def _pieces(voice: Rungs, manner: Manner = NEUTRAL) -> list[Spoken]:
    async with contextlib.aclosing(voice.speak(script_of(*LINES).read(), manner)) as pieces:
        return [piece async for piece in pieces]


@contextlib.asynccontextmanager
async def _running(rung: type[Rungs], url: str, some: Keys):
    account = Account(some, base_url=url, concurrency=20)
    voice = rung(account, Turnstile(account.concurrency), Spending(read_prices()))
    await voice.start()
    watching = asyncio.create_task(some.watch())
    try:
        yield voice
    finally:
        watching.cancel()
        await voice.stop()


def _key_ids(provider: Listening) -> list[str]:
    return [each["key_id"] for each in provider.emulator.requests]


@both
async def test_a_rotation_fails_no_request(provider: Listening, tmp_path: Path, rung: type[Rungs]) -> None:
    """Under load: what was begun with the former key ends on it, what comes later takes the new one."""
    file = _file(tmp_path, f"old={KEY}")
    some = Keys(read_keys(file), file)
    rotated = asyncio.Event()
    some.when_changed(rotated.set)
    provider.switch(plan="scale")
    async with _running(rung, provider.url, some) as voice:
        numbers = itertools.count()

        async def talk() -> None:
            after = 0
            while after < 3:
                pieces = await _pieces(voice)  # a failed request would raise
                assert pieces[-1].to == sum(map(len, LINES)) + 2
                next(numbers)
                after += rotated.is_set()

        talking = [asyncio.create_task(talk()) for _ in range(3)]
        while next(numbers) < 5:
            await asyncio.sleep(0.01)
        _file(tmp_path, f"old={KEY}", f"next={NEXT}")
        await asyncio.wait_for(asyncio.gather(*talking), 60)

        former, new = dict.fromkeys(_key_ids(provider))
        assert former != new
        assert _key_ids(provider)[-1] == new
        if rung is ElevenLabsSocket:
            while provider.state()["sockets"] > 1:
                await asyncio.sleep(0.02)


@both
async def test_a_key_that_is_refused_is_replaced_by_another(provider: Listening, rung: type[Rungs]) -> None:
    """Over HTTP within the same request; a socket is opened anew, and the utterance goes to the next rung."""
    some = Keys([Key("good", KEY), Key("bad", "no-such-key")])
    async with _running(rung, provider.url, some) as voice:
        while True:
            try:
                assert (await _pieces(voice))[-1].to == sum(map(len, LINES)) + 2
                break
            except RungFailed:
                assert rung is ElevenLabsSocket
            await asyncio.sleep(0.02)
    assert some.current.label == "good"


async def test_a_file_that_is_spoilt_changes_nothing(provider: Listening, tmp_path: Path) -> None:
    file = _file(tmp_path, f"old={KEY}")
    some = Keys(read_keys(file), file)
    watching = asyncio.create_task(some.watch())
    _file(tmp_path, "nonsense")
    some.look_now()
    await asyncio.sleep(0.2)
    assert some.current.secret == KEY
    _file(tmp_path, f"next={NEXT}")
    while some.current.label != "next":
        await asyncio.sleep(0.01)
    watching.cancel()


async def test_each_voice_has_a_warm_connection(provider: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened at the first wish for it, bounded in number, and the account's own stays."""
    monkeypatch.setattr(elevenlabs_links, "MOST_LINKS", 2)
    voices = [each.id for each in provider.emulator.voices.all()][:4]
    account = Account(Keys([Key("test", KEY)]), voice=voices[0], base_url=provider.url)
    voice = ElevenLabsSocket(account, Turnstile(4), Spending(read_prices()))
    await voice.start()
    try:
        for each in (*voices, voices[0]):
            assert (await _pieces(voice, Manner(clone=each)))[-1].to == sum(map(len, LINES)) + 2
        while provider.state()["sockets"] > 2:
            await asyncio.sleep(0.02)
        heard = dict.fromkeys(each["path"].split("/")[3] for each in provider.emulator.requests)
        assert list(heard) == voices
        assert provider.state()["sockets_opened"] == 4
    finally:
        await voice.stop()
