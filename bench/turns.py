"""What a configuration costs to train, to start and to talk with, in text: Rasa's REST channel and the action server.

    python -m bench.turns [--config FILE] [--endpoints FILE] [--ted] [--rounds N] [--json FILE]

Runs in the `rasa` environment. Trains from nothing, starts both servers on free ports, and times every turn at the
client. `--ted` adds the TED policy, and gives it the rules as stories to learn from, since it learns from stories only.
"Late" turns are the 41st to the 60th of a conversation. CPU is that of both servers, so it holds on a busy machine too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import requests
import yaml

from bench.report import Report, percentiles
from ops.layout import ROOT, python_of
from ops.ports import LOOPBACK, free_port
from ops.processes import QUIET

ROUNDS = 6
LATE_FROM, LATE_TO = 40, 60
READY_S = 300

TEXT = (
    "hello",
    "how are you",
    "thank you very much",
    "tell me a fun fact",
    "are you a robot",
    "i feel great today",
    "nice to meet you",
    "what is the meaning of life",
    "who made you",
    "are you recording me",
)
"""Answered from the domain, without the action server."""

ACTIONS = (
    "what is seven times eight",
    "what time is it in tokyo",
    "what is twelve percent of eighty",
    "what day is it today",
    "what time is it in new york",
    "what is the square root of two",
    "what's the date",
    "what's nine plus four",
    "what time is it in paris",
    "what is a hundred divided by eight",
)
"""Each answered by one action."""

_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A process of ours and what it uses."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self._output = log.open("wb")
        self._process = subprocess.Popen(  # noqa: S603 - our own
            list(command),
            cwd=ROOT,
            env={**os.environ, **QUIET, **environment},
            stdout=self._output,
            stderr=self._output,
        )

    def wait_until_answers(self, url: str) -> None:
        """Until a GET is answered with 200.

        Raises:
            SystemExit: The process ended, or took too long.
        """
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                if requests.get(url, timeout=5).status_code == 200:
                    return
            time.sleep(0.05)
        raise SystemExit(f"bench.turns: no answer from {url}; see {self._output.name}")

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory_mb(self) -> float:
        """Resident memory now."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 2**20

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()


def main() -> None:
    """Train, start, talk, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=ROOT / "config.yml")
    parser.add_argument("--endpoints", type=Path, default=ROOT / "endpoints.yml")
    parser.add_argument("--ted", action="store_true", help="add the TED policy")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="conversations of each kind")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    report = Report("turns", f"{options.config.name}{' with TED' if options.ted else ''}")
    with tempfile.TemporaryDirectory(prefix="rapport-turns-") as name:
        folder = Path(name)
        config, data = options.config, [ROOT / "data"]
        if options.ted:
            config = _with_ted(config, folder)
            data.append(_rules_as_stories(folder))
        _train(config, data, folder, report)
        with _servers(options.endpoints, folder, report) as (url, rasa, actions):
            _talk(url, rasa, actions, options.rounds, report)
            report.row("memory, Rasa", value=rasa.memory_mb, unit="MB")
    report.print()
    if options.json:
        report.write(options.json)


def _with_ted(config: Path, folder: Path) -> Path:
    content = yaml.safe_load(config.read_text())
    content["policies"].append({"name": "TEDPolicy", "max_history": 5, "epochs": 100, "constrain_similarities": True})
    written = folder / "config.yml"
    written.write_text(yaml.safe_dump(content, sort_keys=False))
    return written


def _rules_as_stories(folder: Path) -> Path:
    stories = [
        {"story": rule["rule"], "steps": [step for step in rule["steps"] if step != "..."]}
        for path in sorted((ROOT / "data/rules").glob("*.yml"))
        for rule in yaml.safe_load(path.read_text()).get("rules", ())
        if "condition" not in rule
    ]
    written = folder / "stories.yml"
    written.write_text(yaml.safe_dump({"version": "3.1", "stories": stories}, sort_keys=False))
    return written


def _train(config: Path, data: Sequence[Path], folder: Path, report: Report) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    arguments = ["train", "--config", str(config), "--out", str(folder), "--fixed-model-name", "model", "--data"]
    trained = subprocess.run(  # noqa: S603 - our own
        [*_rasa(), *arguments, *map(str, data)],
        cwd=ROOT,
        env={**os.environ, **QUIET, "RASA_CACHE_DIRECTORY": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    if trained.returncode != 0:
        raise SystemExit(f"bench.turns: training failed:\n{trained.stderr[-3_000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report.row("training, whole command", value=time.perf_counter() - start, unit="s")
    report.row("training, CPU", value=used, unit="s")


def _rasa() -> list[str]:
    return [str(python_of("rasa")), "-W", "ignore", "-m", "rasa"]


@contextlib.contextmanager
def _servers(endpoints: Path, folder: Path, report: Report) -> Iterator[tuple[str, Server, Server]]:
    rasa_port, actions_port = free_port(), free_port()
    content = yaml.safe_load(endpoints.read_text())
    content["action_endpoint"]["url"] = f"http://{LOOPBACK}:{actions_port}/webhook"
    (folder / "endpoints.yml").write_text(yaml.safe_dump(content))
    (folder / "credentials.yml").write_text("rest:\n")
    actions = Server(
        [str(python_of("services")), *f"-m rasa_sdk --quiet --actions actions --port {actions_port}".split()],
        {"SANIC_HOST": LOOPBACK},
        folder / "actions.log",
    )
    with contextlib.ExitStack() as stack:
        stack.callback(actions.stop)
        actions.wait_until_answers(f"http://{LOOPBACK}:{actions_port}/health")
        start = time.perf_counter()
        options = ("--model", folder / "model.tar.gz", "--endpoints", folder / "endpoints.yml")
        where = ("--interface", LOOPBACK, "--port", rasa_port, "--credentials", folder / "credentials.yml")
        rasa = Server([*_rasa(), "run", *map(str, options + where)], {}, folder / "rasa.log")
        stack.callback(rasa.stop)
        rasa.wait_until_answers(f"http://{LOOPBACK}:{rasa_port}/")
        report.row("start until it listens", value=time.perf_counter() - start, unit="s")
        report.row("start, CPU", value=rasa.cpu_s, unit="s")
        yield f"http://{LOOPBACK}:{rasa_port}/webhooks/rest/webhook", rasa, actions


def _talk(url: str, rasa: Server, actions: Server, rounds: int, report: Report) -> None:
    with requests.Session() as http:

        def turn(conversation: str, text: str) -> float:
            start = time.perf_counter()
            answer = http.post(url, json={"sender": conversation, "message": text}, timeout=60)
            milliseconds = (time.perf_counter() - start) * 1_000
            if not answer.ok or not answer.json():
                raise SystemExit(f"bench.turns: no reply to {text!r}")
            return milliseconds

        report.row("first turn of all", value=turn("warm", TEXT[0]), unit="ms")
        turn("warm", ACTIONS[0])
        for title, texts in (("text turn", TEXT), ("turn with an action", ACTIONS)):
            used, times = rasa.cpu_s + actions.cpu_s, []
            for at in range(rounds):
                conversation = uuid.uuid4().hex
                # No text twice: a sentence vector is kept for texts that come again.
                times += [turn(conversation, f"{text}{' please' * (at + 1)}") for text in texts]
            used = rasa.cpu_s + actions.cpu_s - used
            report.row(title, **percentiles(times), unit="ms")
            report.row(f"{title}, CPU", value=used / len(times) * 1_000, unit="ms")
        conversation = uuid.uuid4().hex
        times, used = [], 0.0
        for at in range(LATE_TO):
            if at == LATE_FROM:
                used = rasa.cpu_s
            times.append(turn(conversation, f"{TEXT[at % len(TEXT)]}{' now' * (at // len(TEXT) + 1)}"))
        report.row("late text turn", **percentiles(times[LATE_FROM:]), unit="ms")
        report.row("late text turn, CPU", value=(rasa.cpu_s - used) / (LATE_TO - LATE_FROM) * 1_000, unit="ms")


if __name__ == "__main__":
    main()
