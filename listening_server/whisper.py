"""Whisper by faster-whisper: a whole utterance in, its words out. Blocks."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from rapport.errors import BadAudio, ModelMissing
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.recognizer import Transcript
from rapport.speech.spoken_text import SpokenText
from rapport.speech.written_words import as_said

WEIGHTS = "model.bin"
"""May lie in parts, `model.bin.part1` and so on: a wheel has room for 100 MB."""
BESIDE = ("config.json", "tokenizer.json")
TOKENS, TOKENS_S = 16, 12
"""Most tokens of an utterance, and of each second of it: nobody speaks faster, and a loop ends."""
THREADS = 2
"""Of one utterance; more gain little."""


class Whisper:
    """A Whisper model; one utterance at a time, in whichever thread.

    Args:
        folder: A model as CTranslate2 has it, such as `base`, 8-bit in memory (about 250 MB with all).

    Raises:
        ModelMissing: There is no whole model in the folder.
    """

    def __init__(self, folder: Path) -> None:
        weights = sorted(folder.glob(f"{WEIGHTS}*"))
        missing = [name for name in BESIDE if not (folder / name).is_file()] + ([] if weights else [WEIGHTS])
        if missing:
            raise ModelMissing(f"Whisper's model lacks {', '.join(missing)}; `make models` fetches it")
        from faster_whisper import WhisperModel

        files = {path.name: path.read_bytes() for path in folder.glob("*.*") if not path.name.startswith(WEIGHTS)}
        files[WEIGHTS] = b"".join(path.read_bytes() for path in weights)
        threads = min(THREADS, os.cpu_count() or 1)
        try:
            self._model = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True, files=files
            )
        except (RuntimeError, ValueError) as error:
            raise ModelMissing("Whisper's model is damaged; `make models` mends it") from error
        self._writing = SpokenText()

    def hear(self, pcm: bytes) -> Transcript:
        """The words of one utterance.

        Takes 0.8 s on two quiet cores, however short it is, up to 30 s of sound.

        Args:
            pcm: 16 kHz, 16 bit, mono.

        Returns:
            Words as Vosk has them: lower case, numbers in words; times from the beginning of `pcm`; a confidence each.

        Raises:
            BadAudio: An odd number of bytes.
        """
        if len(pcm) % SAMPLE_BYTES:
            raise BadAudio("16-bit audio has an even number of bytes; send whole samples")
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768
        # Without a second try at a higher temperature: what it makes of noise then is made up.
        segments, _ = self._model.transcribe(
            samples,
            language="en",
            temperature=0,
            condition_on_previous_text=False,
            word_timestamps=True,
            max_new_tokens=TOKENS + int(TOKENS_S * len(samples) / HEARING_RATE_HZ),
        )
        # What it says over and over, as it does of silence, takes no time.
        found = [word for segment in segments for word in segment.words or () if word.end > word.start]
        return Transcript.of(
            spoken
            for word in found
            for spoken in as_said(word.word, word.start, word.end, float(word.probability), self._writing)
        )
