"""The voices of ElevenLabs against the emulator, with all that goes wrong there: each reply is heard whole, once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from rapport.errors import SettingsError
from tests.fakes.rung import ScriptedRung
from tests.fakes.synthesizer import LETTER_MS
from tests.unit.emulator.conftest import KEY, Listening, listening
from tests.unit.voice_server.scripts import AGREED, script_of
from voice_server import elevenlabs_http, elevenlabs_links, elevenlabs_socket, ladder
from voice_server.breaker import Kind, RungFailed
from voice_server.elevenlabs import RATE_HZ, Account, held_to
from voice_server.elevenlabs_http import ElevenLabsHttp
from voice_server.elevenlabs_socket import ElevenLabsSocket
from voice_server.keys import Key, Keys
from voice_server.ladder import Heard, Ladder
from voice_server.manner import NEUTRAL, Manner
from voice_server.prices import read_prices
from voice_server.script import Clause, Script, Spoken
from voice_server.spending import Spending
from voice_server.turnstile import Turnstile

LINES = ("Good morning to you and yours.", "It is ten past nine in Berlin.")
TEXT = " ".join(LINES) + " "
SECOND_BYTES = 2 * RATE_HZ

Rungs = ElevenLabsSocket | ElevenLabsHttp


@pytest.fixture(scope="module")
def _one() -> Iterator[Listening]:
    with listening() as one:
        yield one


@pytest.fixture
def provider(_one: Listening, monkeypatch: pytest.MonkeyPatch) -> Listening:
    """An emulator in its first state, and all patience with it: a busy machine makes nobody late."""
    _patient(monkeypatch, read_s=60.0, begin_s=60.0)
    monkeypatch.setattr(elevenlabs_links, "FIRST_PAUSE_S", 0.05)
    _one.voice.__init__()  # type: ignore[misc]
    with _one.client() as client:
        client.post("/_emulator/reset").raise_for_status()
    return _one


def _patient(monkeypatch: pytest.MonkeyPatch, *, read_s: float, begin_s: float) -> None:
    """How long the rungs wait for sound, and the ladder for its beginning."""
    monkeypatch.setattr(elevenlabs_socket, "READ_S", read_s)
    monkeypatch.setattr(elevenlabs_http, "READ_S", read_s)
    monkeypatch.setattr(ladder, "BUDGET_S", begin_s)


def _account(provider: Listening, **values: Any) -> Account:
    key = values.pop("key", KEY)
    return Account(**{"keys": Keys([Key("test", key)]), "base_url": provider.url, **values})


@contextlib.asynccontextmanager
async def _running(rung: type[Rungs], account: Account) -> AsyncIterator[Rungs]:
    made = rung(account, Turnstile(account.concurrency), Spending(read_prices()))
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def _pieces(rung: Rungs, *lines: str, pace: float = 1.0) -> list[Spoken]:
    speech = rung.speak(script_of(*(lines or LINES)).read(), Manner.of({"pace": pace}))
    async with contextlib.aclosing(speech) as pieces:
        return [piece async for piece in pieces]


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _heard_letters(sounds: list[Any]) -> float:
    return sum(each.sound.duration_ms for each in sounds) / LETTER_MS


both = pytest.mark.parametrize("rung", [ElevenLabsSocket, ElevenLabsHttp])


@both
async def test_speech_is_whole(provider: Listening, rung: type[Rungs]) -> None:
    """Every letter is heard, the last piece ends the script, and pieces follow each other."""
    async with _running(rung, _account(provider)) as voice:
        pieces = await _pieces(voice)

    places = [piece.to for piece in pieces]
    assert places == sorted(places)
    assert places[-1] == len(TEXT)
    assert _heard_letters(pieces) == pytest.approx(_letters(TEXT), abs=2)
    assert all(len(piece.sound.samples) % 2 == 0 for piece in pieces)


@both
async def test_pace_is_speed_within_bounds(provider: Listening, rung: type[Rungs]) -> None:
    """A pace beyond what the provider takes is brought to it."""
    async with _running(rung, _account(provider)) as voice:
        pieces = await _pieces(voice, pace=0.5)

    assert _heard_letters(pieces) == pytest.approx(_letters(TEXT) / 0.7, abs=3)


@both
@pytest.mark.parametrize("model", ["eleven_flash_v2_5", "eleven_multilingual_v2"])
async def test_a_model_is_held_to_the_language_where_it_can_be(
    provider: Listening, rung: type[Rungs], model: str
) -> None:
    """One that can't be refuses to be told, so it is not."""
    account = _account(provider, model=model)
    async with _running(rung, account) as voice:
        assert (await _pieces(voice))[-1].to == len(TEXT)
    assert held_to(account.speaking(Manner()).language, model) == ({"language_code": "en"} if "flash" in model else {})


async def test_clauses_are_stitched(provider: Listening) -> None:
    """Over HTTP, a clause is sent with the text before it."""
    async with _running(ElevenLabsHttp, _account(provider)) as voice:
        await _pieces(voice)

    asked = [each for each in provider.emulator.requests if "has_previous_text" in each]
    assert [len(each["previous_request_ids"]) for each in asked] == [0, 1]
    assert not any(each["has_previous_text"] for each in asked)


async def test_one_socket_serves_many_utterances(provider: Listening) -> None:
    """It is opened before anybody speaks, and no context is left on it."""
    async with _running(ElevenLabsSocket, _account(provider)) as voice:
        assert provider.state()["sockets"] == 1
        await asyncio.gather(*(_pieces(voice) for _ in range(3)))
        assert provider.state()["sockets"] == 1
        assert provider.state()["contexts"] == 0


async def test_sound_comes_before_the_text_ends(provider: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line is spoken while nobody knows the second."""
    _patient(monkeypatch, read_s=1.0, begin_s=60.0)
    more = asyncio.Event()
    lines = [Clause(LINES[0]), Clause(LINES[1]), None]

    async def next_line() -> Clause | None:
        if len(lines) < 3:
            await more.wait()
        return lines.pop(0)

    async with _running(ElevenLabsSocket, _account(provider)) as voice:
        async with contextlib.aclosing(voice.speak(Script(next_line).read(), NEUTRAL)) as pieces:
            piece = await asyncio.wait_for(anext(pieces), 5)
            while piece.to < len(LINES[0]):
                piece = await asyncio.wait_for(anext(pieces), 5)
            await asyncio.sleep(1.2)  # longer than the patience for sound: silence is right while there is no text
            more.set()
            rest = [piece async for piece in pieces]

    assert rest[-1].to == len(TEXT)


async def test_a_connection_that_is_stuck_is_replaced(provider: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    """Utterances that nobody waits for any more do not take up all its places for good."""
    _patient(monkeypatch, read_s=2.0, begin_s=60.0)
    monkeypatch.setattr(elevenlabs_links, "LEFT_S", 0.1)
    provider.fault("stall", path="*/multi-stream-input")
    async with _running(ElevenLabsSocket, _account(provider)) as voice:
        for _ in range(2):
            with pytest.raises((asyncio.TimeoutError, RungFailed)):
                await asyncio.wait_for(_pieces(voice), 0.2)

        while True:
            with contextlib.suppress(RungFailed):
                assert (await _pieces(voice))[-1].to == len(TEXT)
                break
            await asyncio.sleep(0.05)
        assert provider.state()["contexts"] == 0
        assert provider.state()["sockets"] == 1


async def test_barge_in_closes_the_context_and_keeps_the_socket(provider: Listening) -> None:
    """Whoever is interrupted is not spoken for any longer, and the next utterance needs no new connection."""
    provider.switch(closed_context="drops", context_close_ms=100)
    async with _running(ElevenLabsSocket, _account(provider)) as voice:
        for _ in range(8):
            async with contextlib.aclosing(voice.speak(script_of(*LINES).read(), NEUTRAL)) as pieces:
                await anext(pieces)
            await asyncio.sleep(0.02)
        while provider.state()["contexts"]:
            await asyncio.sleep(0.02)

        assert (await _pieces(voice))[-1].to == len(TEXT)
        assert provider.state()["sockets"] == 1


@pytest.mark.parametrize(
    "switches",
    [
        {"closed_context": "drops"},
        {"context_field": "context_id", "final_field": "is_final", "not_final": "absent"},
        {"durations_field": "charsDurationsMs", "not_final": "false"},
        {"context_close_ms": 200},
    ],
)
async def test_what_sources_disagree_on_makes_no_difference(provider: Listening, switches: dict[str, Any]) -> None:
    """Each side of it is understood."""
    provider.switch(**switches)
    async with _running(ElevenLabsSocket, _account(provider)) as voice:
        pieces = await _pieces(voice)

    assert pieces[-1].to == len(TEXT)
    assert _heard_letters(pieces) == pytest.approx(_letters(TEXT), abs=2)


@both
async def test_the_plan_s_concurrency_is_kept(provider: Listening, rung: type[Rungs]) -> None:
    """What is over it waits here, and is not refused there."""
    provider.switch(concurrency=2)
    provider.voice.first_chunk_after_s = 0.05
    async with _running(rung, _account(provider, concurrency=2)) as voice:
        spoken = await asyncio.gather(*(_pieces(voice) for _ in range(5)))

    assert all(pieces[-1].to == len(TEXT) for pieces in spoken)


@pytest.mark.parametrize("shape", ["detailed", "brief"])
@pytest.mark.parametrize(
    ("values", "switches", "kind"),
    [
        pytest.param({"key": "wrong"}, {}, Kind.AUTH, id="key"),
        pytest.param({"voice": "nobody"}, {}, Kind.VOICE, id="voice"),
        pytest.param({"voice": "nobody"}, {"voice_not_found_status": 401}, Kind.VOICE, id="voice-401"),
        pytest.param({}, {"character_limit": 0}, Kind.QUOTA, id="quota-401"),
        pytest.param({}, {"character_limit": 0, "quota_status": 402}, Kind.QUOTA, id="quota-402"),
        pytest.param({}, {"concurrency": 0}, Kind.CONCURRENCY, id="concurrency"),
        pytest.param(
            {}, {"concurrency": 0, "concurrency_code": "concurrent_limit_exceeded"}, Kind.CONCURRENCY, id="limit"
        ),
    ],
)
@both
async def test_errors_are_sorted_by_kind(
    provider: Listening, rung: type[Rungs], values: dict[str, Any], switches: dict[str, Any], kind: Kind, shape: str
) -> None:
    """By their code, whatever the status and the shape."""
    provider.switch(error_shape=shape, **switches)
    async with _running(rung, _account(provider, **values)) as voice:
        await asyncio.sleep(0.1)  # a key that is refused is told on the socket, once it is open
        with pytest.raises(RungFailed) as raised:
            await _pieces(voice)

    assert raised.value.kind is kind


HALF_A_SECOND, TWO_SECONDS = SECOND_BYTES // 2, 2 * SECOND_BYTES
FAULTS = [
    pytest.param({"kind": kind, "after_bytes": after}, id=f"{kind}-{after}")
    for kind in ("cut", "stall", "malformed")
    for after in (0, HALF_A_SECOND + 1, TWO_SECONDS)
] + [
    pytest.param({"kind": "error", "status": 500, "code": "internal"}, id="error"),
    pytest.param({"kind": "error", "after_bytes": HALF_A_SECOND}, id="error-midway"),
    pytest.param({"kind": "error", "status": 503, "handshake": True}, id="no-upgrade"),
    pytest.param({"kind": "latency", "ms": 900}, id="late"),
    pytest.param({"kind": "odd"}, id="odd"),
    pytest.param({"kind": "jitter", "jitter_ms": 60}, id="jitter"),
]


async def _ladder_speaks(local: ScriptedRung, *rungs: Rungs) -> list[Heard]:
    speech = Ladder([local], rungs).speak(script_of(*LINES), AGREED)
    async with contextlib.aclosing(speech) as heard:
        return [each async for each in heard]


def _heard_whole(heard: list[Heard], local: ScriptedRung) -> None:
    """The words that the local voice said are the end of the text, and the provider gave sound for those before."""
    said = " ".join(text for text, _, _ in local.said)
    theirs = [each for each in heard if each.voice != local.name]
    if {each.voice for each in heard} == {local.name} or not any(each.voice == local.name for each in heard):
        letters = 0 if theirs else _letters(TEXT)  # a stand-in may have begun, and given way
    else:
        assert TEXT.strip().endswith(said)
        letters = _letters(said)
    assert _heard_letters(theirs) == pytest.approx(_letters(TEXT) - letters, abs=2)
    if letters:
        assert letters == _letters(said)


@pytest.mark.parametrize("fault", FAULTS)
@both
async def test_whatever_goes_wrong_a_reply_is_heard_whole_once(
    provider: Listening, rung: type[Rungs], fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault, before sound and in its midst: the next voice says what is left, from the next word on."""
    _patient(monkeypatch, read_s=0.6, begin_s=0.3)
    provider.fault(times=None, **fault)
    local = ScriptedRung("local")
    async with _running(rung, _account(provider)) as voice:
        heard = await _ladder_speaks(local, voice)

    _heard_whole(heard, local)


async def test_from_the_socket_to_http_in_mid_sentence(provider: Listening) -> None:
    """The same voice goes on over the other way."""
    provider.fault("cut", path="*/multi-stream-input", after_bytes=SECOND_BYTES)
    local = ScriptedRung("local")
    account = _account(provider)
    async with _running(ElevenLabsSocket, account) as socket, _running(ElevenLabsHttp, account) as http:
        heard = await _ladder_speaks(local, socket, http)

    assert {each.voice for each in heard} == {socket.name, http.name}
    _heard_whole(heard, local)


async def test_http_hands_over_at_a_clause(provider: Listening) -> None:
    """A clause that breaks off is said again from its beginning, and was not heard before."""
    provider.fault("cut", skip=1, after_bytes=HALF_A_SECOND)
    local = ScriptedRung("local")
    async with _running(ElevenLabsHttp, _account(provider)) as voice:
        heard = await _ladder_speaks(local, voice)

    assert [text for text, _, _ in local.said] == [LINES[1]]
    _heard_whole(heard, local)


async def test_the_socket_hands_over_at_a_word(provider: Listening) -> None:
    """In the midst of a clause, the next voice begins with the first word that was not heard whole."""
    provider.fault("cut", times=None, after_bytes=TWO_SECONDS)
    local = ScriptedRung("local")
    async with _running(ElevenLabsSocket, _account(provider)) as voice:
        heard = await _ladder_speaks(local, voice)

    assert [text for text, _, _ in local.said] == ["past nine in Berlin."]
    _heard_whole(heard, local)


async def test_the_socket_comes_back(provider: Listening) -> None:
    """A connection that broke is opened again, and speaks."""
    provider.fault("cut")
    async with _running(ElevenLabsSocket, _account(provider)) as voice:
        with pytest.raises(RungFailed):
            await _pieces(voice)
        for _ in range(100):
            await asyncio.sleep(0.02)
            if provider.state()["sockets"] == 1:
                break
        await asyncio.sleep(0.05)
        assert (await _pieces(voice))[-1].to == len(TEXT)


@both
@pytest.mark.parametrize("fault", [None, {"kind": "error"}, {"kind": "cut"}, {"kind": "malformed"}])
async def test_neither_key_nor_text_is_told(
    provider: Listening, rung: type[Rungs], fault: dict[str, Any] | None, caplog: pytest.LogCaptureFixture
) -> None:
    """In no log of ours or of the libraries, whatever the level; nor in a repr or an error."""
    caplog.set_level(logging.DEBUG)
    if fault:
        provider.fault(**fault)
    account = _account(provider)
    async with _running(rung, account) as voice:
        told = repr(account) + repr(voice)
        try:
            await _pieces(voice, "A whispered confidence.")
        except RungFailed as error:
            told += repr(error) + repr(error.__cause__)

    assert KEY not in told + caplog.text
    assert "whispered" not in told + caplog.text


def test_the_key_leaves_the_environment() -> None:
    """What the voice server starts is not told."""
    environment = {"ELEVENLABS_API_KEY": "xi", "ELEVENLABS_VOICE": "", "PATH": "/bin"}

    account = Account.taken_from(environment)

    assert account is not None
    assert account.keys.current.secret == "xi"
    assert "xi" not in repr(account)
    assert environment == {"PATH": "/bin"}
    assert Account.taken_from({"ELEVENLABS_API_KEY": ""}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"ELEVENLABS_BASE_URL": "http://voices.example"},
        {"ELEVENLABS_BASE_URL": "voices.example"},
        {"ELEVENLABS_CONCURRENCY": "0"},
        {"ELEVENLABS_API_KEY": "two words"},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, str]) -> None:
    """The message names the variable, and never the key."""
    with pytest.raises(SettingsError) as raised:
        Account.taken_from({"ELEVENLABS_API_KEY": "xi-secret", **wrong})

    assert next(iter(wrong)) in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "two words" not in str(raised.value)
