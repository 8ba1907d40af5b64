import json
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.errors import AuditBroken
from rapport.privacy.audit import CHECKPOINT_EVERY, SYSTEM, AuditTrail, pseudonym

SIGNING = b"s" * 32


def trail(folder: Path, signing: bytes = SIGNING) -> AuditTrail:
    return AuditTrail(folder, signing, lambda: datetime(2026, 11, 22, tzinfo=timezone.utc))


def lines(folder: Path) -> list[str]:
    return (folder / "trail.jsonl").read_text().splitlines()


def write(folder: Path, changed: list[str]) -> None:
    (folder / "trail.jsonl").write_text("".join(line + "\n" for line in changed))


def test_an_untouched_trail_verifies(tmp_path: Path) -> None:
    audit = trail(tmp_path)
    assert audit.verify() == 0
    for number in range(CHECKPOINT_EVERY * 2 + 5):
        audit.append("a_1", "memory.written", count=number)

    assert audit.verify() == CHECKPOINT_EVERY * 2 + 7
    assert trail(tmp_path).verify(audit.public_key) == CHECKPOINT_EVERY * 2 + 7
    assert [entry.what for entry in audit.entries(SYSTEM)] == ["audit.checkpoint"] * 2


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_change_shows(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """An entry edited, dropped, put twice or moved, or a cut end."""
    folder = tmp_path_factory.mktemp("audit")
    audit = trail(folder)
    for number in range(6):
        audit.append(f"a_{number % 2}", "memory.written", count=number)
    written = lines(folder)
    at = data.draw(st.integers(0, 5))
    change = data.draw(st.sampled_from(["edit", "drop", "double", "swap", "cut"]))
    if change == "edit":
        entry = json.loads(written[at])
        name = data.draw(st.sampled_from(["at", "who", "what", "before", "hash", "number"]))
        entry[name] = entry[name] + 1 if name == "number" else entry[name][:-1] + "x"
        written[at] = json.dumps(entry)
    elif change == "drop":
        del written[at]
    elif change == "double":
        written.insert(at, written[at])
    elif change == "swap":
        other = data.draw(st.integers(0, 5).filter(lambda other: other != at))
        written[at], written[other] = written[other], written[at]
    else:
        written = written[:at]
    write(folder, written)

    with pytest.raises(AuditBroken):
        audit.verify()


def test_a_chain_written_anew_lacks_our_signature(tmp_path: Path) -> None:
    forged = trail(tmp_path, b"f" * 32)
    for _ in range(3):
        forged.append("a_1", "memory.written")

    with pytest.raises(AuditBroken, match="not ours"):
        trail(tmp_path).verify()


def test_a_removed_head_shows(tmp_path: Path) -> None:
    audit = trail(tmp_path)
    audit.append("a_1", "memory.written")
    (tmp_path / "head").unlink()

    with pytest.raises(AuditBroken, match="head"):
        audit.verify()


def test_a_line_that_a_crash_cut_off_is_dropped_and_the_chain_goes_on(tmp_path: Path) -> None:
    audit = trail(tmp_path)
    audit.append("a_1", "memory.written")
    with (tmp_path / "trail.jsonl").open("a") as file:
        file.write('{"number": 2, "at":')

    audit.append("a_1", "memory.deleted")

    assert [entry.what for entry in audit.entries()] == ["memory.written", "memory.deleted"]
    assert audit.verify() == 2


def append_many(folder: str) -> None:
    for number in range(50):
        trail(Path(folder)).append("a_1", "memory.written", count=number)


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3) as processes:
        list(processes.map(append_many, [str(tmp_path)] * 3))

    assert trail(tmp_path).verify() == 151


def test_a_pseudonym_needs_the_person_s_secret() -> None:
    assert pseudonym("secret", "p_1") == pseudonym("secret", "p_1")
    assert len({pseudonym("secret", "p_1"), pseudonym("other", "p_1"), pseudonym("secret", "p_2")}) == 3
    assert "p_1" not in pseudonym("secret", "p_1")
