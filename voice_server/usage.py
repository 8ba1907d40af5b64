"""What was spent at the provider, and what the clips saved: by day, in SQLite, without a text.

Counted as it is asked for, not as it is heard: a provider is paid for a reply that was interrupted too. A thread of its
own writes, so that nobody waits for the disk; several processes may share the file.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar

from rapport.telemetry import metrics

logger = logging.getLogger(__name__)

SOON_MS = 300
"""An utterance that began within this began soon enough."""

BUSY_S = 5.0
"""How long another process may hold the file."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    day TEXT, owner TEXT, key_id TEXT, environment TEXT, model TEXT, rung TEXT, estimated INTEGER,
    requests INTEGER, characters INTEGER, credits REAL,
    PRIMARY KEY (day, owner, key_id, environment, model, rung, estimated)
);
CREATE TABLE IF NOT EXISTS clips (
    day TEXT, cloud INTEGER, hits INTEGER, misses INTEGER, characters INTEGER, PRIMARY KEY (day, cloud)
);
CREATE TABLE IF NOT EXISTS begun (day TEXT, voice TEXT, replies INTEGER, soon INTEGER, PRIMARY KEY (day, voice));
CREATE TABLE IF NOT EXISTS scored (day TEXT, voice TEXT, first_ms REAL, score REAL);
"""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Request:
    """One request to the provider.

    Attributes:
        owner: Who is spoken to, as the voice server calls them; empty for nobody that is known.
        key_id: Which key was used; never the key.
        model: The provider's model.
        rung: `socket` or `http`.
        characters: That were sent.
        credits: That they cost: by the provider's own word, or by its price list.
        estimated: By the latter.
    """

    owner: str
    key_id: str
    model: str
    rung: str
    characters: int
    credits: float
    estimated: bool


@dataclass(frozen=True)
class Scored:
    """How good an utterance sounded.

    Attributes:
        voice: What spoke it: a rung's name, or clip.
        first_ms: From its request to its sound.
        score: 1 to 5.
    """

    voice: str
    first_ms: float
    score: float


@dataclass(frozen=True)
class Spent:
    """Credits spent so far, today and this month (UTC): for one person, and by all."""

    person_day: float = 0.0
    person_month: float = 0.0
    day: float = 0.0
    month: float = 0.0


@dataclass(frozen=True)
class Totals:
    """What a stretch of days came to.

    Attributes:
        replies: Utterances that were spoken.
        requests: To the provider.
        characters: Sent to it.
        credits: Spent, by model.
        hits: Clauses that were played again, in a provider's voice.
        misses: Clauses that were not, though they might have been.
        saved: Characters of the hits.
        local_hits: Clauses of a local voice that were played again.
        local_misses: And those that were not.
        begun: By the kind of voice that began: utterances, and those of them that began soon enough.
    """

    replies: int
    requests: int
    characters: int
    credits: dict[str, float]
    hits: int
    misses: int
    saved: int
    local_hits: int
    local_misses: int
    begun: dict[str, tuple[int, int]] = field(default_factory=dict)


def utc_day() -> str:
    """Today, as `2026-11-26`."""
    return datetime.now(timezone.utc).date().isoformat()


class Usage:
    """The counts.

    Args:
        file: The database's; made where there is none.
        environment: A word that tells deployments apart in counts and logs.
        today: The day, as `2026-11-26`.
    """

    def __init__(self, file: Path, *, environment: str = "default", today: Callable[[], str] = utc_day) -> None:
        self.environment = environment
        self._today = today
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="usage")
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._database = self._thread.submit(_opened, file).result()

    def close(self) -> None:
        """Write what is still to be written. Blocks."""
        self._thread.submit(self._database.close)
        self._thread.shutdown(wait=True)

    def spoke(self, request: Request) -> None:
        """Count a request to the provider."""
        metrics.CREDITS.labels(request.rung).inc(request.credits)
        day = self._today()
        row = (day, request.owner, request.key_id, self.environment, request.model, request.rung, request.estimated)
        self._write(
            "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?) "
            "ON CONFLICT DO UPDATE SET requests = requests + 1, characters = characters + excluded.characters, "
            "credits = credits + excluded.credits",
            (*row, request.characters, request.credits),
        )

    def reply(self, voice: str, first_audio_ms: float) -> None:
        """Count an utterance.

        Args:
            voice: What kind of voice began it: `clip`, `local`, `preset` or `cloned`.
            first_audio_ms: From its request to its sound.
        """
        self._write(
            "INSERT INTO begun VALUES (?, ?, 1, ?) "
            "ON CONFLICT DO UPDATE SET replies = replies + 1, soon = soon + excluded.soon",
            (self._today(), voice, int(first_audio_ms <= SOON_MS)),
        )

    def scored(self, scored: Scored) -> None:
        """Keep how good an utterance sounded; whose it was is not known here."""
        self._write("INSERT INTO scored VALUES (?, ?, ?, ?)", (self._today(), *astuple(scored)))

    def scores(self, since: str = "") -> list[Scored]:
        """How good they sounded, from a day on. Blocks."""
        query = "SELECT voice, first_ms, score FROM scored WHERE day >= ?"
        rows = self._thread.submit(lambda: self._database.execute(query, (since,)).fetchall()).result()
        return [Scored(*row) for row in rows]

    def clip(self, *, hit: bool, characters: int, cloud: bool) -> None:
        """Count a clause that was looked up among the clips."""
        self._write(
            "INSERT INTO clips VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET hits = hits + excluded.hits, "
            "misses = misses + excluded.misses, characters = characters + excluded.characters",
            (self._today(), cloud, int(hit), int(not hit), characters if hit else 0),
        )

    async def spent(self, owner: str) -> Spent:
        """What was spent on somebody, and by all."""
        day = self._today()

        def read() -> Spent:
            month = f"{day[:7]}-%"
            summed = "SELECT COALESCE(SUM(credits), 0) FROM requests WHERE "
            one = self._database.execute
            return Spent(
                one(summed + "owner = ? AND day = ?", (owner, day)).fetchone()[0] if owner else 0.0,
                one(summed + "owner = ? AND day LIKE ?", (owner, month)).fetchone()[0] if owner else 0.0,
                one(summed + "day = ?", (day,)).fetchone()[0],
                one(summed + "day LIKE ?", (month,)).fetchone()[0],
            )

        return await self._read(read)

    def totals(self, since: str = "") -> Totals:
        """What was counted from a day on. Blocks."""
        return self._thread.submit(self._totals, since).result()

    async def forget(self, owner: str) -> None:
        """Take somebody out of the counts; what was spent on them stays in the sums, as nobody's."""
        rows = "day, '', key_id, environment, model, rung, estimated, requests, characters, credits"

        def move() -> None:
            with self._database:
                self._database.execute(
                    f"INSERT INTO requests SELECT {rows} FROM requests WHERE owner = ? "  # noqa: S608 - constants
                    "ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, "
                    "characters = characters + excluded.characters, credits = credits + excluded.credits",
                    (owner,),
                )
                self._database.execute("DELETE FROM requests WHERE owner = ?", (owner,))
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        await self._read(move)

    async def traces(self, owner: str) -> list[str]:
        """What is left of somebody, a line each."""
        query = "SELECT COUNT(*) FROM requests WHERE owner = ?"
        left = await self._read(lambda: self._database.execute(query, (owner,)).fetchone()[0])
        return [f"{left} counts"] if left else []

    def _totals(self, since: str) -> Totals:
        one = self._database.execute
        requests, characters = one(
            "SELECT COALESCE(SUM(requests), 0), COALESCE(SUM(characters), 0) FROM requests WHERE day >= ?", (since,)
        ).fetchone()
        by_model = one("SELECT model, SUM(credits) FROM requests WHERE day >= ? GROUP BY model", (since,)).fetchall()
        clips = {
            cloud: counts
            for cloud, *counts in one(
                "SELECT cloud, SUM(hits), SUM(misses), SUM(characters) FROM clips WHERE day >= ? GROUP BY cloud",
                (since,),
            )
        }
        by_voice = one("SELECT voice, SUM(replies), SUM(soon) FROM begun WHERE day >= ? GROUP BY voice", (since,))
        begun = {voice: (replies, soon) for voice, replies, soon in by_voice}
        replies = sum(each for each, _ in begun.values())
        hits, misses, saved = clips.get(1, (0, 0, 0))
        local_hits, local_misses, _ = clips.get(0, (0, 0, 0))
        return Totals(
            replies, requests, characters, dict(by_model), hits, misses, saved, local_hits, local_misses, begun
        )

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        def write() -> None:
            try:
                with self._database:
                    self._database.execute(statement, values)
            except sqlite3.Error as error:
                # Somebody is being spoken to; the operator has to hear of it.
                logger.error("usage can't be counted: %s", type(error).__name__)

        self._thread.submit(write)

    async def _read(self, read: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, read)


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=BUSY_S)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA secure_delete=ON")
    database.executescript(_SCHEMA)
    return database
