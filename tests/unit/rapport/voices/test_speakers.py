"""Who speaks in a session, by voices that tests choose; `bench.speakers` measures it on recordings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from rapport.errors import BadAudio
from rapport.voices.sound import Samples
from rapport.voices.speaker import DIMENSIONS, Embedding, VoicePrint, as_text, from_text
from rapport.voices.speakers import Speakers, SpokenBy, Voice

SECOND = 16_000


def voice(of: int, *, unlike: float = 0.0) -> Embedding:
    """Somebody's, so far from their usual one (as the sine of the angle)."""
    vector = np.zeros(DIMENSIONS, np.float32)
    vector[of], vector[of + 100] = np.sqrt(1 - unlike**2), unlike
    return vector


def between_two(degrees: float) -> Embedding:
    """So far from voice 5, on the way to voice 6."""
    vector = np.zeros(DIMENSIONS, np.float32)
    vector[5], vector[6] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return vector


@dataclass
class Room:
    """The sound says at its first sample which of the voices it is."""

    voices: list[Embedding] = field(default_factory=list)

    def print_of(self, speech: Samples) -> VoicePrint:
        number = round(float(speech[0]) * 32_768)
        return VoicePrint(self.voices[number], self.voices[number][np.newaxis])

    def says(self, told: Embedding, seconds: float = 2.0) -> bytes:
        self.voices.append(told)
        return np.array([len(self.voices) - 1] + [1] * int(seconds * SECOND - 1), "<i2").tobytes()


@pytest.fixture
def room() -> Room:
    return Room()


def in_room(room: Room, own: Embedding | None = None) -> Speakers:
    return Speakers(lambda: room, own)  # type: ignore[arg-type,return-value]


def test_speakers_are_numbered_as_they_come(room: Room) -> None:
    speakers = in_room(room)

    found = [speakers.hear(room.says(voice(of, unlike=0.3))).speaker for of in (5, 7, 5, 9, 7)]

    assert found == [1, 2, 1, 3, 2]


def test_without_a_known_voice_nobody_is_the_person(room: Room) -> None:
    assert in_room(room).hear(room.says(voice(5))) == SpokenBy(1, None)


@pytest.mark.parametrize(
    ("told", "whose"),
    [(voice(5, unlike=0.6), Voice.OWN), (voice(5, unlike=0.8), Voice.UNSURE), (voice(6), Voice.OTHER)],
)
def test_the_person_is_known_among_them(room: Room, told: Embedding, whose: Voice) -> None:
    assert in_room(room, voice(5)).hear(room.says(told)).voice is whose


def test_who_is_more_like_somebody_else_here_is_not_the_person(room: Room) -> None:
    """A guest who has spoken before competes with the voice that is known."""
    guest, between = (between_two(degrees) for degrees in (55, 47))
    alone, beside_guest = in_room(room, voice(5)), in_room(room, voice(5))
    beside_guest.hear(room.says(guest))

    assert alone.hear(room.says(between)).voice is Voice.OWN
    assert beside_guest.hear(room.says(between)).voice is not Voice.OWN


def test_a_short_answer_is_taken_for_the_one_s_who_spoke_before(room: Room) -> None:
    speakers = in_room(room, voice(5))

    assert speakers.hear(room.says(voice(5), 0.4)) == SpokenBy(None, Voice.UNSURE)
    speakers.hear(room.says(voice(5)))
    assert speakers.hear(room.says(voice(6), 0.4)).voice is Voice.OWN
    speakers.hear(room.says(voice(6)))
    assert speakers.hear(room.says(voice(5), 0.4)).voice is Voice.OTHER


def test_a_voice_is_gathered_over_its_turns(room: Room) -> None:
    speakers = in_room(room)
    for told in (voice(5), voice(6), voice(5)):
        by = speakers.hear(room.says(told, 3))

    assert by.speaker == 1
    gathered, seconds = speakers.gathered(by.speaker)
    assert seconds == pytest.approx(6)
    np.testing.assert_allclose(gathered, voice(5), atol=1e-6)


def test_a_voiceprint_is_as_it_was_sent() -> None:
    np.testing.assert_allclose(from_text(as_text(voice(5, unlike=0.3))), voice(5, unlike=0.3), atol=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "no base64!", as_text(voice(5))[:-8], as_text(np.zeros(DIMENSIONS, np.float32)), as_text(voice(5) * np.nan)],
)
def test_what_is_no_voiceprint_is_refused(text: str) -> None:
    with pytest.raises(BadAudio):
        from_text(text)
