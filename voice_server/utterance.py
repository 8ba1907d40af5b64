"""One utterance: text goes in as it arrives, sound comes out, a clause after the other.

Knows neither the protocol (`wyoming_server.py`) nor the voices (`ladder.py`).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rapport.speech.audio import PcmChunk
from rapport.speech.clauses import ClauseCutter
from rapport.speech.grant import NOBODY, Grant
from rapport.speech.spoken_text import SpokenText, pronounced
from rapport.speech.synthesizer import ClauseEnd, Sound
from rapport.speech.word_times import word_times
from rapport.telemetry import metrics
from voice_server.budget import Budget
from voice_server.grants import Grants
from voice_server.ladder import CLIP, Heard, Ladder
from voice_server.manner import NEUTRAL, Manner
from voice_server.quality import LONGEST_MS, Sampling
from voice_server.script import Clause, Script
from voice_server.shaping import pause_ms
from voice_server.timbre import Timbre
from voice_server.usage import Usage
from voice_server.voice_choice import VoiceChoice

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Speech:
    """What it takes to speak.

    Attributes:
        ladder: The voices.
        spoken_text: Writes text out for them.
        grants: Tells who is spoken to; None where nobody is known.
        fixed: The clauses of the assistant's own fixed wordings.
        budget: Says what may be spent; None where nothing costs.
        usage: Counts utterances.
        voices: Chooses which voice speaks; None where there is one for all.
        sampling: Listens to how some of it sounds; None where nobody does.
    """

    ladder: Ladder
    spoken_text: SpokenText
    grants: Grants | None = None
    fixed: frozenset[str] = frozenset()
    budget: Budget | None = None
    usage: Usage | None = None
    voices: VoiceChoice | None = None
    sampling: Sampling | None = None


@dataclass
class _Told:
    """A clause on its way.

    Attributes:
        shown: As it was given.
        start: Where it begins in the script, and `end` where the next one does; the same where nothing is said.
        pause_ms: The silence after it.
        ms: Of its sound so far.
        reached: How far in the script the voice was at which of them.
        stand_in: A local voice spoke, where a provider's would have.
        voice: What began it.
    """

    shown: str
    start: int
    end: int
    pause_ms: float = 0.0
    ms: float = 0.0
    reached: list[tuple[int, float]] = field(default_factory=list)
    stand_in: bool = False
    voice: str = ""

    def heard(self, heard: Heard, ms: float) -> None:
        self.voice = self.voice or heard.voice
        self.ms += ms
        self.reached.append((heard.to, self.ms))
        self.stand_in = self.stand_in or heard.stand_in

    def ended(self) -> ClauseEnd:
        if not self.ms:
            return ClauseEnd()
        length = self.end - self.start
        # The last place is reached with the pause, which is no part of the words.
        reached = [((to - self.start) / length, ms) for to, ms in self.reached if to < self.end]
        whole_ms = max(self.ms - self.pause_ms, self.reached[-2][1] if len(self.reached) > 1 else 0.0)
        return ClauseEnd(word_times(self.shown, reached, min(whole_ms, self.ms)), self.stand_in, self.voice)


class _Sample:
    """The sound of an utterance that is to be listened to, as far as one voice spoke it, at one rate.

    Args:
        sampling: Listens; None where this one is not part of the sample.
    """

    def __init__(self, sampling: Sampling | None) -> None:
        self._sampling = sampling
        self._voice, self._first_ms = "", 0.0
        self._sound: list[PcmChunk] = []
        self._ms = 0.0

    def begin(self, voice: str, first_ms: float) -> None:
        self._voice, self._first_ms = voice, first_ms

    def add(self, heard: Heard) -> None:
        if self._sampling is None or self._ms >= LONGEST_MS or heard.voice != self._voice:
            return
        if not self._sound or heard.sound.rate_hz == self._sound[0].rate_hz:
            self._sound.append(heard.sound)
            self._ms += heard.sound.duration_ms

    def end(self) -> None:
        if self._sampling is not None and self._sound:
            self._sampling.take(self._voice, self._first_ms, self._sound)


class Utterance:
    """A reply on its way from text to sound.

    Args:
        speech: The voices.
        wishes: Fields of a voice profile that the request asks for; see `Manner.of`.
        proof: Shows for whom it is; empty for nobody.
        grant: What its person agreed to, where that is known already; then no proof is needed.
    """

    def __init__(
        self,
        speech: Speech,
        wishes: Mapping[str, Any] | None = None,
        proof: str = "",
        grant: Grant | None = None,
    ) -> None:
        self._speech = speech
        self._wishes = wishes or {}
        self._proof = proof
        self._grant = grant
        self._manner = NEUTRAL
        self._cutter = ClauseCutter()
        self._clauses: asyncio.Queue[str | None] = asyncio.Queue()
        self._taken: str | None = None
        self._ended = False
        self._told: list[_Told] = []
        self._length = 0

    def add(self, text: str) -> None:
        """Take more of the text; it may end anywhere."""
        for clause in self._cutter.feed(text):
            self.add_clause(clause)

    def add_clause(self, clause: str) -> None:
        """Take a clause that is cut already."""
        self._clauses.put_nowait(clause)

    def finish(self) -> None:
        """There is no more text."""
        for clause in self._cutter.flush():
            self.add_clause(clause)
        self._clauses.put_nowait(None)

    async def spoken(self) -> AsyncGenerator[Sound | ClauseEnd, None]:
        """The speech of each clause with the pause after it, as soon as it is made, and its end, until `finish`.

        Raises:
            VoiceUnavailable: No voice could speak a clause; what was spoken before it was given.
        """
        self._manner = await self._manner_now()
        script = Script(self._next_clause)
        await script.following(0)
        asked = time.monotonic()
        begun = False
        over = 0
        timbre: Timbre | None = None
        sample = self._sample()
        async with contextlib.aclosing(self._speech.ladder.speak(script, self._manner)) as stretches:
            async for heard in stretches:
                if not begun:
                    begun = True
                    first_ms = (time.monotonic() - asked) * 1_000
                    self._note_first_audio(heard, first_ms)
                    sample.begin(heard.voice, first_ms)
                sample.add(heard)
                ends = heard.to > self._told[over].end or self._told[over].end == self._told[over].start
                if timbre is not None and (ends or timbre.rate_hz != heard.sound.rate_hz):
                    if (rest := timbre.flush()).samples:
                        self._told[over].ms += rest.duration_ms
                        yield Sound(rest)
                    timbre = None
                while heard.to > self._told[over].end or self._told[over].end == self._told[over].start:
                    yield self._told[over].ended()
                    over += 1
                timbre = timbre or Timbre(self._manner.profile, heard.sound.rate_hz)
                sound = timbre.feed(heard.sound)
                self._told[over].heard(heard, sound.duration_ms)
                if sound.samples:
                    yield Sound(sound)
        if timbre is not None and (rest := timbre.flush()).samples:
            self._told[over].ms += rest.duration_ms
            yield Sound(rest)
        for told in self._told[over:]:
            yield told.ended()
        sample.end()

    def _sample(self) -> _Sample:
        sampling = self._speech.sampling
        wanted = sampling is not None and sampling.wanted(counted=self._manner.grant.counted)
        return _Sample(sampling if wanted else None)

    def _note_first_audio(self, heard: Heard, made_ms: float) -> None:
        metrics.FIRST_SOUND.labels(heard.voice).observe(made_ms / 1_000)
        if self._speech.usage is not None:
            self._speech.usage.reply(self._kind(heard), made_ms)
        logger.info("first audio after %.0f ms by %s", made_ms, heard.voice)

    def _kind(self, heard: Heard) -> str:
        """What kind of voice began: what is counted."""
        if heard.voice == CLIP or not heard.cloud:
            return "clip" if heard.voice == CLIP else "local"
        return "cloned" if self._manner.clone else "preset"

    async def _manner_now(self) -> Manner:
        """How to speak, and for whom, as that is at this moment."""
        grants, budget = self._speech.grants, self._speech.budget
        grant = self._grant
        if grant is None:
            grant = await grants.of(self._proof) if grants and self._proof else NOBODY
        manner = Manner.of(self._wishes, grant)
        if budget:
            manner = await budget.within(manner)
        return self._speech.voices.choose(manner) if self._speech.voices else manner

    async def _next_clause(self) -> Clause | None:
        """The next clause with something to say, written out."""
        while not self._ended:
            if self._taken is None:
                self._taken = await self._clauses.get()
            if self._taken is None:
                self._ended = True
                break
            written = await self._speech.spoken_text.write_out(self._taken)
            text = pronounced(written, self._manner.grant.pronunciations)
            shown, self._taken = self._taken, None
            pause = pause_ms(shown, self._manner.pace) * self._manner.profile.cadence
            start = self._length
            self._length += len(text) + 1 if text else 0
            self._told.append(_Told(shown, start, self._length, pause))
            if text:
                return Clause(text, pause, fixed=text == written and shown.strip() in self._speech.fixed)
        return None
