"""Before anything is started: ports, addresses, who is told which secret, and where the action server is."""

from __future__ import annotations

import itertools
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ops.ports import LOOPBACK, free_port, holder, taken
from ops.processes import (
    LISTENING,
    LONGEST_SOCKET_PATH,
    SECRETS,
    Addresses,
    addresses_for,
    endpoints_for,
    parts,
    socket_folder,
)
from ops.run import PORTS, CannotRun, chosen_addresses
from ops.stack import announced


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def free_ports() -> dict[str, str]:
    return {name: str(free_port()) for name in PORTS}


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
        chosen_addresses({**free_ports(), "RAPPORT_ACTIONS_PORT": said}, tmp_path)


def test_two_processes_can_t_have_one_port(tmp_path: Path) -> None:
    """Told before either tries."""
    port = str(free_port())

    for one, other in itertools.combinations(PORTS, 2):
        with pytest.raises(CannotRun, match="must differ"):
            chosen_addresses({**free_ports(), one: port, other: port}, tmp_path)


def test_another_voice_is_used_and_not_started(tmp_path: Path) -> None:
    """Any Wyoming voice can take the place of ours."""
    (tmp_path / "endpoints.yml").touch()

    addresses = chosen_addresses({**free_ports(), "RAPPORT_VOICE_URI": "tcp://voice.example:10200"}, tmp_path)

    assert addresses.voice_uri == "tcp://voice.example:10200"
    started = [part.name for part in parts(addresses, tmp_path, tmp_path / "model", {})]
    assert started == ["listening", "actions", "people", "rasa"]


@pytest.mark.parametrize("said", ["tcp://ears.example:10300", "off"])
def test_other_ears_are_used_and_not_started(said: str, tmp_path: Path) -> None:
    """Or none: a small machine may have no memory for them."""
    (tmp_path / "endpoints.yml").touch()

    addresses = chosen_addresses({**free_ports(), "RAPPORT_LISTENING_URI": said}, tmp_path)

    started = parts(addresses, tmp_path, tmp_path / "model", {})
    assert [part.name for part in started] == ["voice", "actions", "people", "rasa"]
    assert {part.environment["RAPPORT_LISTENING_URI"] for part in started} == {said}


def test_a_secret_goes_only_where_it_is_used(tmp_path: Path) -> None:
    """What opens people's files stays with the two that do; what speaks knows a provider's key, and its own."""
    settings = dict.fromkeys(SECRETS, "secret") | {"RAPPORT_IDLE_S": "60"}
    addresses = addresses_for({}, tmp_path, rasa_port=5005, actions_port=5055, people_port=5056)

    environments = {part.name: part.environment for part in parts(addresses, tmp_path, tmp_path / "model", settings)}

    told = {secret: {name for name, said in environments.items() if secret in said} for secret in SECRETS}
    assert told == {
        "RAPPORT_TOKEN_KEY": {"rasa", "actions", "people"},
        "RAPPORT_SHARED_SECRET": {"rasa"},
        "RAPPORT_VOICE_KEY": {"actions", "people", "voice"},
        "ELEVENLABS_API_KEY_FILE": {"voice"},
        "RAPPORT_KEY": {"actions", "people"},
        "RAPPORT_KEY_PREVIOUS": {"actions", "people"},
        "RAPPORT_WEAVIATE_KEY": {"actions", "people"},
        "VAULT_TOKEN": {"actions", "people"},
        "RAPPORT_ANSWERS_KEY": {"actions"},
        "ELEVENLABS_API_KEY": {"voice"},
        "ELEVENLABS_VOICE": {"voice"},
        "ELEVENLABS_MODEL": {"voice"},
        "ELEVENLABS_BASE_URL": {"voice"},
        "ELEVENLABS_CONCURRENCY": {"voice"},
    }
    assert all(said["RAPPORT_IDLE_S"] == "60" for said in environments.values())
    assert all(said["RAPPORT_VOICE_URI"] == addresses.voice_uri for said in environments.values())


def test_everything_listens_on_this_machine_only(tmp_path: Path) -> None:
    """Rasa's API and the action server have no authentication."""
    addresses = Addresses(5005, 5055, 5056, "tcp://voice", own_voice=False)

    actions, people, rasa = parts(addresses, tmp_path, tmp_path / "model", {})

    assert rasa.command[rasa.command.index("--interface") + 1] == LOOPBACK
    assert "--enable-api" not in rasa.command
    assert actions.environment["SANIC_HOST"] == LOOPBACK
    assert people.command[people.command.index("--host") + 1] == LOOPBACK


@pytest.mark.parametrize(
    ("said", "ports"),
    [
        pytest.param("9464", {"rasa": "9464", "actions": "9465", "people": "9466", "voice": "9467"}, id="each its own"),
        pytest.param("", {}, id="none"),
        pytest.param(
            "http", dict.fromkeys(("rasa", "actions", "people", "voice"), "http"), id="each says what is wrong"
        ),
    ],
)
def test_each_process_that_measures_has_a_port_of_its_own(tmp_path: Path, said: str, ports: dict[str, str]) -> None:
    addresses = addresses_for({}, tmp_path, rasa_port=5005, actions_port=5055, people_port=5056)
    started = parts(addresses, tmp_path, tmp_path / "model", {"RAPPORT_METRICS_PORT": said})
    given = {part.name: part.environment["RAPPORT_METRICS_PORT"] for part in started}
    assert {name: port for name, port in given.items() if port and name != "listening"} == ports


def test_page_and_people_know_of_each_other(tmp_path: Path) -> None:
    """Wherever they listen this time; an operator may say otherwise, as where one origin serves both."""
    addresses = Addresses(6005, 6055, 6056, "tcp://voice", own_voice=False)

    told = parts(addresses, tmp_path, tmp_path / "model", {})[0].environment
    settings = {"RAPPORT_PEOPLE_URL": "/people", "RAPPORT_CHANNEL_URL": "http://rasa:5005/webhooks/voice"}
    said = parts(addresses, tmp_path, tmp_path / "model", settings)[0].environment

    assert told["RAPPORT_PEOPLE_URL"] == "http://localhost:6056"
    assert told["RAPPORT_CHANNEL_URL"] == "http://127.0.0.1:6005/webhooks/voice"
    assert {name: said[name] for name in settings} == settings


def test_rasa_is_told_where_the_action_server_is_this_time(tmp_path: Path) -> None:
    """All else of its endpoints stays, variables included."""
    source = tmp_path / "source.yml"
    source.write_text(
        "action_endpoint:\n  url: http://elsewhere/webhook\n  enable_selective_domain: true\n"
        "lock_store:\n  type: redis\n  url: ${REDIS_HOST}\n"
    )

    written = endpoints_for(Addresses(5005, 6055, 5056, "unix:///voice.sock"), tmp_path, source)

    assert yaml.safe_load(written.read_text()) == {
        "action_endpoint": {"url": "http://127.0.0.1:6055/webhook", "enable_selective_domain": True},
        "lock_store": {"type": "redis", "url": "${REDIS_HOST}"},
    }
    assert "url: ${REDIS_HOST}\n" in written.read_text()  # Rasa substitutes unquoted values only.


def test_a_socket_s_path_is_never_too_long(tmp_path: Path) -> None:
    """A checkout deep in folders has it elsewhere."""
    assert socket_folder(Path("/run/rapport")) == Path("/run/rapport")
    elsewhere = socket_folder(tmp_path / ("deep/" * 30))
    assert len(bytes(elsewhere / LISTENING)) <= LONGEST_SOCKET_PATH
    elsewhere.rmdir()


def test_a_stack_is_announced_while_its_supervisor_lives(tmp_path: Path) -> None:
    """One that was killed left its announcement behind."""
    facts = {"page": "http://localhost:1/", "rasa_port": 1, "actions_port": 2, "voice_uri": "unix:///v", "pids": {}}
    facts["people"] = "http://localhost:3"
    assert announced(tmp_path) is None

    (tmp_path / "stack.json").write_text(json.dumps({**facts, "supervisor_pid": os.getpid()}))
    stack = announced(tmp_path)
    assert stack is not None
    assert stack.url == "http://localhost:1"
    assert stack.ports == (1, 2, 3)

    (tmp_path / "stack.json").write_text(json.dumps({**facts, "supervisor_pid": 2**22 + 1}))
    assert announced(tmp_path) is None
