"""How well the gate before a cloned voice tells who may pass: checks, speakers, words, and the assistant itself.

    python -m bench.cloning [--data PATH] [--json FILE]
    python -m bench.cloning --own-voices       write `rapport/voices/own_voices.json` from the local voice

Runs on recordings that are not part of the project (`--data`, else `RAPPORT_EVAL_DATA`, else `../shared/data`); says so
where there are none. LibriSpeech's test-other has four speakers with ten clips each, who are enrolled, and sixty more
with one each, who are strangers. Nobody of them says our challenges: how their words are heard is measured on a list of
their own sentence's words among those of all challenges, and the challenges themselves on the local voice, at three
heights.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path

import numpy as np
import soxr

from bench.report import Report
from rapport.speech.vosk_recognizer import VoskModel
from rapport.voices.challenge import (
    DIGITS,
    DRAWN_DIGITS,
    DRAWN_WORDS,
    MOST_WRONG,
    WORDS,
    Challenge,
    heard_words,
    words_wrong,
)
from rapport.voices.dnsmos import Dnsmos
from rapport.voices.enrolment import OWN_VOICE, SAME_VOICE
from rapport.voices.own_voices import FILE, OwnVoices
from rapport.voices.quality import LEAST_AGREEMENT, Heard, judge, measure
from rapport.voices.sound import Recording, Samples, as_pcm, read_recording
from rapport.voices.speaker import Embedding, SpeakerModel, likeness, mean_of

ENVIRONMENT = "services"
ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"
PIPER_HZ = 22_050
HZ = 16_000

SENTENCES = (
    "Good morning. It is a quarter past nine, and the sun is out.",
    "You asked me to remind you of the dentist on Thursday at three.",
    "I have put milk, bread and six apples on your list, and nothing else.",
    "I did not quite get that. Could you say it again in other words?",
    "Your sister lives in Oslo, and her birthday is in the second week of May.",
    "There is rain on the way, so take an umbrella with you this evening.",
    "All right, I have forgotten that. Is there anything else that I can do for you?",
    "Twelve percent of eighty is nine point six. Would you like me to write that down?",
)
KNOWN = 4
"""Of the sentences, how many the reference is made of; the others are recognised by it."""

SPEAK = """
import sys, numpy
from itertools import pairwise
from pathlib import Path
from piper import PiperVoice
voice = PiperVoice.load(next(Path(sys.argv[1]).glob("piper/*.onnx")))
for line in sys.stdin:
    sound = numpy.concatenate([chunk.audio_float_array for chunk in voice.synthesize(line.strip())])
    sys.stdout.buffer.write(len(sound).to_bytes(4, "little") + sound.astype("<f4").tobytes())
"""
"""The local voice, in a process of its own, as its licence wants."""


@dataclass(frozen=True)
class Clip:
    """A recording that was listened to.

    Attributes:
        speaker: Whose.
        text: What was said, where it is known.
        recording: Its sound.
        heard: What was measured.
    """

    speaker: str
    text: tuple[str, ...]
    recording: Recording
    heard: Heard

    @property
    def voice(self) -> Embedding:
        """Its embedding."""
        assert self.heard.voice is not None
        return self.heard.voice.whole


class Bench:
    """The models, and what they found."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.speakers = SpeakerModel()
        self.mos = Dnsmos(MODELS)
        self.words = VoskModel(MODELS / "vosk")

    def clips(self, folder: Path) -> list[Clip]:
        """All of a folder's."""
        texts: dict[str, tuple[str, ...]] = {}
        if (folder / "transcripts.tsv").exists():
            rows = (line.split("\t") for line in (folder / "transcripts.tsv").read_text().splitlines())
            texts = {Path(name).stem: tuple(text.lower().split()) for name, text in rows}
        found = []
        for file in sorted(folder.glob("*.flac")):
            recording = read_recording(file.read_bytes())
            heard = self.measured(recording)
            found.append(Clip(file.name.split("-")[0], texts.get(file.stem, ()), recording, heard))
        return found

    def measured(self, recording: Recording) -> Heard:
        """Listen."""
        return measure(recording, self.speakers, self.mos)

    def share(self, title: str, hits: Sequence[bool]) -> None:
        """A row of how many of all."""
        self.report.row(title, value=float(np.mean(hits)) if hits else float("nan"), unit=f"of {len(hits)}")

    def checks(self, clips: Sequence[Clip]) -> None:
        """What the checks refuse of clean read speech that is long enough."""
        long = [clip for clip in clips if clip.heard.measures.speech_s >= 3]
        failed = Counter(check.name for clip in long for check in judge(clip.heard.measures) if not check.passed)
        for name in ("noise", "sound", "one_speaker", "speech", "level", "clipping"):
            self.report.row(f"clean speech refused for {name}", value=failed[name] / len(long), unit=f"of {len(long)}")

    def noise(self, clips: Sequence[Clip], noise: Samples, name: str) -> None:
        """What is refused for noise or sound with some noise in it."""
        for snr_db in (20, 10, 5):
            refused = []
            for clip in clips:
                clean = clip.recording.heard
                mixed = np.resize(noise, len(clean))
                factor = np.sqrt(np.mean(clean**2) / np.mean(mixed**2)) * 10 ** (-snr_db / 20)
                heard = self.measured(_recording(clean + mixed * factor))
                names = {check.name for check in judge(heard.measures) if not check.passed}
                refused.append(bool(names & {"noise", "sound"}))
            self.share(f"refused at {snr_db} dB of {name}", refused)

    def two_speakers(self, clips: Sequence[Clip]) -> None:
        """Joined from two people's: is that found?"""
        for first_s, then_s in ((6, 6), (9, 3), (4, 4)):
            found = []
            for one, other in pairwise(clips):
                if len(one.heard.speech) < 0.8 * first_s * HZ or len(other.heard.speech) < 0.9 * then_s * HZ:
                    continue
                joined = np.concatenate([one.heard.speech[: first_s * HZ], other.heard.speech[: then_s * HZ]])
                found.append(self.speakers.print_of(joined).agreement < LEAST_AGREEMENT)
            self.share(f"two speakers found, {first_s} s and {then_s} s", found)

    def verification(self, enrolled: Sequence[Clip], strangers: Sequence[Clip]) -> None:
        """Three clips of somebody against a fourth, and against everybody else's."""
        refused, accepted = [], []
        for speaker in sorted({clip.speaker for clip in enrolled}):
            own = [clip for clip in enrolled if clip.speaker == speaker]
            for at in range(len(own)):
                samples = mean_of(np.stack([own[(at + step) % len(own)].voice for step in (1, 2, 3)]))
                refused.append(likeness(samples, own[at].voice) < SAME_VOICE)
                accepted += [
                    likeness(samples, other.voice) >= SAME_VOICE
                    for other in (*enrolled, *strangers)
                    if other.speaker != speaker
                ]
        self.share("own voice refused (false rejection)", refused)
        self.share("another's voice accepted (false acceptance)", accepted)

    def read_words(self, clips: Sequence[Clip]) -> None:
        """Real people's words, on a list, held against their own sentence and against another's."""
        share = MOST_WRONG / (DRAWN_WORDS + DRAWN_DIGITS)
        refused, accepted = [], []
        for clip, other in zip(clips, [*clips[1:], clips[0]], strict=True):
            among = sorted({*clip.text, *other.text, *WORDS, *DIGITS})
            heard = heard_words(as_pcm(clip.recording.heard) + bytes(HZ), self.words, among)
            refused.append(words_wrong(clip.text, heard) > share * len(clip.text))
            accepted.append(words_wrong(other.text, heard) <= share * len(other.text))
        self.share("right words refused, read by people", refused)
        self.share("another sentence's words accepted", accepted)

    def challenges(self, say: Callable[[Sequence[str]], list[Samples]], count: int = 24) -> None:
        """Challenges by the local voice, at three heights."""
        drawn = [Challenge.fresh(datetime.now(timezone.utc)) for _ in range(count)]
        sounds = say([" ".join(each.words) + "." for each in drawn])
        refused, replayed = [], []
        for height in (0.85, 1.0, 1.2):
            for at, sound in enumerate(sounds):
                pcm = as_pcm(soxr.resample(sound, PIPER_HZ * height, HZ)) + bytes(HZ)
                heard = heard_words(pcm, self.words)
                refused.append(words_wrong(drawn[at].words, heard) > MOST_WRONG)
                replayed.append(words_wrong(drawn[at - 1].words, heard) <= MOST_WRONG)
        self.share("challenge's words refused, local voice", refused)
        self.share("an earlier challenge's answer accepted", replayed)

    def assistant(self, sounds: Sequence[Samples], people: Sequence[Clip], rooms: Sequence[Samples]) -> None:
        """Is it caught, and are people not?"""
        own = OwnVoices()

        def listened(sound: Samples) -> tuple[bool, bool]:
            """Whether it is known as the assistant's, and whether it is refused as a sample, for that or its sound."""
            heard = self.measured(_recording(soxr.resample(sound, PIPER_HZ, HZ)))
            known = heard.voice is not None and own.nearest(heard.voice.whole) >= OWN_VOICE
            failed = {check.name for check in judge(heard.measures) if not check.passed}
            return known, known or bool(failed & {"sound", "noise"})

        self.share("assistant's voice known", [listened(sound)[0] for sound in sounds])
        for number, room in enumerate(rooms, 1):
            replayed = [np.convolve(sound, room)[: len(sound)] for sound in sounds]
            found = [listened((each / np.abs(each).max() / 2).astype(np.float32)) for each in replayed]
            self.share(f"assistant's voice known, replayed in room {number}", [known for known, _ in found])
            self.share(f"assistant's voice refused, replayed in room {number}", [refused for _, refused in found])
        self.share("people taken for the assistant", [own.nearest(clip.voice) >= OWN_VOICE for clip in people])


def spoken(lines: Sequence[str]) -> list[Samples]:
    """By the local voice, at its own rate."""
    told = "\n".join(lines).encode()
    command = [sys.executable, "-c", SPEAK, str(MODELS)]
    out = subprocess.run(command, input=told, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603 - our own
    found, at = [], 0
    while at < len(out):
        end = at + 4 + 4 * int.from_bytes(out[at : at + 4], "little")
        found.append(np.frombuffer(out[at + 4 : end], "<f4"))
        at = end
    return found


def write_own_voices(bench: Bench) -> None:
    """The reference of the local voice."""
    prints = [
        heard.voice.whole
        for sound in spoken(SENTENCES[:KNOWN])
        if (heard := bench.measured(_recording(soxr.resample(sound, PIPER_HZ, HZ)))).voice is not None
    ]
    embedding = [round(float(each), 6) for each in mean_of(np.stack(prints))]
    voice = {"name": "Piper, joe, en-US", "from": f"{KNOWN} sentences of bench/cloning.py", "embedding": embedding}
    FILE.write_text(json.dumps({"voices": [voice]}) + "\n", encoding="utf-8")


def _recording(sound: Samples) -> Recording:
    samples: Samples = np.clip(sound, -1, 1).astype(np.float32)
    return Recording("WAV", HZ, 16, 1, samples, samples)


def _sound(file: Path, rate_hz: int) -> Samples:
    recording = read_recording(file.read_bytes())
    found: Samples = soxr.resample(recording.samples, recording.rate_hz, rate_hz)
    return found


def main() -> None:
    """Measure, print a table, and write JSON where asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.cloning", description="Who may have a voice cloned.")
    shared = Path(os.environ.get("RAPPORT_EVAL_DATA", ROOT.parent / "shared/data"))
    parser.add_argument("--data", type=Path, default=shared, help="folder with speech/librispeech_* and noise/")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--own-voices", action="store_true", help="write the local voice's embedding, and end")
    options = parser.parse_args()
    report = Report("cloning", "LibriSpeech test-other (40 clips) and 60 strangers, the local voice")
    bench = Bench(report)
    if options.own_voices:
        write_own_voices(bench)
        return
    if not (options.data / "speech/librispeech_impostors").is_dir():
        print("bench.cloning: skipped, the recordings are absent; --data or RAPPORT_EVAL_DATA says where they lie")
        return
    enrolled = bench.clips(options.data / "speech/librispeech_test_other")
    strangers = bench.clips(options.data / "speech/librispeech_impostors")
    people = [*enrolled, *strangers]
    noises = options.data / "noise"
    bench.checks(people)
    for name, file in (("kitchen noise", "kitchen_a.flac"), ("another noise", "noise1.wav")):
        with_noise = [clip for clip in people if clip.heard.measures.snr_db > 20 and clip.heard.measures.speech_s > 3]
        bench.noise(with_noise[::4], _first_minute(noises / file), name)
    bench.two_speakers(strangers)
    bench.verification(enrolled, strangers)
    bench.read_words(enrolled)
    bench.challenges(spoken)
    rooms = [_sound(noises / f"rir{number}.wav", PIPER_HZ) for number in (1, 2)]
    bench.assistant(spoken(SENTENCES[KNOWN:]), people, rooms)
    report.print()
    if options.json:
        report.write(options.json)


def _first_minute(file: Path) -> Samples:
    import soundfile

    sound, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
    minute: Samples = soxr.resample(sound[: 60 * rate_hz].mean(axis=1), rate_hz, HZ).astype(np.float32)
    return minute


if __name__ == "__main__":
    main()
