"""Higher and deeper, warmer and brighter: measured on tones."""

import numpy as np
import pytest

from rapport.speech.audio import PcmChunk
from rapport.speech.spoken_text import pronounced
from rapport.speech.voice_profile import VoiceProfile
from voice_server.manner import Manner
from voice_server.timbre import Timbre

RATE_HZ = 22_050


def _tone(hz: float, seconds: float = 1.0) -> PcmChunk:
    samples = 12_000 * np.sin(2 * np.pi * hz * np.arange(round(RATE_HZ * seconds)) / RATE_HZ)
    return PcmChunk(samples.astype("<i2").tobytes(), RATE_HZ)


def _through(profile: VoiceProfile, sound: PcmChunk, step_bytes: int = 1 << 20) -> np.ndarray:
    timbre = Timbre(profile, RATE_HZ)
    pieces = [sound.samples[at : at + step_bytes] for at in range(0, len(sound.samples), step_bytes)]
    out = b"".join(timbre.feed(PcmChunk(piece, RATE_HZ)).samples for piece in pieces) + timbre.flush().samples
    return np.frombuffer(out, "<i2").astype(float)


def _loudest_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE_HZ / len(samples))


def _level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples[RATE_HZ // 10 :] ** 2)))


@pytest.mark.parametrize("semitones", [-6.0, -2.0, 3.0, 6.0])
def test_the_pitch_moves_by_semitones_and_the_pace_stays(semitones: float) -> None:
    """A sound that was spoken the other way round comes out as long as without a pitch."""
    profile = VoiceProfile(pitch=semitones)
    asked_pace = Manner(profile).pace

    heard = _through(profile, _tone(220, 1 / asked_pace))

    assert _loudest_hz(heard) == pytest.approx(220 * 2 ** (semitones / 12), rel=0.01)
    assert len(heard) == pytest.approx(RATE_HZ, rel=0.01)


def test_warmth_tilts_the_spectrum_and_clips_nothing() -> None:
    for warmth in (-1.0, 1.0):
        profile = VoiceProfile(warmth=warmth)
        low, high = (_level(_through(profile, _tone(hz))) for hz in (150, 5_000))
        assert (low > 1.5 * high) is (warmth > 0)
        assert (high > 1.5 * low) is (warmth < 0)
        loud = PcmChunk(b"\xff\x7f" * 5_000, RATE_HZ)
        assert np.abs(_through(profile, loud)).max() <= 32_767


@pytest.mark.parametrize("profile", [VoiceProfile(), VoiceProfile(pitch=2.0), VoiceProfile(warmth=0.5, pitch=-1.0)])
def test_pieces_sound_like_the_whole(profile: VoiceProfile) -> None:
    sound = _tone(330, 0.5)
    whole, pieces = _through(profile, sound), _through(profile, sound, 1_764)
    assert len(whole) == len(pieces)
    assert np.abs(whole - pieces).max() <= 2


def test_the_usual_leaves_the_sound_as_it_is() -> None:
    sound = _tone(200, 0.2)
    assert (_through(VoiceProfile(), sound) == np.frombuffer(sound.samples, "<i2")).all()


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Siobhan called.", "shi vawn called."),
        ("SIOBHAN's sister, Siobhan!", "shi vawn's sister, shi vawn!"),
        ("Siobhana and Asiobhan stay.", "Siobhana and Asiobhan stay."),
        ("Mary Ann and Ann.", "marian and Ann."),
    ],
)
def test_somebody_s_own_words_are_said_as_they_want(text: str, spoken: str) -> None:
    assert pronounced(text, [("Siobhan", "shi vawn"), ("mary ann", "marian")]) == spoken
    assert pronounced(text, []) == text
