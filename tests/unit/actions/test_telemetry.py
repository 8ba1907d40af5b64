"""What is done about people is counted, by what it is and for what purpose, and never whose."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY, generate_latest

from ops.action_server import UNKNOWN, begin, end
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import ANNA, Channel, Meeting, services_in


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_consents_memories_recalls_and_erasures_are_counted(tmp_path: Path, domain: dict[str, Any]) -> None:
    given = {"what": "consent.granted", "purpose": "memory"}
    taken = {"what": "consent.withdrawn", "purpose": "analytics"}
    erased = {"what": "person.erased", "purpose": ""}
    before = [counted("rapport_audited_total", **each) for each in (given, taken, erased)]
    recalls = counted("rapport_recall_seconds_count")
    meeting = Meeting(services_in(tmp_path, Channel()), domain).agreed(Purpose.MEMORY, Purpose.ANALYTICS)
    meeting.told("plays the cello")
    meeting.person.memories().recall("which instrument")
    meeting.person.withdraw(Purpose.ANALYTICS, "page")
    meeting.person.erase("page")

    after = [counted("rapport_audited_total", **each) for each in (given, taken, erased)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1]
    assert counted("rapport_recall_seconds_count") - recalls == 1
    told = generate_latest().decode()
    assert "cello" not in told
    assert ANNA not in told


def request(path: str = "/webhook", json: Any = None) -> SimpleNamespace:
    return SimpleNamespace(method="POST", path=path, json=json, ctx=SimpleNamespace())


@pytest.mark.parametrize(
    ("status", "action", "outcome"),
    [
        (200, "action_repeat", "done"),
        (400, "action_repeat", "rejected"),
        (500, UNKNOWN, "failed"),
        (404, UNKNOWN, "failed"),
    ],
)
def test_an_action_is_counted_by_its_name_where_it_is_one(status: int, action: str, outcome: str) -> None:
    name = "rapport_action_seconds_count"
    before = counted(name, action=action, outcome=outcome)
    asked = request(json={"next_action": "action_repeat", "tracker": {"latest_message": None}})
    begin(asked)
    end(asked, SimpleNamespace(status=status))
    assert counted(name, action=action, outcome=outcome) - before == 1


def test_what_asks_for_no_action_is_let_through() -> None:
    for asked in (request("/health"), request(json=["nonsense"]), request(json={})):
        begin(asked)
        end(asked, SimpleNamespace(status=200))
        assert not vars(asked.ctx)
