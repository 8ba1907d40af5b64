"""Before anything is started: ports, addresses, who is told which secret, and where the action server is."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ops.ports import LOOPBACK, free_port, holder, taken
from ops.processes import LONGEST_SOCKET_PATH, Addresses, endpoints_for, parts, voice_socket
from ops.run import CannotRun, chosen_addresses
from ops.stack import announced


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_told_with_its_holder_and_its_variable(busy_port: int, tmp_path: Path) -> None:
    """So that one knows what to end, or what to change."""
    with pytest.raises(CannotRun) as failure:
        chosen_addresses({"RAPPORT_PORT": str(busy_port)}, tmp_path)

    assert f"port {busy_port} is taken by " in str(failure.value)
    assert f"process {os.getpid()}" in str(failure.value)
    assert "set RAPPORT_PORT to another port" in str(failure.value)


def test_the_holder_of_a_port_is_a_process_where_the_system_tells(busy_port: int) -> None:
    """Else it is said in general."""
    assert str(os.getpid()) in holder(busy_port)
    assert holder(free_port()) == "another process"


def test_a_port_just_left_is_free() -> None:
    """Though its last connections are not forgotten yet."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As every server does.
        listener.bind((LOOPBACK, 0))
        listener.listen()
        port = listener.getsockname()[1]
        with socket.create_connection((LOOPBACK, port)):
            accepted, _ = listener.accept()
            accepted.close()
        assert taken(port)

    assert not taken(port)


@pytest.mark.parametrize("said", ["web", "0", "65536", "-1"])
def test_what_is_no_port_is_told(said: str, tmp_path: Path) -> None:
    """By the variable's name."""
    with pytest.raises(CannotRun, match="RAPPORT_ACTIONS_PORT must be a port"):
        chosen_addresses({"RAPPORT_PORT": str(free_port()), "RAPPORT_ACTIONS_PORT": said}, tmp_path)


def test_two_processes_can_t_have_one_port(tmp_path: Path) -> None:
    """Told before either tries."""
    port = str(free_port())

    with pytest.raises(CannotRun, match="must differ"):
        chosen_addresses({"RAPPORT_PORT": port, "RAPPORT_ACTIONS_PORT": port}, tmp_path)


def test_another_voice_is_used_and_not_started(tmp_path: Path) -> None:
    """Any Wyoming voice can take the place of ours."""
    ports = {"RAPPORT_PORT": str(free_port()), "RAPPORT_ACTIONS_PORT": str(free_port())}
    (tmp_path / "endpoints.yml").touch()

    addresses = chosen_addresses({**ports, "RAPPORT_VOICE_URI": "tcp://voice.example:10200"}, tmp_path)

    assert addresses.voice_uri == "tcp://voice.example:10200"
    assert [part.name for part in parts(addresses, tmp_path, tmp_path / "model", {})] == ["actions", "rasa"]


def test_secrets_go_to_rasa_alone(tmp_path: Path) -> None:
    """The other processes sign and check nothing."""
    settings = {"RAPPORT_TOKEN_KEY": "key", "RAPPORT_SHARED_SECRET": "secret", "RAPPORT_IDLE_S": "60"}
    addresses = Addresses(5005, 5055, voice_socket(tmp_path))

    environments = {part.name: part.environment for part in parts(addresses, tmp_path, tmp_path / "model", settings)}

    assert {name for name, said in environments.items() if "RAPPORT_TOKEN_KEY" in said} == {"rasa"}
    assert {name for name, said in environments.items() if "RAPPORT_SHARED_SECRET" in said} == {"rasa"}
    assert all(said["RAPPORT_IDLE_S"] == "60" for said in environments.values())
    assert all(said["RAPPORT_VOICE_URI"] == addresses.voice_uri for said in environments.values())


def test_everything_listens_on_this_machine_only(tmp_path: Path) -> None:
    """Rasa's API and the action server have no authentication."""
    actions, rasa = parts(Addresses(5005, 5055, "tcp://voice", own_voice=False), tmp_path, tmp_path / "model", {})

    assert rasa.command[rasa.command.index("--interface") + 1] == LOOPBACK
    assert "--enable-api" not in rasa.command
    assert actions.environment["SANIC_HOST"] == LOOPBACK


def test_rasa_is_told_where_the_action_server_is_this_time(tmp_path: Path) -> None:
    """All else of its endpoints stays, variables included."""
    source = tmp_path / "source.yml"
    source.write_text(
        "action_endpoint:\n  url: http://elsewhere/webhook\n  enable_selective_domain: true\n"
        "lock_store:\n  type: redis\n  url: ${REDIS_HOST}\n"
    )

    written = endpoints_for(Addresses(5005, 6055, "unix:///voice.sock"), tmp_path, source)

    assert yaml.safe_load(written.read_text()) == {
        "action_endpoint": {"url": "http://127.0.0.1:6055/webhook", "enable_selective_domain": True},
        "lock_store": {"type": "redis", "url": "${REDIS_HOST}"},
    }
    assert "url: ${REDIS_HOST}\n" in written.read_text()  # Rasa substitutes unquoted values only.


def test_a_socket_s_path_is_never_too_long(tmp_path: Path) -> None:
    """A checkout deep in folders has it elsewhere."""
    assert voice_socket(Path("/run/rapport")) == "unix:///run/rapport/voice.sock"
    elsewhere = voice_socket(tmp_path / ("deep/" * 30)).removeprefix("unix://")
    assert len(elsewhere) <= LONGEST_SOCKET_PATH
    Path(elsewhere).parent.rmdir()


def test_a_stack_is_announced_while_its_supervisor_lives(tmp_path: Path) -> None:
    """One that was killed left its announcement behind."""
    facts = {"page": "http://localhost:1/", "rasa_port": 1, "actions_port": 2, "voice_uri": "unix:///v", "pids": {}}
    assert announced(tmp_path) is None

    (tmp_path / "stack.json").write_text(json.dumps({**facts, "supervisor_pid": os.getpid()}))
    stack = announced(tmp_path)
    assert stack is not None
    assert stack.url == "http://localhost:1"

    (tmp_path / "stack.json").write_text(json.dumps({**facts, "supervisor_pid": 2**22 + 1}))
    assert announced(tmp_path) is None
