"""Spoken commands, from sound to intent and slots: the public coffee orders, clean and in kitchen noise.

    python -m bench.spoken_commands [--data PATH] [--json FILE] [--clips N]

Runs in the `rasa` environment. `config.yml` is trained, as it is, on the task's own text (432 sentences, their slots by
the task's grammar) beside sentences that are none of it. Then each of the 150 clips goes the way of a session's speech:
the recogniser hears it openly and for what the model was trained on, the reading that makes most sense is taken, and
where that is unsure a listening server is asked for its opinion. Nothing here is made for coffee. A command is accepted
where its intent is right and not asked back, and all labelled slots, and no others, have their values. Noise is mixed
in by its energy over the clip's, at a place of chance (seeded).

Published for this task in this noise, mean of 6 to 24 dB: Dialogflow .789, Lex .854, Watson .888, LUIS .910, and Rhino
.986, which is trained for such a task.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import structlog
import yaml

from bench._nlu_data import Example, Span
from bench._noise import in_noise
from bench.nlu import train_pipeline
from bench.report import machine, percentiles
from channels.dialogue import RasaDialogue, Reading
from channels.heard_again import better, worth_asking
from channels.likely import trained_sentences
from ops.layout import MODELS, ROOT, python_of
from ops.readiness import Probe, wyoming_describes
from rapport.speech.audio import HEARING_RATE_HZ
from rapport.speech.biased import BiasedRecognizer
from rapport.speech.recognizer import Recognizer, Transcript
from rapport.speech.second_opinion import WyomingSecondOpinion
from rapport.speech.vosk_recognizer import VoskModel

SNRS_DB = (None, 24, 18, 12, 6)
"""None is clean."""
SEED = 7
FOREIGN = "out_of_scope"
LEAD_MS, TAIL_MS = 250, 500

Sound = npt.NDArray[np.float64]


def examples_of(folder: Path) -> list[Example]:
    """The task's sentences with their slots, and others that are none of the task."""
    slots: Mapping[str, Sequence[str]] = yaml.safe_load(
        (folder / "speech/coffee_s2i_train/coffee_maker.yaml").read_text()
    )["context"]["slots"]
    named = sorted(
        ((value.lower(), name) for name, values in slots.items() for value in values), key=lambda one: -len(one[0])
    )
    lines = (folder / "speech/coffee_s2i_train/corpus.txt").read_text().splitlines()
    orders = [Example(text, "orderDrink", _spans(text, named)) for line in lines if (text := line.strip().lower())]
    foreign = json.loads((folder / "nlu/clinc150_dev.json").read_text())["oos_train"]
    return orders + [Example(text, FOREIGN) for text, _ in foreign]


def _spans(text: str, named: Sequence[tuple[str, str]]) -> tuple[Span, ...]:
    found: list[Span] = []
    for value, name in named:
        for match in re.finditer(rf"\b{re.escape(value)}\b", text):
            if all(match.end() <= one.start or match.start() >= one.end for one in found):
                found.append(Span(match.start(), match.end(), name))
    return tuple(sorted(found, key=lambda one: one.start))


def mixed(clip: Sound, noise: Sound, snr_db: int | None, chance: np.random.Generator) -> bytes:
    """A clip as 16-bit PCM, with noise under all of it, and silence before and after."""
    clip = in_noise(clip, noise, snr_db, chance)
    clip = clip / max(1.0, float(np.abs(clip).max()))
    silence = [np.zeros(ms * HEARING_RATE_HZ // 1_000) for ms in (LEAD_MS, TAIL_MS)]
    return (np.concatenate([silence[0], clip, silence[1]]) * 32_767).astype("<i2").tobytes()


def heard(recognizer: Recognizer, pcm: bytes, at_ms: int) -> Transcript:
    """A clip as one utterance of a session."""
    recognizer.accept(pcm, at_ms)
    return recognizer.finish()


def accepted(reading: Reading, label: Mapping[str, Any]) -> bool:
    """Whether the intent and all slots are those of the label."""
    slots = {one["entity"]: str(one["value"]) for one in reading.parse["entities"]}
    wanted = {name: value.strip().lower() for name, value in label["slots"].items()}
    return reading.parse["intent"]["name"] == label["intent"] and slots == wanted


@contextlib.contextmanager
def listening_server(folder: Path) -> Iterator[WyomingSecondOpinion]:
    """One as the product starts it; whoever asks it waits as long as it takes."""
    uri = f"unix://{folder / 'listening.sock'}"
    command = [str(python_of("services")), "-m", "listening_server", "--uri", uri]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603
    try:
        ready = wyoming_describes(uri)
        while not asyncio.run(_ask(ready)):
            time.sleep(0.1)
        yield WyomingSecondOpinion(uri, longest_s=60)
    finally:
        process.terminate()
        process.wait()


async def measure(folder: Path, model: Path, second: WyomingSecondOpinion, clips: int | None) -> list[dict[str, Any]]:
    """A row a noise level: accepted as the product hears, without its second opinion, and openly heard alone."""
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))
    dialogue = RasaDialogue(lambda: agent, _nobody)
    labels = dict(sorted(json.loads((folder / "speech/coffee_s2i/labels.json").read_text()).items())[:clips])
    noise, _ = soundfile.read(folder / "noise/kitchen_a.flac")
    vosk, likely = VoskModel(MODELS / "vosk"), trained_sentences(model)
    rows = []
    for snr_db in SNRS_DB:
        chance = np.random.default_rng(SEED)
        rights = {"accepted": 0, "first": 0, "open": 0}
        milliseconds, sound_s, work_s, asked = [], 0.0, 0.0, 0
        for name, label in labels.items():
            clip, _ = soundfile.read(folder / f"speech/coffee_s2i/{name}.flac")
            pcm = mixed(clip, noise, snr_db, chance)
            sound_s += len(pcm) / 2 / HEARING_RATE_HZ
            # Another speaker each time: a recogniser that adapted to one would hear the next worse.
            began = time.thread_time()
            transcript = heard(BiasedRecognizer(vosk, likely), pcm, 0)
            work_s += time.thread_time() - began
            begin = time.perf_counter()
            reading = await dialogue.understand(transcript)
            milliseconds.append((time.perf_counter() - begin) * 1_000)
            rights["first"] += accepted(reading, label)
            if worth_asking(reading.heard, reading):
                asked += 1
                reading = await better(reading.heard, await second.hear(pcm, ""), dialogue) or reading
            rights["accepted"] += accepted(reading, label)
            openly = heard(vosk.recognizer(), pcm, 0)
            rights["open"] += accepted(await dialogue.understand(openly), label)
        rows.append(
            {
                "snr_db": snr_db,
                **{name: count / len(labels) for name, count in rights.items()},
                "asked": asked / len(labels),
                "work_s": work_s / sound_s,
                "understand_p95_ms": percentiles(milliseconds)["p95"],
            }
        )
        print(_row(rows[-1]), flush=True)
    return rows


async def _ask(ready: Probe) -> bool:
    return await ready()


async def _nobody(message: Any) -> None:
    raise NotImplementedError("the benchmark asks what words mean, and has nothing answered")


def _row(row: Mapping[str, Any]) -> str:
    level = "clean" if row["snr_db"] is None else f"{row['snr_db']} dB"
    return (
        f"{level:>6}  accepted {row['accepted']:.3f}  without a second opinion ({100 * row['asked']:.0f} %) "
        f"{row['first']:.3f}  openly heard {row['open']:.3f}  "
        f"work {row['work_s']:.2f} s a second of sound  understood in {row['understand_p95_ms']:.0f} ms (p95)"
    )


def main() -> None:
    """Train, hear, print a row a noise level, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = Path(os.environ.get("RAPPORT_EVAL_DATA", ROOT.parent / "shared/data"))
    parser.add_argument(
        "--data", type=Path, default=default_data, help="the folder that holds speech/, noise/ and nlu/"
    )
    parser.add_argument("--clips", type=int, help="only so many of the 150")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    if not (options.data / "speech/coffee_s2i").is_dir():
        print("bench.spoken_commands: skipped, no speech/coffee_s2i under --data")
        return
    logging.disable(logging.INFO)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print(f"bench.spoken_commands; {machine()}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        _, model = train_pipeline("config", examples_of(options.data), Path(folder))
        with listening_server(Path(folder)) as second:
            rows = asyncio.run(measure(options.data, model, second, options.clips))
    noisy = [row for row in rows if row["snr_db"] is not None]
    means = {name: sum(row[name] for row in noisy) / len(noisy) for name in ("accepted", "first", "open")}
    print("mean of 6 to 24 dB: " + ", ".join(f"{name} {mean:.3f}" for name, mean in means.items()))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "rows": rows, "means": means}, indent=2) + "\n")


if __name__ == "__main__":
    main()
