"""rasa-sdk's action server, which first opens what its actions will use.

So a wrong setting is told at once, and nobody waits for a model to load. What people set a timer for is told from here,
for as long as it runs. Each action is measured, and is a stage of its turn's trace.

    python -m ops.action_server ARGUMENTS of rasa_sdk
"""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
import time
from typing import Any

import pluggy
from rasa_sdk.plugin import plugin_manager

from rapport.errors import RapportError
from rapport.services import get_services
from rapport.telemetry import metrics, traces

UNKNOWN = "unknown"
"""The label of what is no action: anybody who reaches the server can name one."""


class Measured:
    """A plugin of rasa-sdk's server."""

    @pluggy.HookimplMarker("rasa_sdk")
    def attach_sanic_app_extensions(self, app: Any) -> None:
        """Have requests measured."""
        app.register_middleware(begin, "request")
        app.register_middleware(end, "response")


def begin(request: Any) -> None:
    """An action is asked for; what it does is part of the trace of its turn."""
    asked = _asked(request)
    if asked is None:
        return
    stack = contextlib.ExitStack()
    stack.enter_context(traces.span("action", _trace_of(asked), action=str(asked.get("next_action"))))
    request.ctx.measured = (stack, str(asked.get("next_action")), time.perf_counter())


def end(request: Any, response: Any) -> None:
    """It was run, or could not be."""
    if not hasattr(request.ctx, "measured"):
        return
    stack, action, began = request.ctx.measured
    stack.close()
    known = response.status in (200, 400)
    outcome = "done" if response.status == 200 else "rejected" if response.status == 400 else "failed"
    metrics.ACTION.labels(action if known else UNKNOWN, outcome).observe(time.perf_counter() - began)


def _asked(request: Any) -> dict[str, Any] | None:
    if request.method != "POST" or request.path != "/webhook":
        return None
    try:
        asked = request.json
    except Exception:  # noqa: BLE001 - whatever Sanic raises; rasa-sdk answers it
        return None
    return asked if isinstance(asked, dict) and asked.get("next_action") else None


def _trace_of(asked: dict[str, Any]) -> str | None:
    tracker = asked.get("tracker") or {}
    metadata = (tracker.get("latest_message") or {}).get("metadata") or {}
    carried = metadata.get(traces.CARRIER)
    return carried if isinstance(carried, str) else None


def main() -> None:
    """Run it; ends the process with a message where people's data can't be used."""
    try:
        services = get_services()
        services.warm_up()
        metrics.serve(os.environ)
    except RapportError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    traces.export("actions", os.environ)
    plugin_manager().register(Measured())
    with services.alarm_clock:
        runpy.run_module("rasa_sdk", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
