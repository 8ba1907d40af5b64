"""Why a sentence is read as it is: `make explain SAY="will it rain in oslo"`, for designers.

python -m components.explain SENTENCE [--model FILE]

Loads the trained model, reads the sentence, and says which intents it could be, which training example speaks for each,
what it names, whether it would be asked back, and which rules begin with it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent
MODEL = PROJECT / "models/rapport.tar.gz"


def explained(semantics: Mapping[str, Any], rules: Path) -> Iterator[str]:
    """The lines that explain a payload (`rapport.semantics`).

    Args:
        semantics: As a parsed message has it.
        rules: The folder of `data/rules`.
    """
    readings = [semantics["intent"], *semantics["alternatives"]]
    width = max(len(each["name"]) for each in readings)
    for each in readings:
        evidence = each["evidence"]
        like = f'  like "{evidence["example"]}" ({evidence["similarity"]:.2f})' if evidence else ""
        yield f"  {each['name']:<{width}}  {each['confidence']:.3f}{like}"
    if not semantics["understood"]:
        yield "  too unsure, or too near to the second: it is asked back"
    for slot in semantics["slots"]:
        sure = "" if slot["confidence"] is None else f", {slot['confidence']:.2f}"
        yield f'  {slot["name"]} = {slot["value"]}  ("{slot["text"]}", {slot["extractor"]}{sure})'
    if semantics["understood"]:
        for rule, actions in rules_of(semantics["intent"]["name"], rules):
            yield f"  rule: {rule} -> {', '.join(actions)}"


def rules_of(intent: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The rules that begin with an intent, and the actions that they name."""
    for path in sorted(folder.glob("*.yml")):
        for rule in yaml.safe_load(path.read_text()).get("rules") or ():
            steps = rule["steps"]
            if steps and steps[0].get("intent") == intent:
                yield rule["rule"], [step["action"] for step in steps if "action" in step]


def main(arguments: list[str] | None = None) -> int:
    """Explain a sentence; 1 where there is no model to read it with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentence", nargs="+", help="as it would be said: lower case, number words")
    parser.add_argument("--model", type=Path, default=MODEL)
    options = parser.parse_args(arguments)
    if not options.model.is_file():
        print(f"there is no model at {options.model}; run `make train`", file=sys.stderr)
        return 1
    logging.disable(logging.WARNING)
    import structlog
    from rasa.core.agent import Agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

    sentence = " ".join(options.sentence)
    parse = asyncio.run(Agent.load(str(options.model)).parse_message(sentence))
    print(f'"{sentence}"')
    print(*explained(parse["semantics"], PROJECT / "data/rules"), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
