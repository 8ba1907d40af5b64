"""The recogniser port on Vosk: one model a process, one `KaldiRecognizer` a session.

A recogniser lives as long as its session. Vosk composes its search graph as it goes and adapts to the speaker, so
the one that has heard an utterance hears the next with half the work (docs/performance.md). Hence `finish` takes
the result without finalising, which would throw the adaptation away, and pushes silence through where too little
of it was heard: Vosk decodes in steps and keeps up to 280 ms of sound back.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapport.errors import BadAudio, ModelMissing, RecognitionFailed
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.recognizer import UNKNOWN_WORD, Transcript, Word

MODEL_FILES = ("am/final.mdl", "conf/model.conf", "graph/phones/word_boundary.int")
"""What every Vosk model with word times has, small or large."""

VERSION_DIGITS = 12

FLUSH_MS = 400
"""Sound after the last word that brings all of its frames through the network: 280 ms measured on the small
English model (speech cut at its last voiced sample, silence added in steps of 40 ms), and a margin."""

LEAD_MS = 100
"""Silence before the first sound: a network that begins inside a word mishears it ("the on the light")."""

BYTES_PER_MS = HEARING_RATE_HZ * SAMPLE_BYTES // 1_000

_ERRORS_ONLY = -2
"""Vosk's log level: at -1 it still warns, and quotes the words of a list that it does not know."""

_SPOKEN_WORD = re.compile(r"[^\W_][\w'.-]*")
"""What a word can look like; the vocabulary's own symbols, some of which end the process, do not."""


class VoskModel:
    """A Vosk model in memory (about 130 MB for the small English one); threads may share it.

    Attributes:
        version: Changes with the model's weights.

    Raises:
        ModelMissing: The folder does not hold a whole model.
    """

    def __init__(self, path: Path) -> None:
        missing = [name for name in MODEL_FILES if not _has_content(path / name)]
        if missing:
            raise ModelMissing(f"the recogniser's model lacks {', '.join(missing)}; run `make models`")
        import vosk

        vosk.SetLogLevel(_ERRORS_ONLY)
        self._vosk = vosk
        weights = hashlib.sha256((path / MODEL_FILES[0]).read_bytes())
        self.version = f"vosk-{weights.hexdigest()[:VERSION_DIGITS]}"
        try:
            self._model = vosk.Model(str(path))
        except Exception as error:  # Vosk raises nothing more exact
            raise ModelMissing("the recogniser's model cannot be read; run `make models`") from error

    def recognizer(self, phrases: Sequence[str] | None = None) -> "VoskRecognizer":
        """A recogniser of anything, or of the phrases of which the model knows every word."""
        return VoskRecognizer(self, None if phrases is None else self._word_list(phrases))

    def knows(self, word: str) -> bool:
        """Whether the word is in the model's vocabulary; case does not matter."""
        spoken = word.lower()
        return bool(_SPOKEN_WORD.fullmatch(spoken)) and self._model.vosk_model_find_word(spoken) > 0

    def _word_list(self, phrases: Sequence[str]) -> str:
        # Vosk dereferences a null where a list is empty, and takes an unknown word out of the middle of a phrase.
        spoken = (phrase.lower().split() for phrase in phrases)
        # What stands in the list more than once counts more.
        known = [" ".join(words) for words in spoken if words and all(map(self.knows, words))]
        return json.dumps([*known, UNKNOWN_WORD])

    def open(self, word_list: str | None) -> Any:
        """A `KaldiRecognizer` that has heard `LEAD_MS`: 70 ms of work without a word list, 1 ms with one."""
        arguments = (self._model, HEARING_RATE_HZ) + (() if word_list is None else (word_list,))
        try:
            kaldi = self._vosk.KaldiRecognizer(*arguments)
        except Exception as error:  # Vosk raises nothing more exact
            raise RecognitionFailed("Vosk could not make a recogniser") from error
        kaldi.SetWords(True)
        kaldi.AcceptWaveform(bytes(LEAD_MS * BYTES_PER_MS))
        return kaldi


@dataclass
class _Utterance:
    """The one under way.

    Attributes:
        began_ms: Where its sound begins, on the session's clock.
        ended_ms: Where its sound ends so far, likewise.
        clock_offset_ms: From Vosk's clock, which counts all sound that it was ever fed, to the session's.
        words: Those of its parts that Vosk has closed.
    """

    began_ms: int
    ended_ms: float
    clock_offset_ms: float
    words: list[Word] = field(default_factory=list)

    def word(self, found: dict[str, Any]) -> Word:
        start_ms, end_ms = (self._on_session_clock(found[edge]) for edge in ("start", "end"))
        return Word(found["word"], start_ms, end_ms, min(1.0, max(0.0, found["conf"])))

    def _on_session_clock(self, fed_s: float) -> int:
        return round(min(max(fed_s * 1_000 + self.clock_offset_ms, self.began_ms), self.ended_ms))


class VoskRecognizer:
    """One session's hearing. Made by `VoskModel.recognizer`; takes 60 to 130 MB once it has heard something.

    Vosk ends utterances by rules of its own; what it had understood by then is kept here, so that an utterance
    lasts until `finish`.
    """

    def __init__(self, model: VoskModel, word_list: str | None) -> None:
        self._model = model
        self._word_list = word_list
        self._kaldi: Any = None
        self._fed_ms: float = 0
        self._utterance: _Utterance | None = None

    def accept(self, pcm: bytes, at_ms: int) -> None:
        """Hear what begins `at_ms` into the session's audio; most calls take 0.1 ms, one in six decodes."""
        if len(pcm) % SAMPLE_BYTES:
            raise BadAudio("16-bit audio has an even number of bytes; send whole samples")
        if not pcm:
            return
        if self._kaldi is None:
            self._kaldi, self._fed_ms = self._model.open(self._word_list), LEAD_MS
        if self._utterance is None:
            self._utterance = _Utterance(at_ms, at_ms, at_ms - self._fed_ms)
        self._utterance.ended_ms = at_ms + len(pcm) / BYTES_PER_MS
        self._feed(self._utterance, pcm)

    def partial(self) -> str:
        """The words so far; costs under 0.3 ms."""
        if self._utterance is None:
            return ""
        # Vosk gives no "partial" before it has begun to decode.
        ahead = json.loads(self._kaldi.PartialResult()).get("partial", "")
        return " ".join([*(word.text for word in self._utterance.words), *ahead.split()])

    def finish(self, *, quiet_ms: int = 0) -> Transcript:
        """What was said: 2 ms where `quiet_ms` reaches `FLUSH_MS`, 20 to 60 ms of decoding where it does not."""
        if self._utterance is None:
            return Transcript.of(())
        utterance = self._utterance
        if quiet_ms < FLUSH_MS:
            self._feed(utterance, bytes((FLUSH_MS - quiet_ms) * BYTES_PER_MS))
        self._collect(utterance)
        self._utterance = None
        return Transcript.of(utterance.words)

    def reset(self) -> None:
        """Forget the utterance under way, and the speaker with it."""
        if self._utterance is not None:
            # Only FinalResult drops the sound that Vosk holds back, and only while it decodes.
            self._feed(self._utterance, bytes(FLUSH_MS * BYTES_PER_MS))
            self._kaldi.FinalResult()
            self._utterance = None

    def expect(self, phrases: Sequence[str]) -> None:
        """See `Recognizer.expect`; this one hears by its list, if it has one."""

    def know(self, words: Sequence[str], sounds: Mapping[str, str] | None = None) -> None:
        """See `Recognizer.know`; likewise."""

    def _feed(self, utterance: _Utterance, pcm: bytes) -> None:
        try:
            closed_part = self._kaldi.AcceptWaveform(pcm)
        except Exception as error:  # Vosk raises nothing more exact
            self._kaldi = self._utterance = None
            raise RecognitionFailed("Vosk could not process this utterance; the next gets a new recogniser") from error
        self._fed_ms += len(pcm) / BYTES_PER_MS
        if closed_part:
            self._collect(utterance)

    def _collect(self, utterance: _Utterance) -> None:
        result = json.loads(self._kaldi.Result())
        utterance.words += map(utterance.word, result.get("result", ()))


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
