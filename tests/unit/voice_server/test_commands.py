"""The commands beside the server: smoke, cost, pregenerate; as a newcomer runs them, against the emulator."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.emulator.conftest import KEY, Listening, listening
from tests.voice_process import ROOT, SERVICES_PYTHON
from voice_server.phrases import clauses_of, fixed_wordings
from voice_server.usage import Request, Usage

DOMAIN = """
responses:
  utter_greet:
  - text: "Good morning. What can I do for you?"
  - text: "Hello, {name}."
  utter_bye:
  - text: "Goodbye."
"""


@pytest.fixture(scope="module")
def _one() -> Iterator[Listening]:
    with listening() as one:
        yield one


@pytest.fixture
def provider(_one: Listening) -> Listening:
    with _one.client() as client:
        client.post("/_emulator/reset").raise_for_status()
    return _one


def _run(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    domain = tmp_path / "domain.yml"
    domain.write_text(DOMAIN)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ELEVENLABS_", "RAPPORT_"))}
    return subprocess.run(
        [SERVICES_PYTHON, "-m", "voice_server", "--domain", domain, "--state", tmp_path / "state", *arguments],
        cwd=ROOT,
        env={**kept, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def _told(provider: Listening, **others: str) -> dict[str, str]:
    return {"ELEVENLABS_API_KEY": KEY, "ELEVENLABS_BASE_URL": provider.url, **others}


def test_smoke_says_that_all_is_well(provider: Listening, tmp_path: Path) -> None:
    ran = _run(tmp_path, "smoke", **_told(provider))

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("ok") >= 4
    assert "wrong" not in ran.stdout
    assert KEY not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("told", "switches", "fault", "says"),
    [
        pytest.param({"ELEVENLABS_API_KEY": "another"}, {}, {}, "The key is not accepted", id="key"),
        pytest.param({"ELEVENLABS_VOICE": "nobody"}, {}, {}, "no such voice", id="voice"),
        pytest.param({}, {"character_limit": 0}, {}, "quota is used up", id="quota"),
        pytest.param({"ELEVENLABS_BASE_URL": "http://127.0.0.1:9"}, {}, {}, "can't be reached", id="network"),
        pytest.param(
            {}, {}, {"kind": "error", "code": "missing_permissions", "status": 401}, "permissions", id="scope"
        ),
        pytest.param({}, {}, {"kind": "malformed"}, "not 16-bit PCM", id="no-sound"),
        pytest.param({}, {}, {"kind": "cut", "after_bytes": 4_000}, "can't be reached", id="cut"),
    ],
)
def test_smoke_says_what_is_wrong(
    provider: Listening,
    tmp_path: Path,
    told: dict[str, str],
    switches: dict[str, Any],
    fault: dict[str, Any],
    says: str,
) -> None:
    provider.switch(**switches)
    if fault:
        provider.fault(path="*/stream", **fault)

    ran = _run(tmp_path, "smoke", **{**_told(provider), **told})

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert says in ran.stdout
    assert KEY not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


def test_smoke_without_a_key_says_which_variable(tmp_path: Path) -> None:
    ran = _run(tmp_path, "smoke")
    assert ran.returncode == 1
    assert "ELEVENLABS_API_KEY" in ran.stderr


def test_cost_of_what_was_counted(tmp_path: Path) -> None:
    usage = Usage(tmp_path / "state" / "usage.db")
    for _ in range(4):
        usage.reply("preset", 120.0)
        usage.spoke(Request("", "main:1", "eleven_flash_v2_5", "http", 100, 50, estimated=False))
        usage.clip(hit=True, characters=100, cloud=True)
    usage.close()

    ran = _run(tmp_path, "cost")
    told = json.loads(_run(tmp_path, "cost", "--json").stdout)

    assert ran.returncode == 0, ran.stderr
    assert "5.00" in ran.stdout
    assert "10.00" in ran.stdout
    assert (told["with_clips"], told["without_clips"], told["basis"]) == (5.0, 10.0, "counted")


def test_cost_tells_what_the_account_counts_beside_it(provider: Listening, tmp_path: Path) -> None:
    """And does without where the account can't be asked."""
    assert _run(tmp_path, "smoke", **_told(provider)).returncode == 0
    told = json.loads(_run(tmp_path, "cost", "--json", **_told(provider)).stdout)
    assert 0 < told["used"] < told["quota"]
    assert "The account itself counts" in _run(tmp_path, "cost", **_told(provider)).stdout

    away = _run(tmp_path, "cost", **{**_told(provider), "ELEVENLABS_BASE_URL": "http://127.0.0.1:9"})
    assert away.returncode == 0
    assert "can't be asked for its count" in away.stderr


def test_smoke_names_voices_that_the_account_has_not(provider: Listening, tmp_path: Path) -> None:
    listed = tmp_path / "voices.toml"
    listed.write_text(
        '[voices.maud]\nengine = "elevenlabs"\nid = "nobody"\naccent = "irish"\ngender = "female"\nabout = "kind"\n'
    )
    ran = _run(tmp_path, "smoke", **{**_told(provider), "RAPPORT_VOICES": str(listed)})
    assert ran.returncode == 1
    assert "the account has no maud" in ran.stdout


def test_cost_of_nothing_is_called_an_estimate(tmp_path: Path) -> None:
    ran = _run(tmp_path, "cost")
    assert "estimated" in ran.stdout


def test_phrases_are_spoken_once_and_named_by_what_they_hold(provider: Listening, tmp_path: Path) -> None:
    ran = _run(tmp_path, "pregenerate", **_told(provider))

    assert ran.returncode == 0, ran.stdout + ran.stderr
    folder = tmp_path / "state" / "phrases"
    manifest = json.loads((folder / "manifest.json").read_text())
    clauses = clauses_of(fixed_wordings(tmp_path / "domain.yml"))
    assert len(manifest["phrases"]) == len(clauses)
    assert {"Good morning.", "Goodbye."} <= {each["text"] for each in manifest["phrases"]}
    for each in manifest["phrases"]:
        content = (folder / each["file"]).read_bytes()
        assert each["file"] == f"{hashlib.sha256(content).hexdigest()}.wav"
        assert each["ms"] > 0
        assert each["characters"] == len(each["text"])
    asked = len(provider.emulator.requests)
    assert asked == len(clauses)

    again = _run(tmp_path, "pregenerate", **_told(provider))

    assert again.returncode == 0
    assert f"0 phrases spoken (0 s), {len(clauses)} were there" in again.stdout
    assert len(provider.emulator.requests) == asked


def test_pregeneration_goes_on_where_it_was_broken_off(provider: Listening, tmp_path: Path) -> None:
    provider.fault("error", path="*/stream", skip=2, status=500, code="internal_error", times=1)

    broken = _run(tmp_path, "pregenerate", **_told(provider))
    done = _run(tmp_path, "pregenerate", **_told(provider))

    assert broken.returncode == 1
    assert "run it again" in broken.stdout
    assert done.returncode == 0
    assert "2 were there" in done.stdout


def test_pregeneration_in_a_voice_that_is_not_there(tmp_path: Path) -> None:
    ran = _run(tmp_path, "pregenerate", "--voice", "provider")
    assert ran.returncode == 1
    assert "ELEVENLABS_API_KEY" in ran.stderr


def test_only_wordings_without_a_slot_are_fixed(tmp_path: Path) -> None:
    domain = tmp_path / "domain.yml"
    domain.write_text(DOMAIN)
    texts = fixed_wordings(domain)
    assert "Goodbye." in texts
    assert not any("name" in text and "{" in text for text in texts)
    assert any(text.startswith("May I remember") for text in texts)  # questions for consent are
    assert fixed_wordings(tmp_path / "none.yml") == [text for text in texts if text.startswith("May I")]
