"""What is replayed is drawn and varied by its seed alone, and told apart where it comes otherwise."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import soundfile

from bench.replay import Compared, Turn, differences, drawn, figures, recordings, varied

RAIN = Turn("will it rain in oslo", "ask_weather", (("place", "oslo"),), ("utter_rain",))


def test_sentences_are_drawn_by_the_seed_and_from_every_intent_alike() -> None:
    turns = drawn(60, 1)

    assert turns == drawn(60, 1) != drawn(60, 2)
    assert max(Counter(each.intent for each in turns).values()) == 1
    assert all(each.responses is None for each in turns)


def test_sound_is_varied_by_the_seed() -> None:
    pcm = (np.sin(np.arange(16_000) / 20) * 9_000).astype("<i2").tobytes()

    assert varied(pcm, 3) == varied(pcm, 3)
    assert len({varied(pcm, seed) for seed in range(6)}) > 3  # clean ones of one size are alike


def test_recordings_are_read_session_by_session(tmp_path: Path) -> None:
    for session, turn in (("0000", "0002"), ("0001", "0001"), ("0000", "0001")):
        (tmp_path / session).mkdir(exist_ok=True)
        file = tmp_path / session / f"{turn}.json"
        file.write_text(
            json.dumps({"text": turn, "intent": "greet", "slots": [["place", "Oslo"]], "responses": ["utter_hello"]})
        )
        soundfile.write(file.with_suffix(".flac"), np.ones(160, np.int16), 16_000)

    sessions = recordings(tmp_path)

    assert [[each.wanted.text for each in session] for session in sessions] == [["0001", "0002"], ["0001"]]
    assert sessions[0][0].wanted.slots == (("place", "oslo"),)
    assert sessions[0][0].pcm == np.ones(160, "<i2").tobytes()


def test_what_came_otherwise_is_counted_and_told() -> None:
    misheard = Turn("will it rain in austin", "ask_weather", (("place", "austin"),), ("utter_rain",))
    misread = Turn("will it train", "nlu_fallback", (), ("utter_ask_rephrase",))
    compared = [Compared(RAIN, RAIN), Compared(RAIN, misheard), Compared(RAIN, misread), Compared(RAIN, None)]

    found = figures(compared)

    assert (found["turns"], found["unanswered"]) == (4, 1)
    assert (found["text"], found["intent"], found["slots"], found["responses"]) == (0.25, 0.5, 0.25, 0.5)
    assert found["wer"] == 4 / 15
    assert differences(compared) == [
        "'will it rain in oslo' (ask_weather): heard 'will it train' (nlu_fallback)",
        "'will it rain in oslo' (ask_weather): not answered",
    ]
