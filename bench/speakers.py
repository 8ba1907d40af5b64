"""How well a session's speakers are told apart, and its person is known by their voice.

    python -m bench.speakers [--data PATH] [--json FILE]

Mixtures are made from recordings that are not part of the project (`--data`, else `RAPPORT_EVAL_DATA`, else
`../shared/data`; says so where there are none): LibriSpeech's test-other, four speakers with ten clips each, who are
enrolled with 10 s of their first clips, and sixty more with one each. 100 conversations of 12 turns of 1 to 4 s,
seeded, of one to three speakers, clean and with kitchen noise under all of it. The first speaker is the person.

Diarization error: the share of speech that is put to another speaker than its own, under the best pairing of ours with
theirs (nothing overlaps, and no speech is missed, since turns are given). False accepts are turns of strangers that are
taken for the person's, false rejects those of the person that are not.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from bench._noise import in_noise
from bench.report import machine
from rapport.speech.audio import HEARING_RATE_HZ
from rapport.speech.vad import FRAME_BYTES, SileroVad, SpeechDetector
from rapport.voices.sound import Samples, as_pcm
from rapport.voices.speaker import Embedding, SpeakerModel
from rapport.voices.speakers import Speakers, Voice

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = "services"
CONVERSATIONS, TURNS, MOST_SPEAKERS = 100, 12, 3
SHORTEST_S, LONGEST_S = 1.0, 4.0
ENROLLED_S = 10
SEED = 11
SNRS_DB = (None, 20, 10)
"""None is clean."""


@dataclass(frozen=True)
class Turn:
    """One turn of a made conversation: whose, and its speech."""

    speaker: int
    speech: Samples


def speech_of(path: Path) -> Samples:
    """A clip without its pauses, by the detector that a session uses."""
    samples, _ = soundfile.read(path, dtype="int16")
    pcm, detector = samples.tobytes(), SpeechDetector(SileroVad())
    frames = (pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES))
    spoken = b"".join(frame for frame in frames if detector.hear(frame))
    return np.frombuffer(spoken, "<i2").astype(np.float32) / np.float32(32_768)


def conversations(
    known: Sequence[Sequence[Samples]], strangers: Sequence[Samples], chance: np.random.Generator
) -> Iterator[tuple[int, list[Turn]]]:
    """Whose conversation it is, and its turns; speaker 0 is that person."""
    for _ in range(CONVERSATIONS):
        person = int(chance.integers(len(known)))
        others = [clips[len(clips) // 2 :] for at, clips in enumerate(known) if at != person] + [
            [clip] for clip in strangers
        ]
        picked = chance.permutation(len(others))[: int(chance.integers(MOST_SPEAKERS))]
        voices = [known[person][len(known[person]) // 2 :], *(others[at] for at in picked)]
        turns = []
        for _ in range(TURNS):
            speaker = int(chance.integers(len(voices)))
            clip = voices[speaker][int(chance.integers(len(voices[speaker])))]
            length = min(len(clip), int(chance.uniform(SHORTEST_S, LONGEST_S) * HEARING_RATE_HZ))
            begin = int(chance.integers(len(clip) - length + 1))
            turns.append(Turn(speaker, clip[begin : begin + length]))
        yield person, turns


def confusion_s(turns: Sequence[Turn], found: Sequence[int | None]) -> float:
    """Seconds that are put to another speaker than their own, under the best pairing."""
    ours = sorted({*found} - {None}, key=str)
    theirs = sorted({turn.speaker for turn in turns})
    seconds = [len(turn.speech) / HEARING_RATE_HZ for turn in turns]
    size = max(len(ours), len(theirs))
    padded = theirs + [-1 - at for at in range(size - len(theirs))]
    best = 0.0
    for order in permutations(padded, len(ours)):
        paired: dict[int | None, int] = dict(zip(ours, order, strict=True))
        right = (s for turn, number, s in zip(turns, found, seconds, strict=True) if paired.get(number) == turn.speaker)
        best = max(best, sum(right))
    return sum(seconds) - best


def measure(folder: Path) -> list[dict[str, Any]]:
    """A row a noise level."""
    by_speaker: dict[str, list[Samples]] = {}
    for path in sorted((folder / "speech/librispeech_test_other").glob("*.flac")):
        by_speaker.setdefault(path.name.split("-")[0], []).append(speech_of(path))
    known = list(by_speaker.values())
    strangers = [speech_of(path) for path in sorted((folder / "speech/librispeech_impostors").glob("*.flac"))]
    noise, _ = soundfile.read(folder / "noise/kitchen_a.flac", dtype="float32")
    model = SpeakerModel()
    enrolled: list[Embedding] = [
        model.print_of(np.concatenate(clips[: len(clips) // 2])[: ENROLLED_S * HEARING_RATE_HZ]).whole
        for clips in known
    ]
    rows = []
    for snr_db in SNRS_DB:
        chance = np.random.default_rng(SEED)
        wrong_s = total_s = 0.0
        counted = {"accepted": 0, "strangers": 0, "rejected": 0, "persons": 0, "right_number": 0}
        for person, turns in conversations(known, strangers, chance):
            speakers = Speakers(lambda: model, enrolled[person])
            heard = [speakers.hear(as_pcm(in_noise(turn.speech, noise, snr_db, chance))) for turn in turns]
            found = [each.speaker for each in heard]
            wrong_s += confusion_s(turns, found)
            total_s += sum(len(turn.speech) for turn in turns) / HEARING_RATE_HZ
            counted["right_number"] += len({*found} - {None}) == len({turn.speaker for turn in turns})
            for turn, each in zip(turns, heard, strict=True):
                counted["strangers"] += turn.speaker != 0
                counted["persons"] += turn.speaker == 0
                counted["accepted"] += turn.speaker != 0 and each.voice is Voice.OWN
                counted["rejected"] += turn.speaker == 0 and each.voice is not Voice.OWN
        rows.append(
            {
                "snr_db": snr_db,
                "diarization_error": wrong_s / total_s,
                "right_number_of_speakers": counted["right_number"] / CONVERSATIONS,
                "false_accepts": counted["accepted"] / counted["strangers"],
                "false_rejects": counted["rejected"] / counted["persons"],
                "turns": {"person": counted["persons"], "strangers": counted["strangers"]},
            }
        )
        print(_row(rows[-1]), flush=True)
    return rows


def _row(row: dict[str, Any]) -> str:
    level = "clean" if row["snr_db"] is None else f"{row['snr_db']} dB"
    return (
        f"{level:>6}  diarization error {100 * row['diarization_error']:.1f} %  right number of speakers "
        f"{100 * row['right_number_of_speakers']:.0f} %  false accepts {100 * row['false_accepts']:.1f} % of "
        f"{row['turns']['strangers']}  false rejects {100 * row['false_rejects']:.1f} % of {row['turns']['person']}"
    )


def main() -> None:
    """Print a row a noise level, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = Path(os.environ.get("RAPPORT_EVAL_DATA", ROOT.parent / "shared/data"))
    parser.add_argument("--data", type=Path, default=default_data, help="the folder that holds speech/ and noise/")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    if not (options.data / "speech/librispeech_impostors").is_dir():
        print("bench.speakers: skipped, no speech/librispeech_impostors under --data")
        return
    print(f"bench.speakers; {machine()}", flush=True)
    rows = measure(options.data)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
