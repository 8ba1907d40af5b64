"""Clips on disk: what names one, who can open it, and when it goes."""

import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest

from rapport.speech.audio import PcmChunk
from rapport.speech.voice_profile import VoiceProfile
from voice_server.clips import ClipStore, Shelf
from voice_server.manner import NEUTRAL, Manner

OWNER = "o_" + "1" * 24
SHELF = Shelf(OWNER, b"k" * 32)
SOUND = PcmChunk(b"\x01\x02" * 22_050, 22_050)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> ClipStore:
    return ClipStore(tmp_path / "state" / "clips", most_bytes=200_000, longest_s=60, clock=clock)


def _files(tmp_path: Path) -> list[Path]:
    return [file for file in (tmp_path / "state").rglob("*") if file.is_file()]


def test_what_is_kept_is_found_again(store: ClipStore) -> None:
    store.write(SHELF, "a" * 64, SOUND)

    assert store.holds(SHELF, "a" * 64)
    assert store.read(SHELF, "a" * 64) == SOUND
    assert store.read(SHELF, "b" * 64) is None


def test_everything_that_the_sound_depends_on_is_in_the_name() -> None:
    """Another voice, setting, text or key is another clip; white space is none."""
    settings = NEUTRAL.settings
    slower = Manner.of({"pace": 0.9}).settings
    names = {
        SHELF.name("joe", settings, "Good morning."),
        SHELF.name("ann", settings, "Good morning."),
        SHELF.name("joe", slower, "Good morning."),
        SHELF.name("joe", settings, "Good evening."),
        replace(SHELF, key=b"l" * 32).name("joe", settings, "Good morning."),
    }
    assert len(names) == 5
    assert SHELF.name("joe", settings, " Good  morning. ") in names


@pytest.mark.parametrize(
    "changed", [{"pace": 0.7}, {"cadence": 2.0}, {"stability": 0.9}, {"similarity": 0.1}, {"style": 0.4}]
)
def test_whatever_a_voice_makes_something_of_is_a_setting(changed: dict[str, float]) -> None:
    assert Manner(VoiceProfile(**changed)).settings != NEUTRAL.settings


def test_nothing_can_be_read_without_the_key(store: ClipStore, tmp_path: Path) -> None:
    """Neither sound nor text is in the files or their names; with another key a clip does not open, and is removed."""
    name = SHELF.name("joe", NEUTRAL.settings, "Your sister lives in Oslo.")
    store.write(SHELF, name, SOUND)
    (file,) = _files(tmp_path)
    assert SOUND.samples[:64] not in file.read_bytes()
    assert "sister" not in str(file)

    assert store.read(replace(SHELF, key=b"l" * 32), name) is None
    assert not file.exists()


def test_a_damaged_clip_is_a_miss(store: ClipStore, tmp_path: Path) -> None:
    store.write(SHELF, "a" * 64, SOUND)
    (file,) = _files(tmp_path)
    file.write_bytes(file.read_bytes()[:-1])

    assert store.read(SHELF, "a" * 64) is None
    assert not file.exists()


def test_an_old_clip_is_a_miss(store: ClipStore, clock: Clock) -> None:
    store.write(SHELF, "a" * 64, SOUND)
    clock.now += 61
    assert store.read(SHELF, "a" * 64) is None
    assert not store.holds(SHELF, "a" * 64)


def test_the_sweep_takes_what_is_old_and_what_was_not_finished(store: ClipStore, tmp_path: Path, clock: Clock) -> None:
    store.write(SHELF, "a" * 64, SOUND)
    left = tmp_path / "state/clips" / OWNER / ".unfinished"
    left.write_bytes(b"half")
    for file in _files(tmp_path):
        os.utime(file, (clock.now, clock.now))
    store.sweep()
    assert len(_files(tmp_path)) == 2

    clock.now += 61
    store.sweep()
    assert not _files(tmp_path)


def test_what_was_not_used_for_longest_goes_first(store: ClipStore, tmp_path: Path, clock: Clock) -> None:
    """Within the bytes that there may be."""
    for number, name in enumerate("abcd"):
        store.write(SHELF, name * 64, SOUND)
        file = tmp_path / "state/clips" / OWNER / (name * 64)
        os.utime(file, (number, number))
    store.read(SHELF, "a" * 64)  # used just now

    store.write(SHELF, "e" * 64, SOUND)

    kept = {name for name in "abcde" if store.holds(SHELF, name * 64)}
    assert "a" in kept
    assert "e" in kept
    assert "b" not in kept
    assert sum(file.stat().st_size for file in _files(tmp_path)) <= 200_000


def test_one_person_s_clips_are_deleted_with_them(store: ClipStore) -> None:
    other = Shelf("o_" + "2" * 24, b"o" * 32)
    store.write(SHELF, "a" * 64, SOUND)
    store.write(other, "a" * 64, SOUND)
    assert store.traces(OWNER) == ["1 clips"]

    store.forget(OWNER)
    store.forget(OWNER)

    assert store.traces(OWNER) == []
    assert store.read(other, "a" * 64) == SOUND


@pytest.mark.parametrize("owner", ["..", "", "o_x/../../y", "people"])
def test_only_owners_have_folders(store: ClipStore, owner: str) -> None:
    with pytest.raises(ValueError, match="owner"):
        store.forget(owner)


def test_a_full_disk_is_no_reason_not_to_speak(
    store: ClipStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    store.write(SHELF, "a" * 64, SOUND)
    assert not _files(tmp_path)


def test_a_process_that_dies_while_it_writes_leaves_no_half_clip(
    store: ClipStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        store.write(SHELF, "a" * 64, SOUND)
    monkeypatch.undo()
    assert store.read(SHELF, "a" * 64) is None


def _shared_key(folder: Path) -> bytes:
    return ClipStore(folder).shared_shelf().key


def test_processes_that_start_at_once_share_a_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        keys = pool.map(_shared_key, [tmp_path / "state" / "clips"] * 16)

    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    (file,) = _files(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
