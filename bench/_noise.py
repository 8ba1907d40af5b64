"""Noise under speech, at a place of chance."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Sound = TypeVar("Sound", npt.NDArray[np.float32], npt.NDArray[np.float64])


def in_noise(speech: Sound, noise: Sound, snr_db: int | None, chance: np.random.Generator) -> Sound:
    """Speech with noise under all of it, by the energies of both; None leaves it clean."""
    if snr_db is None:
        return speech
    begin = int(chance.integers(0, len(noise) - len(speech)))
    part = noise[begin : begin + len(speech)]
    mixed: Sound = speech + part * np.sqrt(np.mean(speech**2) / np.mean(part**2) / 10 ** (snr_db / 10))
    return mixed
