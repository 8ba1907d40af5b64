"""The readable part of an export: one HTML page without scripts or anything from elsewhere, for screen and paper.

Everything that a person said goes through `html.escape`; what is held is read in `holdings`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape

from rapport.experiments.assignment import RECORD as PARTS
from rapport.experiments.ratings import RECORD as RATING_ASKED
from rapport.experiments.sessions import RECORD as SESSIONS
from rapport.memory.values import Kind, Memory, Sensitivity
from rapport.people import PERSON_VECTOR, SPENT, SUGGESTIONS
from rapport.personality.habits import HABITS
from rapport.personality.signals import RECORD as SIGNALS
from rapport.privacy.consent import Decision
from rapport.privacy.holdings import ALSO_HELD, Held
from rapport.privacy.purposes import wordings

KINDS: Mapping[Kind, str] = {
    Kind.FACT: "About you",
    Kind.PREFERENCE: "What you like",
    Kind.RELATION: "People in your life",
    Kind.EVENT: "What happened, and what is coming",
    Kind.ROUTINE: "What you usually do",
    Kind.NOTE: "Notes",
    Kind.SUMMARY: "What we talked about",
}
"""Headings, in their order; the page of the assistant has the same."""

SOURCES: Mapping[str, str] = {
    "asked": "You asked me to remember it",
    "passing": "You said it in passing",
    "page": "You wrote it on the page",
    "derived": "Worked out from other memories",
}

RECORDS: Mapping[str, str] = {
    "name": "What you are called",
    SIGNALS: "What I learnt from how you talk: how often something was so, of how often it could have been, and when",
    HABITS: "What you asked for, and when",
    PERSON_VECTOR: "What our talks are about, as 384 numbers",
    SUGGESTIONS: "What I suggested, and what you said to it: yes, no, no since the last yes, and when",
    SESSIONS: "How our conversations went, in counts",
    RATING_ASKED: "When I last asked you whether I helped",
    PARTS: "Experiments that you have a part in",
    SPENT: "Numbers of links to a copy like this one that were used, and until when that is remembered",
}

_STYLE = """
:root { color-scheme: light dark; --paper: #eef4f1; --sheet: #fafdfb; --ink: #0f211d; --soft: #4a5f59; --line: #c9d8d2;
  --you: #8a4700; --me: #07604f; }
@media (prefers-color-scheme: dark) { :root { --paper: #081211; --sheet: #102220; --ink: #e6f3ee; --soft: #9bb3ab;
  --line: #213834; --you: #ffc184; --me: #83e8d1; } }
* { box-sizing: border-box; margin: 0; }
body { max-width: 50rem; margin: 0 auto; padding: 3rem 1.25rem 5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 ui-sans-serif, system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 2.25rem; line-height: 1.1; letter-spacing: -0.02em; }
h2 { margin: 3rem 0 0.75rem; font-size: 1.5rem; letter-spacing: -0.01em; }
h3 { margin: 1.75rem 0 0.5rem; color: var(--me); font-size: 1.0625rem; }
p + p, ul + p { margin-top: 0.5rem; }
ul, ol { padding: 0; list-style: none; }
li { padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 0.8rem; background: var(--sheet); }
li + li { margin-top: 0.5rem; }
.soft, dt { color: var(--soft); font-size: 0.875rem; }
.said { color: var(--you); }
.tag { margin-left: 0.4rem; padding: 0.05rem 0.5rem; border: 1px solid currentcolor; border-radius: 1rem;
  color: var(--soft); font-size: 0.8125rem; white-space: nowrap; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.15rem 1rem; margin-top: 0.4rem; }
dd { font-size: 0.875rem; }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
td:first-child { white-space: nowrap; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
pre { white-space: pre-wrap; font-size: 0.8125rem; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.35rem; } }
@media print {
  :root { --paper: #fff; --sheet: #fff; --ink: #000; --soft: #444; --line: #bbb; --you: #000; --me: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  li, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""


def page_of(held: Held) -> str:
    """The page."""
    body = "\n".join(
        (
            "<h1>What Rapport holds about you</h1>",
            f'<p class="soft">As of {_time(held.at)}, for {escape(held.person)}. '
            "The same, for programs to read, is in <code>data.json</code>.</p>",
            *_memories(held.memories),
            *_consents(held.decisions),
            *_records("You", held.profile),
            *_records("Also kept", held.records),
            *_activity(held),
            "<h2>How much that is</h2>",
            f"<p>{held.usage.items:,} of {held.quota.items:,} memories, "
            f"{held.usage.bytes:,} of {held.quota.bytes:,} bytes.</p>",
            *(f'<p class="soft">{escape(text)}</p>' for text in ALSO_HELD),
        )
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>What Rapport holds about you</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _memories(memories: Iterable[Memory]) -> Iterable[str]:
    all_of_them = list(memories)
    yield "<h2>Memories</h2>"
    if not all_of_them:
        yield "<p>None.</p>"
    for kind, heading in KINDS.items():
        of_kind = [memory for memory in all_of_them if memory.kind is kind]
        if of_kind:
            yield f"<h3>{escape(heading)}</h3>\n<ul>{''.join(map(_memory, of_kind))}</ul>"


def _memory(memory: Memory) -> str:
    told = memory.provenance
    tags = ["sensitive"] if memory.sensitivity is Sensitivity.SENSITIVE else []
    if memory.superseded_by:
        tags.append("no longer true")
    source = SOURCES.get(told.source, told.source)
    if told.confidence is not None:
        source += f"; I was {told.confidence:.0%} sure of the words"
    facts = {
        "Your words": f'<span class="said">{escape(told.words)}</span>' if told.words else "",
        "Said around it": escape(memory.context or ""),
        "Source": escape(source),
        "First told": _time(memory.created),
        "Last confirmed": _time(memory.confirmed) if memory.confirmed != memory.created else "",
        "Last used": _time(memory.used) if memory.used else "",
        "Kept for": escape(f"{wordings()[memory.purpose].title} (wording {memory.consent_version})"),
        "Deleted on": _time(memory.expires) if memory.expires else "never, unless you ask",
    }
    marks = "".join(f' <span class="tag">{tag}</span>' for tag in tags)
    rows = "".join(f"<dt>{name}</dt><dd>{fact}</dd>" for name, fact in facts.items() if fact)
    return f"<li><p><strong>{escape(memory.text)}</strong>{marks}</p><dl>{rows}</dl></li>"


def _consents(decisions: Iterable[Decision]) -> Iterable[str]:
    yield "<h2>What you agreed to</h2>"
    items = [
        f"<li><strong>{'Yes' if each.granted else 'Taken back'}: {escape(wordings()[each.purpose].title)}</strong>"
        f"<p>{escape(each.wording)}</p>"
        f'<p class="soft">{_time(each.at)} · by {escape(each.channel)} · wording {each.version} · '
        f"receipt {escape(each.receipt)}</p></li>"
        for each in decisions
    ]
    yield f"<ol>{''.join(items)}</ol>" if items else "<p>Nothing.</p>"


def _records(heading: str, records: Mapping[str, object]) -> Iterable[str]:
    if records:
        yield f"<h2>{heading}</h2>\n<ul>"
        for name, value in records.items():
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)
            yield f"<li>{escape(RECORDS.get(name, name))}<pre>{escape(shown)}</pre></li>"
        yield "</ul>"


def _activity(held: Held) -> Iterable[str]:
    yield "<h2>Activity</h2>"
    yield '<p class="soft">What was done with your data, from the audit trail. It holds no content.</p>'
    rows = "".join(
        f"<tr><td>{escape(each.at[:19].replace('T', ' '))}</td><td>{escape(each.what)}</td>"
        f"<td>{escape(', '.join(f'{name} {value}' for name, value in each.details.items()))}</td></tr>"
        for each in held.entries
    )
    heads = "<tr><th>When (UTC)</th><th>What</th><th>Details</th></tr>"
    yield f"<table><thead>{heads}</thead><tbody>{rows}</tbody></table>"


def _time(at: datetime) -> str:
    return f'<time datetime="{at.isoformat()}">{at.day} {at:%B %Y, %H:%M} UTC</time>'
