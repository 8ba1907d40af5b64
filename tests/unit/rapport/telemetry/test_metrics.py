"""What Prometheus is told: only where a port is named, and clearly where that can't be."""

import socket
import urllib.request

import pytest

from rapport.errors import SettingsError
from rapport.telemetry import metrics


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_answers_where_a_port_is_named() -> None:
    port = free_port()
    metrics.FALLBACKS.labels("unclear").inc()
    metrics.serve({metrics.PORT: str(port)})
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        told = answer.read().decode()
    assert 'rapport_fallbacks_total{kind="unclear"}' in told
    assert "# HELP rapport_stage_seconds How long a stage of a turn took." in told


def test_without_a_port_nobody_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "start_http_server", lambda *_: pytest.fail("it listens"))
    metrics.serve({})
    metrics.serve({metrics.PORT: " "})


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_what_is_no_port_is_told(port: str) -> None:
    with pytest.raises(SettingsError, match=metrics.PORT):
        metrics.serve({metrics.PORT: port})


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingsError, match="cannot listen"):
            metrics.serve({metrics.PORT: str(other.getsockname()[1])})


def test_each_limit_of_the_service_levels_is_an_edge() -> None:
    assert {0.3, 0.5, 0.8, 1.3} <= set(metrics.BUCKETS_S)
