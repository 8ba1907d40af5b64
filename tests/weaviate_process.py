"""A real Weaviate server for a test: `RAPPORT_WEAVIATE_URL`'s, else one found on the PATH and started here.

Started on free ports of the loopback interface, with its data in a folder of the test's, and waited for until it says
that it is ready.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

START_LIMIT_S = 60.0
PROBE_INTERVAL_S = 0.05


@dataclass(frozen=True)
class WeaviateProcess:
    """A Weaviate server that runs.

    Attributes:
        url: As RAPPORT_MEMORY takes it, without a name for the collections.
        data: Where its data lies; None where it is not ours.
    """

    url: str
    data: Path | None = None

    @contextmanager
    def own_collections(self) -> Iterator[str]:
        """The address of collections that nobody else has, an operator's server included; deleted afterwards."""
        import weaviate
        from weaviate.classes.init import Auth

        from rapport.memory.weaviate_server import Address

        address, _, options = self.url.partition("?")
        name = f"RapportTest{secrets.token_hex(8)}"
        try:
            yield f"{address}/{name}" + (f"?{options}" if options else "")
        finally:
            at = Address.parse(self.url)
            key = os.environ.get("RAPPORT_WEAVIATE_KEY")
            with weaviate.connect_to_custom(
                at.host,
                at.port,
                at.tls,
                at.host,
                at.grpc_port,
                at.tls,
                auth_credentials=Auth.api_key(key) if key else None,
                skip_init_checks=True,
            ) as client:
                client.collections.delete([each for each in client.collections.list_all() if each.startswith(name)])


def have_weaviate() -> bool:
    """Whether a real server can be had."""
    return bool(os.environ.get("RAPPORT_WEAVIATE_URL") or shutil.which("weaviate"))


@contextmanager
def running_weaviate() -> Iterator[WeaviateProcess]:
    """A server for as long as the context lasts; one that was started here is ended, and its data deleted."""
    given = os.environ.get("RAPPORT_WEAVIATE_URL")
    if given:
        yield WeaviateProcess(given)
        return
    with tempfile.TemporaryDirectory(prefix="rapport-weaviate-") as folder:
        data = Path(folder) / "data"
        http, grpc, gossip, between, raft, raft_rpc = _free_ports(6)
        environment = {
            "PATH": os.environ["PATH"],
            "PERSISTENCE_DATA_PATH": str(data),
            "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "true",
            "DISABLE_TELEMETRY": "true",
            "GO_PROFILING_DISABLE": "true",
            "ENABLE_MODULES": "",
            "GRPC_PORT": str(grpc),
            "CLUSTER_HOSTNAME": "test",
            "CLUSTER_IN_LOCALHOST": "true",
            "CLUSTER_ADVERTISE_ADDR": "127.0.0.1",
            "CLUSTER_BIND_ADDR": "127.0.0.1",
            "CLUSTER_GOSSIP_BIND_PORT": str(gossip),
            "CLUSTER_DATA_BIND_PORT": str(between),
            "RAFT_PORT": str(raft),
            "RAFT_INTERNAL_RPC_PORT": str(raft_rpc),
            "RAFT_BOOTSTRAP_EXPECT": "1",
            "LOG_LEVEL": "error",
            "GOMAXPROCS": "2",
        }
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["weaviate", "--scheme", "http", "--host", "127.0.0.1", "--port", str(http)],
                env=environment,
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_until_ready(process, http, log)
            yield WeaviateProcess(f"weaviate://127.0.0.1:{http}?grpc={grpc}", data)
        finally:
            process.kill()
            process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/v1/.well-known/ready", timeout=1):
            return
        time.sleep(PROBE_INTERVAL_S)
    raise RuntimeError(f"weaviate did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2_000:]}")


def _free_ports(count: int) -> list[int]:
    """Ports in a row: on one machine the server looks for its own next to the one for Raft."""
    while True:
        with ExitStack() as held:
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            ports = list(range(port, port + count))
            try:
                for each in ports[1:]:
                    held.enter_context(socket.socket()).bind(("127.0.0.1", each))
            except (OSError, OverflowError):
                continue
            return ports
