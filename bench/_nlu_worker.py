"""One pipeline of `bench.nlu`, in a process of its own: `train` it, or `ask` what was trained. Prints JSON last."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


def train(pipeline: str, training_file: str, folder: str) -> dict[str, Any]:
    """Train from nothing; seconds without the imports, which `ask` tells."""
    from rasa.model_training import train_nlu

    start, used_before = time.perf_counter(), time.process_time()
    made = train_nlu(pipeline, training_file, folder, fixed_model_name="model")
    if made is None:
        raise SystemExit("Rasa did not train")
    seconds, used = time.perf_counter() - start, time.process_time() - used_before
    return {"train_s": seconds, "train_cpu_s": used, "train_mb": _most_mb()}


def ask(model: str, questions: str) -> dict[str, Any]:
    """Load, and read each sentence by itself as a server would."""
    start = time.perf_counter()
    from rasa.core.agent import Agent

    imported, used_before = time.perf_counter(), time.process_time()
    agent = Agent.load(model)
    loaded, used = time.perf_counter(), time.process_time() - used_before
    texts = json.loads(Path(questions).read_text())
    asyncio.run(agent.parse_message(texts[0]))
    first = time.perf_counter()
    readings, milliseconds = asyncio.run(_read_all(agent, texts))
    return {
        "import_s": imported - start,
        "load_s": loaded - imported,
        "load_cpu_s": used,
        "first_s": first - loaded,
        "memory_mb": _most_mb(),
        "parse_ms": milliseconds,
        "readings": readings,
    }


async def _read_all(agent: Any, texts: list[str]) -> tuple[list[dict[str, Any]], list[float]]:
    readings, milliseconds = [], []
    for text in texts:
        start = time.perf_counter()
        parsed = await agent.parse_message(text)
        milliseconds.append((time.perf_counter() - start) * 1_000)
        intents = [one for one in parsed["intent_ranking"] if one["name"] != "nlu_fallback"]
        best = intents[0] if intents else parsed["intent"]
        readings.append(
            {
                "intent": best["name"],
                "confidence": float(best["confidence"]),
                "fallback": parsed["intent"]["name"] == "nlu_fallback",
                "entities": [[one["start"], one["end"], one["entity"]] for one in parsed["entities"]],
            }
        )
    return readings, milliseconds


def _most_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    print("\n" + json.dumps(train(*arguments) if what == "train" else ask(*arguments)))
