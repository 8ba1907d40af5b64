"""Hearing twice: once anything, once what is likely here; the surer of the two, word by word.

The likely is a list of whole sentences, those that the assistant was trained on, and what is expected just now. Vosk
makes a language model of them (bigrams, discounted), so how words follow one another counts, not just which there are:
of 150 spoken coffee orders, all slots are heard in 51 % by an open recogniser, in 82 % with the task's words, in 97 %
with its sentences. The second recogniser costs a fifth to a third of the first. docs/adr/0010 has the figures, and
tells what the rule of `rejoined` was chosen on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from rapport.errors import RecognitionFailed
from rapport.speech.recognizer import UNKNOWN_WORD, Recognizer, RecognizerModel, Transcript, Word
from rapport.speech.sounds_like import with_names, with_sounds

logger = logging.getLogger(__name__)

SURE = 0.95
"""Mean confidence from which what is likely is taken whole, if it is surer than the open reading by `LEAD`."""
LEAD = 0.02
AGREED = 0.67
"""Share of words that both heard alike from which single words are taken over; speech about something else has less."""
CLEAR_LEAD = 0.05
"""Or by so much the likely reading is surer on the whole."""
WORD_LEAD = 0.1
"""By so much a stretch has to be surer than the open one to be taken over."""
LESS_SURE = 0.05
"""By so much the likely reading may be less sure than the one that is taken, to be another way to hear it. Of 60
sentences of bench.replay 92 % got their intent with this, 88 % without."""
UNHEARD = 0.6
"""How sure a recogniser is of nothing, where the other heard a word."""
EXPECTED_TIMES = 5
"""How often what is expected now counts among the sentences that are likely in general."""


class BiasedRecognizer:
    """Keeps to `Recognizer`: two of them as one.

    Args:
        model: Makes both.
        likely: Sentences; words that the model does not know leave their sentence out.
    """

    def __init__(self, model: RecognizerModel, likely: Sequence[str]) -> None:
        self._model = model
        self._likely = likely
        self._expected: tuple[str, ...] = ()
        self._own: tuple[str, ...] = ()
        self._sounds: dict[str, str] = {}
        self._named: list[str] = []
        self._open = model.recognizer()
        self._biased: Recognizer | None = None
        self._biased_to: tuple[tuple[str, ...], ...] | None = None
        self._hearing = False

    def expect(self, phrases: Sequence[str]) -> None:
        """See `Recognizer.expect`; counts from the next utterance on."""
        self._expected = tuple(phrases)

    def know(self, words: Sequence[str], sounds: Mapping[str, str] | None = None) -> None:
        """See `Recognizer.know`; counts from the next utterance on."""
        self._sounds = dict(sounds or {})
        self._named = [each for each in words if set(each.split()) & set(self._sounds.values())]
        self._own = tuple(with_sounds(words, self._sounds))

    def accept(self, pcm: bytes, at_ms: int) -> None:
        """See `Recognizer.accept`."""
        if not self._hearing:
            self._renew()
            self._hearing = True
        try:
            self._open.accept(pcm, at_ms)
        except RecognitionFailed:
            self._hearing, self._biased = False, None
            raise
        self._with_biased(lambda biased: biased.accept(pcm, at_ms))

    def partial(self) -> str:
        """See `Recognizer.partial`: the open one's."""
        return self._open.partial()

    def finish(self, *, quiet_ms: int = 0) -> Transcript:
        """See `Recognizer.finish`: the words of both, with what each heard alone as alternatives."""
        self._hearing = False
        heard = self._open.finish(quiet_ms=quiet_ms)
        likely: list[Transcript] = []
        self._with_biased(lambda biased: likely.append(biased.finish(quiet_ms=quiet_ms)))
        return with_names(rejoined(heard, likely[0]) if likely else heard, self._named, self._sounds)

    def reset(self) -> None:
        """See `Recognizer.reset`."""
        self._hearing = False
        self._open.reset()
        self._with_biased(lambda biased: biased.reset())

    def _renew(self) -> None:
        wanted = (self._own, self._expected)
        if self._biased is None or self._biased_to != wanted:
            self._biased_to = wanted
            try:
                self._biased = self._model.recognizer([*self._likely, *self._own, *self._expected * EXPECTED_TIMES])
            except RecognitionFailed as error:
                self._failed(error)

    def _with_biased(self, work: Callable[[Recognizer], object]) -> None:
        if self._biased is None:
            return
        try:
            work(self._biased)
        except RecognitionFailed as error:
            self._failed(error)

    def _failed(self, error: RecognitionFailed) -> None:
        logger.warning("what is likely could not be heard for, so the open reading stands: %s", error)
        self._biased = None


def rejoined(heard: Transcript, likely: Transcript) -> Transcript:
    """One reading of two: `heard` with anything, and `likely` with what is likely here.

    Both are its alternatives, but for a `likely` of which the recogniser is much less sure: words that the assistant
    was trained on make sense to it, whatever was said.
    """
    if not likely.text or likely.text == heard.text:
        return heard
    stretches = _stretches(heard.words, likely.words)
    alike = sum(len(one) == 1 and _texts(one) == _texts(other) for one, other in stretches)
    agreed = alike / max(len(heard.words), len(likely.words))
    foreign = any(word.text == UNKNOWN_WORD for word in likely.words)
    if not foreign and likely.confidence >= max(SURE, heard.confidence + LEAD):
        words = list(likely.words)
    elif agreed >= AGREED or likely.confidence > heard.confidence + CLEAR_LEAD:
        words = [word for one, other in stretches for word in _surer(one, other)]
    else:
        words = list(heard.words)
    best = Transcript.of(words)
    ways = (heard, _known(likely)) if likely.confidence >= best.confidence - LESS_SURE else (heard,)
    others = [each for each in ways if each.text and each.text != best.text]
    return Transcript(best.text, best.words, best.confidence, tuple(others))


Stretch = tuple[Sequence[Word], Sequence[Word]]


def _stretches(heard: Sequence[Word], likely: Sequence[Word]) -> list[Stretch]:
    """Both cut where the same word was heard at the same time: single words that agree, and what lies between."""
    longest = [[0] * (len(likely) + 1) for _ in range(len(heard) + 1)]
    for at in range(len(heard) - 1, -1, -1):
        for by in range(len(likely) - 1, -1, -1):
            longest[at][by] = (
                longest[at + 1][by + 1] + 1
                if _same(heard[at], likely[by])
                else max(longest[at + 1][by], longest[at][by + 1])
            )
    found: list[Stretch] = []
    at = by = since_at = since_by = 0
    while at < len(heard) and by < len(likely):
        if _same(heard[at], likely[by]):
            if since_at < at or since_by < by:
                found.append((heard[since_at:at], likely[since_by:by]))
            found.append((heard[at : at + 1], likely[by : by + 1]))
            at, by = at + 1, by + 1
            since_at, since_by = at, by
        elif longest[at + 1][by] >= longest[at][by + 1]:
            at += 1
        else:
            by += 1
    if since_at < len(heard) or since_by < len(likely):
        found.append((heard[since_at:], likely[since_by:]))
    return found


def _same(one: Word, other: Word) -> bool:
    return one.text == other.text and min(one.end_ms, other.end_ms) > max(one.start_ms, other.start_ms)


def _surer(heard: Sequence[Word], likely: Sequence[Word]) -> Sequence[Word]:
    if _texts(heard) == _texts(likely):
        return [max(pair, key=lambda word: word.confidence) for pair in zip(heard, likely, strict=True)]
    return likely if _least(likely) > _least(heard) + WORD_LEAD else heard


def _least(words: Sequence[Word]) -> float:
    if any(word.text == UNKNOWN_WORD for word in words):
        return 0.0
    return min((word.confidence for word in words), default=UNHEARD)


def _texts(words: Sequence[Word]) -> list[str]:
    return [word.text for word in words]


def _known(likely: Transcript) -> Transcript:
    return Transcript.of(word for word in likely.words if word.text != UNKNOWN_WORD)
