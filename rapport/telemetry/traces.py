"""What OpenTelemetry is told: a span for each turn and each of its stages, over all processes that it goes through.

Off unless an endpoint is named, by OpenTelemetry's own variables. Spans have names that the code gave, times, labels
as metrics have them; never a person, a session, a word. Errors are told by their kind: their messages may quote.

The provider of spans is not made OpenTelemetry's global one, and what is under way is kept apart: libraries that trace
themselves would tell who talks, and what they say.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NoOpTracer, Span, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
CARRIER = "traceparent"
"""The field that carries a trace to another process: https://www.w3.org/TR/trace-context/."""

_tracer: Tracer = NoOpTracer()
_under_way: ContextVar[Context] = ContextVar("_under_way", default=Context())  # noqa: B039 - a Context can't be changed
_propagator = TraceContextTextMapPropagator()


def export(process: str, environment: Mapping[str, str]) -> None:
    """Send spans on, over OTLP by HTTP, where an endpoint is named; else do nothing. Called once a process.

    Args:
        process: Its name, such as `channel`.
        environment: Has one of `ENDPOINTS`, and what else OpenTelemetry's exporter reads.
    """
    global _tracer
    if not any(environment.get(name, "").strip() for name in ENDPOINTS):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # heavy, and seldom wanted

    provider = TracerProvider(resource=Resource.create({"service.name": f"rapport-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("rapport")


@contextlib.contextmanager
def span(name: str, parent: str | None = None, began: float | None = None, **labels: str | int) -> Iterator[Span]:
    """A stage, for as long as it takes.

    Args:
        name: What is done.
        parent: The trace that it is part of, as `carried` gave it in another process; None: of what is under way here.
        began: Where it began before now: on the monotonic clock.
        labels: Names and numbers that the code gave.
    """
    within = _propagator.extract({CARRIER: parent}, Context()) if parent else _under_way.get()
    begun = _tracer.start_span(
        name,
        within,
        attributes=labels,
        start_time=None if began is None else _wall_ns(began),
        record_exception=False,
        set_status_on_exception=False,
    )
    before = _under_way.set(set_span_in_context(begun, within))
    try:
        yield begun
    except Exception as error:
        begun.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        _under_way.reset(before)
        begun.end()


def stage(name: str, began: float, ended: float) -> None:
    """A stage that is over, of what is under way.

    Args:
        name: What was done.
        began: On the monotonic clock.
        ended: Likewise.
    """
    _tracer.start_span(name, _under_way.get(), start_time=_wall_ns(began)).end(_wall_ns(ended))


def carried() -> str:
    """What is under way, for another process; empty where nothing is traced."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, _under_way.get())
    return carrier.get(CARRIER, "")


def _wall_ns(monotonic: float) -> int:
    return round((time.time() - time.monotonic() + monotonic) * 1e9)
