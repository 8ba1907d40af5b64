"""`make review`: what was not understood, as training examples to look at; and what was accepted, if it helps.

    python -m ops.review                    writes results/review.yml: sentences of whoever agreed to that, in groups
    python -m ops.review --accept FILE      adds the file's examples to data/nlu, trains, and keeps the better model

Sentences were screened when they were kept. They are grouped by their meaning; a group goes to the intent that people
chose when they were asked back, else to the likeliest. A designer deletes what is not to be learnt, mends intents, and
accepts the file. The new model takes the old one's place only if it understands the held-out sentences of `tests/nlu`
no worse; else data and model are put back as they were. Nothing that is held out is ever taken as an example.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console

from ops import dotenv, nlu_gate, training
from ops.layout import RESULTS, ROOT
from ops.tests import held_out_nlu
from rapport.errors import RapportError
from rapport.experiments.misunderstood import Misunderstood, Why, gathered
from rapport.memory.values import Vector
from rapport.services import services_from

PROPOSED = RESULTS / "review.yml"
NLU = ROOT / "data/nlu"
HELD_OUT = ROOT / "tests/nlu"
ALIKE = 0.7
"""Cosine of a sentence and a group's first from which it belongs there: with MiniLM, other wordings of one question."""
NOISE = 0.002
"""Two of a thousand held-out sentences: a single good example moves one now and then."""
NO_INTENT = "somebody_has_to_say"

_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


class CannotAccept(Exception):
    """The file can't be taken as it is; the message says what to do."""


@dataclass(frozen=True)
class Group:
    """Sentences that mean about the same.

    Attributes:
        intent: What is proposed for them; None where nothing is likely.
        texts: Each once, the most frequent first.
        people: Of how many people they are.
        why: What was wrong with them, and how often.
        others: Other intents that were likely.
    """

    intent: str | None
    texts: tuple[str, ...]
    people: int
    why: Mapping[Why, int]
    others: tuple[str, ...]


def grouped(sentences: Sequence[tuple[str, Misunderstood]], embed: Callable[[str], Vector]) -> list[Group]:
    """The sentences in groups, those of most people first.

    Args:
        sentences: Whose, and each.
        embed: Gives a text's meaning.
    """
    heads: list[Vector] = []
    members: list[list[tuple[str, Misunderstood]]] = []
    for whose, each in sentences:
        vector = embed(each.text)
        alike = np.array([float(head @ vector) for head in heads])
        if alike.size and alike.max() >= ALIKE:
            members[int(alike.argmax())].append((whose, each))
        else:
            heads.append(vector)
            members.append([(whose, each)])
    groups = [_group(each) for each in members]
    return sorted(groups, key=lambda group: (-group.people, -sum(group.why.values()), group.texts))


def _group(members: Sequence[tuple[str, Misunderstood]]) -> Group:
    sentences = [each for _, each in members]
    chosen = Counter(each.meant for each in sentences if each.meant)
    # What was answered wrongly is not what was meant.
    likely = Counter(intent for each in sentences for intent in each.likely[each.why is Why.CORRECTED :][:1])
    intent = next((intent for intent, _ in (chosen or likely).most_common(1)), None)
    texts = Counter(" ".join(each.text.lower().split()) for each in sentences)
    others = dict.fromkeys(other for each in sentences for other in each.likely if other != intent)
    return Group(
        intent,
        tuple(text for text, _ in texts.most_common()),
        len({whose for whose, _ in members}),
        Counter(each.why for each in sentences),
        tuple(others)[:3],
    )


def written(groups: Sequence[Group], today: date) -> str:
    """The groups as a file of NLU data, with what a designer wants to know as comments."""
    lines = [
        f"# Proposed on {today.isoformat()} from {sum(sum(group.why.values()) for group in groups)} sentences.",
        "# Delete what is not to be learnt, and mend intents; then: make review ACCEPT=results/review.yml",
        f"# {NO_INTENT} is no intent: name the right one, or delete the group.",
        'version: "3.1"',
        "nlu:",
    ]
    for group in groups:
        why = ", ".join(f"{count} {why.value}" for why, count in sorted(group.why.items()))
        also = f"; else perhaps {', '.join(group.others)}" if group.others else ""
        lines.append(f"# {why}; {group.people} {'person' if group.people == 1 else 'people'}{also}")
        lines.append(f"- intent: {group.intent or NO_INTENT}")
        lines.append("  examples: |")
        lines += [f"    - {text}" for text in group.texts]
    return "\n".join(lines) + "\n"


def accepted(text: str, nlu: Path = NLU, held_out: Path = HELD_OUT) -> dict[Path, str]:
    """The data files that change, with their new content.

    Args:
        text: The file's content, as `written` made it and a designer mended it.
        nlu: Folder of the training data.
        held_out: Folder of what is never trained on.

    Raises:
        CannotAccept: It is no NLU data, names an intent that has no examples yet, or has nothing new.
    """
    files = {path: path.read_text(encoding="utf-8") for path in sorted(nlu.glob("*.yml"))}
    known = {_plain(example) for content in files.values() for _, found in _blocks(content) for example in found}
    kept_back = {
        _plain(example)
        for path in held_out.glob("*.yml")
        for _, found in _blocks(path.read_text(encoding="utf-8"))
        for example in found
    }
    changed: dict[Path, str] = {}
    try:
        wanted = _blocks(text)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise CannotAccept("this is no NLU data; begin again with `make review`") from error
    for intent, examples in wanted:
        fresh = [example for example in dict.fromkeys(examples) if _plain(example) not in known | kept_back]
        path = next((path for path, content in files.items() if _heading(intent).search(content)), None)
        if path is None:
            raise CannotAccept(
                f"data/nlu has no examples of {intent!r}; name an intent that it has, or delete the group"
            )
        if fresh:
            files[path] = changed[path] = _added(files[path], intent, fresh)
            known |= set(map(_plain, fresh))
    if not changed:
        raise CannotAccept("there is nothing new in it")
    return changed


def _blocks(text: str) -> list[tuple[str, list[str]]]:
    """Intents with their examples."""
    read = yaml.safe_load(text)
    blocks: list[dict[str, Any]] = [block for block in read["nlu"] if "intent" in block]
    return [
        (
            str(block["intent"]),
            [line.strip()[2:].strip() for line in str(block["examples"]).splitlines() if line.strip()],
        )
        for block in blocks
    ]


def _plain(example: str) -> str:
    return " ".join(_ANNOTATION.sub(r"\1", example).lower().split())


def _heading(intent: str) -> re.Pattern[str]:
    return re.compile(rf"^- intent: {re.escape(intent)}\n  examples: \|\n(?:    - .*\n?)*", re.MULTILINE)


def _added(content: str, intent: str, examples: Sequence[str]) -> str:
    match = _heading(intent).search(content)
    assert match is not None
    before = content[: match.end()]
    return (
        (before if before.endswith("\n") else before + "\n")
        + "".join(f"    - {example}\n" for example in examples)
        + content[match.end() :]
    )


def propose(console: Console) -> int:
    """Write what there is to look at."""
    services = services_from(dotenv.settings())
    people = [services.people.person(each) for each in services.people.store.people()]
    sentences = gathered(people)
    if not sentences:
        console.print("there is nothing to look at: nobody agreed to `understanding`, or all was understood")
        return 0
    groups = grouped(sentences, services.people.embed)
    PROPOSED.parent.mkdir(exist_ok=True)
    PROPOSED.write_text(written(groups, datetime.now(timezone.utc).date()), encoding="utf-8")
    console.print(f"{len(sentences)} sentences in {len(groups)} groups are in {PROPOSED.relative_to(ROOT)}")
    console.print("look at them there, then: make review ACCEPT=results/review.yml")
    return 0


def accept(file: Path, console: Console) -> int:
    """Learn from a file, if that is no loss; 1 where it is, and all is as before."""
    changed = accepted(file.read_text(encoding="utf-8"))
    before = {path: path.read_text(encoding="utf-8") for path in changed}
    if not training.up_to_date():
        training.train(console)
    RESULTS.mkdir(exist_ok=True)
    held_out_nlu()
    reached = nlu_gate.reached_in(RESULTS / "nlu")
    kept = [shutil.copy2(each, each.with_suffix(each.suffix + ".before")) for each in (training.MODEL, training.RECORD)]
    wins = False
    try:
        for path, content in changed.items():
            path.write_text(content, encoding="utf-8")
        training.train(console)
        held_out_nlu()
        now = nlu_gate.reached_in(RESULTS / "nlu")
        wins = no_worse(now, reached)
        figures = ", ".join(f"{what} {reached[what]:.4f} → {now[what]:.4f}" for what in ("intents", "entities"))
        console.print(f"held-out sentences: {figures}")
    finally:
        for path, content in before.items() if not wins else ():
            path.write_text(content, encoding="utf-8")
        for copy, original in zip(kept, (training.MODEL, training.RECORD), strict=True):
            Path(copy).unlink() if wins else Path(copy).replace(original)
    if not wins:
        console.print("it would understand less than before, so data and model are as they were", style="bold red")
        return 1
    console.print(
        f"learnt; look at the change, and commit it: {', '.join(path.name for path in changed)}", style="green"
    )
    console.print("a Rapport that is running goes on with the old model until it is started again")
    return 0


def no_worse(now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a model is as good on the held-out sentences as another, intents and entities, but for noise."""
    return all((now[what] or 0.0) >= (before[what] or 0.0) - NOISE for what in ("intents", "entities"))


def main(arguments: list[str]) -> int:
    """Propose, or accept."""
    parser = argparse.ArgumentParser(prog="python -m ops.review", description=__doc__.splitlines()[0])
    parser.add_argument("--accept", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    console = Console(highlight=False)
    try:
        return accept(options.accept, console) if options.accept else propose(console)
    except (CannotAccept, OSError, RapportError, training.TrainingFailed) as failure:
        console.print(f"review: {failure}", style="bold red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
