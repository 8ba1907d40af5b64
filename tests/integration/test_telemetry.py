"""What the running assistant tells Prometheus and OpenTelemetry: every stage of a turn, and nobody's words."""

import asyncio
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from channels.client import VoiceClient, fetch_token
from ops.ports import free_port, taken
from ops.stack import running_stack
from tests.fakes.http_server import Quiet, listening
from tests.integration.speaking import LEAD, typed

PROCESSES = 4
SAID = "What time is it in Berlin?"


@dataclass
class Collector:
    """Takes spans by OTLP.

    Attributes:
        spans: Name, trace and process of each.
        raw: All that was sent.
        came: Notified with each lot.
    """

    spans: list[tuple[str, str, str]] = field(default_factory=list)
    raw: bytes = b""
    came: threading.Condition = field(default_factory=threading.Condition)

    def take(self, body: bytes) -> None:
        with self.came:
            self.raw += body
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                named = {each.key: each.value.string_value for each in resource.resource.attributes}
                self.spans += [
                    (span.name, span.trace_id.hex(), named["service.name"])
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]
            self.came.notify_all()

    def until(self, there: Callable[[], bool]) -> bool:
        with self.came:
            return self.came.wait_for(there, 30)


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    collector = Collector()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with listening(Handler) as url:
        yield collector, url


def free_ports() -> int:
    """The first of as many free ports in a row as there are processes that measure."""
    while True:
        first = free_port()
        if first + PROCESSES < 65_536 and not any(taken(first + more) for more in range(PROCESSES)):
            return first


def metrics_at(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return str(answer.read().decode())


async def test_every_stage_of_a_turn_is_measured_and_traced(spoken: Callable[[str], bytes], tmp_path: Path) -> None:
    first = free_ports()
    with collecting() as (collector, endpoint):
        settings = {"RAPPORT_METRICS_PORT": str(first), "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
        with running_stack(settings | {"OTEL_BSP_SCHEDULE_DELAY": "200"}, log=tmp_path / "log") as stack:
            token = await asyncio.to_thread(fetch_token, stack.page)
            async with VoiceClient.connect(stack.page, token=token) as client:
                client.say(LEAD + spoken(SAID))
                await client.reply()
                for text in ("remember that my sister lives in lisbon", "yes", "where does my sister live"):
                    await typed(client, text)
                timings = (await client.until("metrics", turn=1)) | {}
                channel, actions, people, voice = [
                    await asyncio.to_thread(metrics_at, first + more) for more in range(PROCESSES)
                ]
            traced = await asyncio.to_thread(collector.until, lambda: len(whole_turns(collector)) > 0)

    for stage in ("recognition", "understanding", "intent", "deciding", "synthesis", "first_audio"):
        assert f'rapport_stage_seconds_count{{stage="{stage}"}}' in channel, stage
    assert 'rapport_turns_total{outcome="answered",source="speech"} 1.0' in channel
    assert 'rapport_turns_total{outcome="answered",source="text"} 3.0' in channel
    assert "rapport_sessions 1.0" in channel
    assert 'rapport_action_seconds_count{action="action_tell_time",outcome="done"} 1.0' in actions
    assert 'rapport_audited_total{purpose="memory",what="consent.granted"}' in actions
    assert "process_cpu_seconds_total" in people
    assert "rapport_first_sound_seconds_count{voice=" in voice
    sums = [
        float(line.rpartition(" ")[2])
        for line in channel.splitlines()
        if line.startswith("rapport_stage_seconds_sum")
        and any(f'"{stage}"' in line for stage in ("recognition", "understanding"))
    ]
    assert sum(sums) == pytest.approx(timings["intent_ms"] / 1_000, abs=0.01), "what the client was told, too"

    assert traced, sorted(set(collector.spans))
    told = (channel + actions + people + voice).lower() + collector.raw.decode("latin-1").lower()
    for word in ("lisbon", "sister", "berlin", client.session):
        assert word not in told, word


def whole_turns(collector: Collector) -> list[str]:
    """The traces that went through all three processes."""
    stages = {
        ("turn", "rapport-channel"),
        ("recognition", "rapport-channel"),
        ("deciding", "rapport-channel"),
        ("synthesis", "rapport-channel"),
        ("action", "rapport-actions"),
        ("speaking", "rapport-voice"),
    }
    traces = {trace for _, trace, _ in collector.spans}
    return [
        trace for trace in traces if stages <= {(name, process) for name, of, process in collector.spans if of == trace}
    ]
