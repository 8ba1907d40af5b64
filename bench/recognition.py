"""How well and how fast it hears: recordings through the ear, as a session hears them.

    python -m bench.recognition [--data PATH] [--json FILE]

Runs in the `rasa` environment on recordings that are not part of the project (`--data`, else `RAPPORT_EVAL_DATA`, else
`../shared/data`); says so where there are none. Word error rate is over LibriSpeech's test-other, a session a speaker;
slot words are those that a coffee order is labelled with. An utterance is finished after the
turn-taker's first pause, and for comparison after the silence that ends a turn. Times are of one thread's work, frame
by frame, not of waiting for sound.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from bench.replay import varied
from bench.report import Report, percentiles
from bench.voice import Utterance, speak_requests
from channels.likely import trained_sentences
from channels.own_names import Pronouncing
from ops.training import MODEL
from rapport.speech.audio import HEARING_RATE_HZ, Resampler, read_wav
from rapport.speech.biased import BiasedRecognizer
from rapport.speech.ear import Ear
from rapport.speech.turns import SETTLE_MS, SILENCE_MS
from rapport.speech.vad import FRAME_BYTES, FRAME_MS, SileroVad
from rapport.speech.vosk_recognizer import VoskModel
from rapport.speech.wyoming_voice import WyomingSynthesizer
from tests.voice_process import running_voice_server

ROOT = Path(__file__).resolve().parent.parent
FOREIGN_NAMES = (
    "xochitl eilidh ruaridh oluwaseun chukwuemeka anoushka przemek sriracha gnocchi edamame halloumi shakshuka "
    "bibimbap jalfrezi tempeh kombucha okonkwo thiruvananthapuram bronagh ngozi"
).split()
"""Of people and things; those of them are used that the model does not know."""
NAMED = ("{}", "who is {}", "remind me to call {}")
"""As a session is told a person's (`rapport/personality/own_words.py`)."""
QUIET_S = 60
"""Seconds of silence for the cost of a room in which nobody speaks."""


@dataclass
class Heard:
    """What hearing recordings gave and cost.

    Attributes:
        texts: Each recording's words.
        sound_s: Seconds of sound.
        work_s: Seconds of the processor's time.
        frame_ms: Milliseconds for each frame while an utterance was open.
        finish_ms: Milliseconds for each final transcript.
    """

    texts: list[str] = field(default_factory=list)
    sound_s: float = 0.0
    work_s: float = 0.0
    frame_ms: list[float] = field(default_factory=list)
    finish_ms: list[float] = field(default_factory=list)

    def hear(self, ear: Ear, path: Path, pause_ms: int) -> None:
        """Hear one recording, finishing the utterance whenever nobody spoke for `pause_ms`."""
        sound = read_wav(path)
        resampler = Resampler(sound.rate_hz, HEARING_RATE_HZ)
        pcm = resampler.feed(sound.samples) + resampler.flush() + bytes(SILENCE_MS // FRAME_MS * FRAME_BYTES)
        words: list[str] = []
        began_s, open_ = time.thread_time(), False
        for start in range(0, len(pcm), FRAME_BYTES):
            before = time.perf_counter()
            for heard in ear.hear(pcm[start : start + FRAME_BYTES]):
                open_ = open_ or heard.speech
                if open_:
                    self.frame_ms.append((time.perf_counter() - before) * 1_000)
                if open_ and heard.at_ms - ear.last_voiced_ms >= pause_ms:
                    open_ = False
                    words.append(self._finish(ear))
        words.append(self._finish(ear) if open_ else "")
        self.work_s += time.thread_time() - began_s
        self.sound_s += len(pcm) / FRAME_BYTES * FRAME_MS / 1_000
        self.texts.append(" ".join(" ".join(words).split()))

    def _finish(self, ear: Ear) -> str:
        before = time.perf_counter()
        text = ear.finish().text
        self.finish_ms.append((time.perf_counter() - before) * 1_000)
        return text


def read_aloud(report: Report, model: VoskModel, folder: Path) -> None:
    """LibriSpeech: word error rate, and what hearing costs."""
    import jiwer

    rows = [line.split("\t") for line in (folder / "transcripts.tsv").read_text().splitlines()]
    for pause_ms in (SETTLE_MS, SILENCE_MS):
        heard = Heard()
        for _, clips in groupby(rows, key=lambda row: row[0].split("-")[0]):
            ear = Ear(SileroVad(), model.recognizer())
            for name, _ in clips:
                heard.hear(ear, folder / f"{name}.flac", pause_ms)
        after = f"finished after {pause_ms} ms"
        report.row(f"word error rate, {after}", value=jiwer.wer([said for _, said in rows], heard.texts), unit="")
        report.row(f"work a second of sound, {after}", value=heard.work_s / heard.sound_s, unit="s")
        report.row(f"a frame of speech, {after}", **percentiles(heard.frame_ms), unit="ms")
        report.row(f"final transcript, {after}", **percentiles(heard.finish_ms), unit="ms")


def names(report: Report, model: VoskModel, folder: Path, everyday: frozenset[str]) -> None:
    """LibriSpeech, openly and with a speaker's own names told before, as the people API tells a session a person's.

    Names are taken for those words of their transcripts that nobody of the 40,000 sentences for assistants used.
    """
    import jiwer

    rows = [line.split("\t") for line in (folder / "transcripts.tsv").read_text().splitlines()]
    said = [text for _, text in rows]
    rare = {word for text in said for word in text.split() if word not in everyday and model.knows(word)}
    likely = trained_sentences(MODEL) if MODEL.is_file() else []
    for how in ("openly", "names told"):
        heard = Heard()
        for _, clips in groupby(rows, key=lambda row: row[0].split("-")[0]):
            clips_of_one = list(clips)
            recognizer = BiasedRecognizer(model, likely)
            own = sorted({word for _, text in clips_of_one for word in text.split() if word in rare})
            recognizer.know(own)
            ear = Ear(SileroVad(), model.recognizer() if how == "openly" else recognizer)
            for name, _ in clips_of_one:
                heard.hear(ear, folder / f"{name}.flac", SETTLE_MS)
        pairs = [(text, other.split()) for text, other in zip(said, heard.texts, strict=True)]
        wanted = [(word, words) for text, words in pairs for word in text.split() if word in rare]
        report.row(f"word error rate, {how}", value=jiwer.wer(said, heard.texts), unit="")
        report.row(f"names heard, {how}", value=sum(word in words for word, words in wanted) / len(wanted), unit="")
        invented = sum(word in rare and word not in text.split() for text, words in pairs for word in words)
        report.row(f"names that were not said, {how}", value=invented / len(wanted), unit="")


def unknown_names(report: Report, model: VoskModel) -> None:
    """Names that the recogniser does not know, spoken by the local voice in other sizes and noise, seeded: openly, told
    as words alone, and told with how they sound. None of them was looked at while that was made."""
    likely = trained_sentences(MODEL) if MODEL.is_file() else []
    unknown = [name for name in FOREIGN_NAMES if not model.knows(name)]
    said = [frame.format(name) for name in unknown for frame in NAMED]
    with running_voice_server() as voice, ThreadPoolExecutor(1) as threads:

        async def spoken() -> tuple[list[Utterance], dict[str, dict[str, str]]]:
            synthesizer = WyomingSynthesizer(voice.uri)
            pronouncing = Pronouncing(model, synthesizer, likely, threads)
            try:
                sounds = {
                    name: await pronouncing.sounds_of([frame.format(name) for frame in NAMED]) for name in unknown
                }
            finally:
                await synthesizer.close()
            return await speak_requests(voice.uri, tuple(said)), sounds

        utterances, sounds = asyncio.run(spoken())
    edge = bytes(HEARING_RATE_HZ // 2)
    for how in ("openly", "told", "told with how they sound"):
        named = whole = 0
        for at, utterance in enumerate(utterances):
            name = unknown[at // len(NAMED)]
            recognizer = BiasedRecognizer(model, likely)
            if how != "openly":
                recognizer.know([frame.format(name) for frame in NAMED], sounds[name] if "sound" in how else None)
            recognizer.accept(edge + varied(utterance.pcm, at) + edge, 0)
            heard = recognizer.finish().text
            named += name in heard.split()
            whole += heard == said[at]
        report.row(f"unknown names heard, {how}", value=named / len(said), unit="")
        report.row(f"sentences with them heard whole, {how}", value=whole / len(said), unit="")


def everyday_words(folder: Path) -> frozenset[str]:
    """The words that people used to assistants, in the sets of `nlu/`."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*") if path.is_file()]
    return frozenset(word for text in texts for word in re.findall(r"[a-z']+", text.lower()))


def orders(report: Report, model: VoskModel, folder: Path) -> None:
    """Coffee orders: are the words heard that matter?"""
    labels = json.loads((folder / "labels.json").read_text())
    heard, ear = Heard(), Ear(SileroVad(), model.recognizer())
    words_right = words = slots_right = slots = whole = 0
    for name, label in labels.items():
        heard.hear(ear, folder / f"{name}.flac", SETTLE_MS)
        ear.reset()
        text = f" {heard.texts[-1]} "
        values = [value.split() for value in label["slots"].values()]
        found = [f" {' '.join(value)} " in text for value in values]
        words_right += sum(f" {word} " in text for value in values for word in value)
        words += sum(map(len, values))
        slots_right += sum(found)
        slots += len(found)
        whole += all(found)
    report.row("slot words heard", value=words_right / words, unit="")
    report.row("slots heard whole", value=slots_right / slots, unit="")
    report.row("orders with all slots", value=whole / len(labels), unit="")


def silence(report: Report, model: VoskModel) -> None:
    """What a quiet room costs."""
    ear = Ear(SileroVad(), model.recognizer())
    frames = QUIET_S * 1_000 // FRAME_MS
    report.row("a frame of silence", **percentiles(list(_frame_times(ear, frames))), unit="ms")


def _frame_times(ear: Ear, frames: int) -> Iterable[float]:
    for _ in range(frames):
        before = time.perf_counter()
        ear.hear(bytes(FRAME_BYTES))
        yield (time.perf_counter() - before) * 1_000


def main() -> None:
    """Measure, print a table, and write JSON where asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.recognition", description="How well and fast it hears.")
    shared = Path(os.environ.get("RAPPORT_EVAL_DATA", ROOT.parent / "shared/data"))
    parser.add_argument(
        "--data", type=Path, default=shared, help="folder with speech/librispeech_test_other and others"
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    aloud, coffee = options.data / "speech/librispeech_test_other", options.data / "speech/coffee_s2i"
    if not (aloud.is_dir() and coffee.is_dir()):
        print("bench.recognition: skipped, the recordings are absent; --data or RAPPORT_EVAL_DATA says where they lie")
        return
    model = VoskModel(ROOT / "models/vosk")
    report = Report("recognition", "LibriSpeech test-other (40 clips) and coffee orders (150)")
    silence(report, model)
    read_aloud(report, model, aloud)
    names(report, model, aloud, everyday_words(options.data / "nlu"))
    orders(report, model, coffee)
    unknown_names(report, model)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    report.row("memory at the peak", value=peak_mb, unit="MB")
    report.print()
    if options.json:
        report.write(options.json)


if __name__ == "__main__":
    main()
