"""What OpenTelemetry is told: stages within their turn, over processes, and never the words of an error."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from rapport.telemetry import traces


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(traces, "_tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def test_stages_are_within_their_turn(told: InMemorySpanExporter) -> None:
    now = time.monotonic()
    with traces.span("turn", began=now - 1.0, source="speech"):
        traces.stage("recognition", now - 1.0, now - 0.6)
        with traces.span("deciding"):
            pass
    stage, deciding, turn = told.get_finished_spans()
    assert [each.name for each in (stage, deciding, turn)] == ["recognition", "deciding", "turn"]
    assert {stage.parent.span_id, deciding.parent.span_id} == {turn.context.span_id}  # type: ignore[union-attr]
    assert stage.end_time - stage.start_time == pytest.approx(0.4e9, abs=5e6)  # type: ignore[operator]
    assert turn.end_time - turn.start_time >= 1e9  # type: ignore[operator]
    assert turn.start_time == pytest.approx(stage.start_time, abs=5e6)
    assert dict(turn.attributes or {}) == {"source": "speech"}


def test_a_trace_goes_on_in_another_process(told: InMemorySpanExporter) -> None:
    with traces.span("turn"):
        carried = traces.carried()
    with traces.span("action", carried, action="action_recall"):
        pass
    turn, action = told.get_finished_spans()
    assert action.context.trace_id == turn.context.trace_id
    assert action.parent is not None
    assert action.parent.span_id == turn.context.span_id


def test_what_is_carried_and_is_no_trace_begins_one(told: InMemorySpanExporter) -> None:
    with traces.span("action", "00-nonsense"):
        pass
    assert told.get_finished_spans()[0].parent is None


def test_an_error_is_told_by_its_kind_alone(told: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="hunter2"), traces.span("turn"):
        raise ValueError("my password is hunter2")
    turn = told.get_finished_spans()[0]
    assert not turn.status.is_ok
    assert turn.status.description == "ValueError"
    assert "hunter2" not in turn.to_json()


def test_without_an_endpoint_nothing_is_carried() -> None:
    traces.export("channel", {})
    with traces.span("turn"):
        assert traces.carried() == ""


def test_libraries_that_trace_themselves_tell_nobody(told: InMemorySpanExporter) -> None:
    with traces.span("turn"), trace.get_tracer("a library").start_as_current_span("chat my password is hunter2"):
        traces.stage("recognition", 0.0, 1.0)
    stage, turn = told.get_finished_spans()
    assert (stage.name, turn.name) == ("recognition", "turn")
    assert stage.parent == turn.context
