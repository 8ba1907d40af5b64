"""Which voice speaks for whom."""

import dataclasses
from pathlib import Path

import pytest

from emulator.voices import PREMADE
from rapport.errors import SettingsError
from rapport.speech.grant import Grant
from rapport.speech.voice_profile import CLONED, VoiceProfile
from voice_server.catalogue import ELEVENLABS, ESPEAK, PIPER, Catalogue, read_catalogue
from voice_server.elevenlabs import Account
from voice_server.first_audio import LEAST, WINDOW_S, FirstAudio
from voice_server.keys import Key, Keys
from voice_server.manner import Manner
from voice_server.voice_choice import VoiceChoice

CLONE = "clone-of-anna"
EVERYWHERE = {(ELEVENLABS, None), (ESPEAK, None), (PIPER, "en_US-joe-medium")}


class Clock:
    """Seconds, moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def account() -> Account:
    return Account(Keys([Key("test", "sk_" + "0" * 48)]), voice="own")


def wishing(voice: str, *, can_wait: bool = False, cloned: bool = True, cloud: bool = True) -> Manner:
    grant = Grant("anna", cloud=cloud, cloned=cloned, profile=VoiceProfile(voice))
    return Manner.of({"can_wait": can_wait}, grant)


def choice(account: Account | None, first_audio: FirstAudio, catalogue: Catalogue | None = None) -> VoiceChoice:
    shown = catalogue or read_catalogue().spoken_by(EVERYWHERE)
    return VoiceChoice(shown, {"anna": CLONE}.get, first_audio, account.speaking if account else None)


def test_a_provider_is_asked_for_the_voice_that_was_chosen(account: Account) -> None:
    """By its name; without a choice, or with one that there is not, for the server's own."""
    voices = choice(account, FirstAudio())
    ids = {name: voice_id for voice_id, name, _ in PREMADE}

    assert account.speaking(voices.choose(wishing("george"))).voice == ids["George"]
    assert account.speaking(voices.choose(wishing(""))).voice == "own"
    assert account.speaking(voices.choose(wishing("nobody"))).voice == "own"
    assert account.speaking(voices.choose(wishing(CLONED))).voice == CLONE
    assert account.speaking(voices.choose(wishing(CLONED, cloned=False))).voice == "own"


def test_who_chose_a_local_voice_is_not_spoken_to_by_a_provider(account: Account) -> None:
    chosen = choice(account, FirstAudio()).choose(wishing("duncan"))

    assert not chosen.cloud
    assert chosen.prefers(ESPEAK) == "en-gb-scotland"
    assert chosen.prefers(PIPER) is None
    assert choice(account, FirstAudio()).choose(wishing("rachel")).cloud


def test_a_clone_that_is_late_speaks_what_can_wait(account: Account) -> None:
    """The ready-made voice speaks the rest, until the clone was in time again, or for long not measured."""
    clock = Clock()
    times = FirstAudio(clock)
    voices = choice(account, times)
    name = account.speaking(voices.choose(wishing(CLONED))).name
    assert CLONE in name

    for _ in range(LEAST):
        times.note(name, 700.0)
    assert voices.choose(wishing(CLONED)).clone == ""
    assert voices.choose(wishing(CLONED, can_wait=True)).clone == CLONE

    clock.now = WINDOW_S + 1
    assert voices.choose(wishing(CLONED)).clone == CLONE
    for _ in range(LEAST):
        times.note(name, 120.0)
    assert voices.choose(wishing(CLONED)).clone == CLONE


def test_voices_are_known_for_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice_server.first_audio.MOST_VOICES", 2)
    times = FirstAudio(Clock())
    for name in "abc":
        for _ in range(LEAST):
            times.note(name, 100.0)
    assert times.p95_ms("a") is None
    assert times.p95_ms("c") == 100.0


def test_the_p95_is_of_the_slow_ones() -> None:
    times = FirstAudio(Clock())
    for ms in range(1, 21):
        times.note("a", float(ms))
    assert times.p95_ms("a") == 20.0


async def test_only_what_can_speak_here_is_listed(account: Account) -> None:
    catalogue = read_catalogue()
    all_of_them = await choice(account, FirstAudio()).listed({}, b"")
    local = await choice(None, FirstAudio(), catalogue.spoken_by({(ESPEAK, None), (PIPER, "another")})).listed({}, b"")

    assert all_of_them["provider"]
    assert {each["name"] for each in all_of_them["voices"]} == set(catalogue.presets)
    assert not local["provider"]
    assert {each["name"] for each in local["voices"]} == {
        name for name, each in catalogue.presets.items() if each.engine == ESPEAK
    }
    assert set(local["voices"][0]) == {"name", "accent", "gender", "about", "cloud"}


def test_the_emulator_has_every_voice_of_the_provider() -> None:
    wanted = {each.id: each for each in read_catalogue().presets.values() if each.cloud}
    had = {voice_id: labels for voice_id, _, labels in PREMADE}

    assert {each: wanted[each].accent for each in wanted} == {each: had[each]["accent"] for each in wanted}
    assert {each: wanted[each].gender for each in wanted} == {each: had[each]["gender"] for each in wanted}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "voices = 1",
        '[voices.x]\nengine = "none"',
        '[voices.cloned]\nengine="piper"\nid="a"\naccent="b"\ngender="c"',
    ],
)
def test_a_list_of_voices_out_of_shape_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "voices.toml").write_text(text)
    with pytest.raises(SettingsError, match="list of voices"):
        read_catalogue(tmp_path / "voices.toml")


@pytest.mark.parametrize("wrong", [{"name": CLONED}, {"name": "Rachel"}, {"name": "r2"}, {"gender": "none"}])
def test_what_people_could_not_ask_for_is_refused(wrong: dict[str, str]) -> None:
    """The people API says what a name and a gender look like; see `people_api/voice.py`."""
    some = next(iter(read_catalogue().presets.values()))
    with pytest.raises(ValueError, match="voice"):
        dataclasses.replace(some, **wrong)
