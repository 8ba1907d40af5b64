"""The energy gate: which frames are worth the voice activity network.

Minimum statistics: the quietest frame of the last three seconds is the noise floor, since even running speech pauses
that often, and what does not rise above it cannot be speech. Time is counted in frames.
"""

import audioop
from collections import deque

from rapport.speech.audio import SAMPLE_BYTES

QUIETEST_RMS = 10.0
"""Below this (of 32,768; -70 dBFS) no microphone has speech: under 1 % of the speech frames in the recordings of
`RISE`, all of them inside words that `HOLD_FRAMES` bridges."""

RISE = 1.5
"""How far above the floor a frame must be (3.5 dB). With 35 recordings of reading and of orders: of the frames
that the network calls speech, 0.2 % are lost in quiet and in kitchen noise at 6 to 12 dB, 0.8 % in white noise at
15 dB, while 77 % of the others are spared in quiet and 88 % in white noise; at 3.0, up to 1.5 % are lost in noise."""

FLOOR_FRAMES = 94
"""Frames of 32 ms over which the floor is the minimum: three seconds."""

HOLD_FRAMES = 15
"""Frames for which the gate stays open: 480 ms, longer than the stops inside words, and what a wake word's detector
needs to hear after its phrase."""


class EnergyGate:
    """Lets through frames that rise above the room's noise. One stream each, one frame length."""

    def __init__(self) -> None:
        self.reset()

    def open(self, frame: bytes) -> bool:
        """Whether this frame of 16-bit PCM, or one shortly before it, is loud enough to hold speech."""
        level = audioop.rms(frame, SAMPLE_BYTES)
        self._levels.append(level)
        if level >= max(QUIETEST_RMS, RISE * min(self._levels)):
            self._held = HOLD_FRAMES
            return True
        self._held -= 1
        return self._held > 0

    def reset(self) -> None:
        """Begin a new stream; until its floor is known, all that is not silence passes."""
        self._levels: deque[int] = deque([0] * FLOOR_FRAMES, maxlen=FLOOR_FRAMES)
        self._held = 0
