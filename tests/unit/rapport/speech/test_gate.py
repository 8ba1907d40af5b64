"""The energy gate, frame by frame."""

import random
from array import array

from rapport.speech.gate import FLOOR_FRAMES, HOLD_FRAMES, EnergyGate


def hiss(level: int, seed: int = 1) -> bytes:
    noise = random.Random(seed)
    return array("h", (round(noise.gauss(0, level)) for _ in range(512))).tobytes()


def used_to(gate: EnergyGate, level: int) -> None:
    for seed in range(2 * FLOOR_FRAMES):
        gate.open(hiss(level, seed))


def test_silence_stays_outside() -> None:
    gate = EnergyGate()

    assert not any(gate.open(bytes(1_024)) for _ in range(100))


def test_the_first_sound_of_a_stream_passes() -> None:
    """Before the room is known, a steady voice must not be taken for it."""
    gate = EnergyGate()

    assert all(gate.open(hiss(400)) for _ in range(FLOOR_FRAMES - 1))


def test_steady_noise_is_shut_out_in_time() -> None:
    """A fan is speech to nobody."""
    gate = EnergyGate()
    used_to(gate, 400)

    assert not any(gate.open(hiss(400, seed)) for seed in range(100))


def test_what_rises_above_the_noise_passes() -> None:
    gate = EnergyGate()
    used_to(gate, 400)

    assert gate.open(hiss(700))


def test_a_short_dip_does_not_close_it() -> None:
    """Stops inside a word are silence; 480 ms are bridged, no more."""
    gate = EnergyGate()
    used_to(gate, 10)
    gate.open(hiss(700))

    dip = [gate.open(bytes(1_024)) for _ in range(HOLD_FRAMES)]

    assert dip == [True] * (HOLD_FRAMES - 1) + [False]


def test_a_quieter_room_is_noticed_at_once() -> None:
    """Speech softer than the fan was is heard as soon as the fan stops."""
    gate = EnergyGate()
    used_to(gate, 1_000)
    for _ in range(HOLD_FRAMES):
        gate.open(hiss(20))

    assert gate.open(hiss(100))


def test_a_new_stream_has_a_new_room() -> None:
    gate = EnergyGate()
    used_to(gate, 1_000)

    gate.reset()

    assert gate.open(hiss(100))
