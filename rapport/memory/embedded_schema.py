"""A person's memories as rows: tables, the way of a memory into a row and back, a filter and a question as SQL.

Knows no files and no connections. A memory that is put again gets a new row: rows count up, are never used twice, and
what lies at one does not change, so a vector that was read once needs no second look.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from rapport.memory.indexing import EPOCH, QUESTION_WORDS, STOP_WORDS, microseconds
from rapport.memory.store import Filter
from rapport.memory.values import Kind, Memory, Provenance, Sensitivity, Statement, Vector
from rapport.privacy.purposes import Purpose

VERSION = 1
"""Of the tables; a file with a higher one is left alone."""

Value: TypeAlias = str | int | float | bytes | None

COLUMNS = (
    "id kind text subject attribute value many context words session source turn derived_from confidence models purpose"
    " consent_version created confirmed used expires sensitivity superseded_by bytes"
).split()

TABLES = """
CREATE TABLE memories(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    subject TEXT, attribute TEXT, value TEXT, many INTEGER,
    statement TEXT GENERATED ALWAYS AS (subject || ' ' || attribute || ' ' || value) VIRTUAL,
    context TEXT,
    words TEXT,
    session TEXT NOT NULL, source TEXT NOT NULL, turn INTEGER,
    derived_from TEXT,
    confidence REAL,
    models TEXT,
    purpose TEXT NOT NULL, consent_version INTEGER NOT NULL,
    created INTEGER NOT NULL, confirmed INTEGER NOT NULL, used INTEGER, expires INTEGER,
    sensitivity TEXT NOT NULL,
    superseded_by TEXT,
    bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX memories_found ON memories(purpose, superseded_by, expires, kind, created, confirmed);
CREATE INDEX memories_by_age ON memories(created, id);
CREATE INDEX memories_bytes ON memories(bytes);

CREATE TABLE vectors(row INTEGER PRIMARY KEY, vector BLOB NOT NULL) STRICT;

CREATE VIRTUAL TABLE searched USING fts5(
    text, words, statement, context,
    content='memories', content_rowid='row', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO searched(searched, rank) VALUES('secure-delete', 1);

CREATE TRIGGER memories_put AFTER INSERT ON memories BEGIN
    INSERT INTO searched(rowid, text, words, statement, context)
    VALUES(new.row, new.text, new.words, new.statement, new.context);
END;
CREATE TRIGGER memories_deleted AFTER DELETE ON memories BEGIN
    INSERT INTO searched(searched, rowid, text, words, statement, context)
    VALUES('delete', old.row, old.text, old.words, old.statement, old.context);
    DELETE FROM vectors WHERE row = old.row;
END;

CREATE TABLE records(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

SELECT = f"SELECT row, {', '.join(COLUMNS)} FROM memories"  # noqa: S608 - constants only
INSERT = f"INSERT INTO memories({', '.join(COLUMNS)}) VALUES({', '.join('?' * len(COLUMNS))})"

MATCHING = "SELECT rowid, -bm25(searched, 1.0, 1.0, 1.0, 0.5) FROM searched WHERE searched MATCH ?"
"""Every row that shares a word with a question, with its BM25; what was said around a memory counts half."""

_WORD = re.compile(r"[^\W_]+")


def row_of(memory: Memory, vector: Vector) -> list[Value]:
    """A memory as values for `INSERT`."""
    statement, provenance = memory.statement, memory.provenance
    texts = [memory.text, memory.context, provenance.words]
    texts += [statement.subject, statement.attribute, statement.value] if statement else []
    return [
        memory.id,
        memory.kind.value,
        memory.text,
        *((statement.subject, statement.attribute, statement.value, statement.many) if statement else [None] * 4),
        memory.context,
        provenance.words,
        provenance.session,
        provenance.source,
        provenance.turn,
        json.dumps(provenance.derived_from) if provenance.derived_from else None,
        provenance.confidence,
        json.dumps(dict(provenance.models)) if provenance.models else None,
        memory.purpose.value,
        memory.consent_version,
        microseconds(memory.created),
        microseconds(memory.confirmed),
        None if memory.used is None else microseconds(memory.used),
        None if memory.expires is None else microseconds(memory.expires),
        memory.sensitivity.value,
        memory.superseded_by,
        sum(len(text.encode()) for text in texts if text) + vector.nbytes,
    ]


def memory_of(row: tuple[Any, ...]) -> Memory:
    """A memory from a row of `SELECT`."""
    kept = dict(zip(COLUMNS, row[1:], strict=True))
    return Memory(
        id=kept["id"],
        kind=Kind(kept["kind"]),
        text=kept["text"],
        statement=None
        if kept["subject"] is None
        else Statement(kept["subject"], kept["attribute"], kept["value"], many=bool(kept["many"])),
        context=kept["context"],
        provenance=Provenance(
            session=kept["session"],
            source=kept["source"],
            turn=kept["turn"],
            words=kept["words"],
            derived_from=tuple(json.loads(kept["derived_from"])) if kept["derived_from"] else (),
            confidence=kept["confidence"],
            models=json.loads(kept["models"]) if kept["models"] else {},
        ),
        purpose=Purpose(kept["purpose"]),
        consent_version=kept["consent_version"],
        created=_time(kept["created"]),
        confirmed=_time(kept["confirmed"]),
        used=None if kept["used"] is None else _time(kept["used"]),
        expires=None if kept["expires"] is None else _time(kept["expires"]),
        sensitivity=Sensitivity(kept["sensitivity"]),
        superseded_by=kept["superseded_by"],
    )


def _time(since_1970_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=since_1970_us)


def condition(where: Filter) -> tuple[str, dict[str, Value]]:
    """A filter as an SQL condition and its named values."""
    values: dict[str, Value] = {
        "purposes": json.dumps(sorted(purpose.value for purpose in where.purposes)),
        "at": microseconds(where.at),
    }
    return " AND ".join(_terms(where, values)), values


def _terms(where: Filter, values: dict[str, Value]) -> Iterator[str]:
    yield "purpose IN (SELECT value FROM json_each(:purposes))"
    yield "(expires IS NULL OR expires > :at)"
    if not where.superseded:
        yield "superseded_by IS NULL"
    if where.kinds is not None:
        values["kinds"] = json.dumps(sorted(kind.value for kind in where.kinds))
        yield "kind IN (SELECT value FROM json_each(:kinds))"
    if where.since is not None:
        values["since"] = microseconds(where.since)
        yield "max(created, confirmed) >= :since"
    if where.until is not None:
        values["until"] = microseconds(where.until)
        yield "created < :until"
    equal: Mapping[str, str | None] = {
        "subject": where.subject,
        "attribute": where.attribute,
        "session": where.session,
    }
    for name, value in equal.items():
        if value is not None:
            values[name] = value
            yield f"{name} = :{name}"
    if where.resting_on is not None:
        values["source_id"] = where.resting_on
        yield "(superseded_by = :source_id OR :source_id IN (SELECT value FROM json_each(derived_from)))"


def question(words: str) -> str:
    """A question as an FTS5 query: any of its words, each quoted; empty where none is worth looking up."""
    found = dict.fromkeys(word for word in _WORD.findall(words.lower()) if word not in STOP_WORDS)
    return " OR ".join(f'"{word}"' for word in list(found)[:QUESTION_WORDS])
