"""Weights: found in the user's registry, checked, unpacked once."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rich.console import Console

from ops import models
from ops.models import ModelsFailed, damaged, ensure, read_manifest, session_for, wheels_folder

WEIGHTS = b"weights " * 1_000
VOCABULARY = b'{"words": []}'
WHEEL = "some_weights-1.0-py3-none-any.whl"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wheel_content(weights: bytes = WEIGHTS) -> bytes:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("vocabulary.json", VOCABULARY)
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("some_weights/__init__.py", "raise SystemExit('this package must not be imported')")
        archive.writestr("some_weights/data/model.bin", weights)
        archive.writestr("some_weights/more.zip", inner.getvalue())
        archive.writestr(
            "some_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: some-weights\nVersion: 1.0\n"
        )
        archive.writestr("some_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("some_weights-1.0.dist-info/RECORD", "")
    return outer.getvalue()


WHEEL_CONTENT = wheel_content()


class Registry:
    """A package index in a folder, served on this machine."""

    def __init__(self, folder: Path) -> None:
        self.requests: list[str] = []
        self.folder = folder / "simple" / "some-weights"
        self.folder.mkdir(parents=True)
        requests = self.requests

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                requests.append(self.path)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"
        self.offer(WHEEL_CONTENT)

    def offer(self, wheel: bytes) -> None:
        (self.folder / WHEEL).write_bytes(wheel)
        (self.folder / "index.html").write_text(f'<a href="{WHEEL}#sha256={sha256(wheel)}">{WHEEL}</a>')

    def wheel_requests(self) -> int:
        return sum(path.endswith(".whl") for path in self.requests)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    registry = Registry(tmp_path / "registry")
    monkeypatch.setenv("UV_DEFAULT_INDEX", registry.url)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    thread = threading.Thread(target=registry.server.serve_forever, daemon=True)
    thread.start()
    yield registry
    registry.server.shutdown()
    thread.join()
    registry.server.server_close()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(
        f"""
        [[package]]
        name = "some-weights"
        version = "1.0"
        wheel = "{WHEEL}"
        bytes = {len(WHEEL_CONTENT)}
        sha256 = "{sha256(WHEEL_CONTENT)}"
        what = "weights for a test"
        licence = "none"

        [package.files]
        "some/model.bin" = {{ from = "some_weights/data/model.bin", sha256 = "{sha256(WEIGHTS)}" }}
        "some/words.json" = {{ from = "some_weights/more.zip!vocabulary.json", sha256 = "{sha256(VOCABULARY)}" }}
        """
    )
    return path


@pytest.fixture
def get(tmp_path: Path, manifest: Path, registry: Registry):
    def run() -> str:
        said = io.StringIO()
        ensure(Console(file=said, width=200), models=tmp_path / "models", manifest=manifest)
        return said.getvalue()

    return run


def test_weights_are_found_by_name_and_unpacked(get, tmp_path: Path, registry: Registry) -> None:
    """Also out of a zip file within the wheel; nothing else of the package is."""
    get()

    assert (tmp_path / "models/some/model.bin").read_bytes() == WEIGHTS
    assert (tmp_path / "models/some/words.json").read_bytes() == VOCABULARY
    assert sorted(path.name for path in (tmp_path / "models").rglob("*")) == ["model.bin", "some", "words.json"]


def test_what_is_there_is_left_alone(get, tmp_path: Path, registry: Registry) -> None:
    """A second time asks no registry, writes nothing and says nothing."""
    get()
    before = (tmp_path / "models/some/model.bin").stat().st_mtime_ns
    registry.requests.clear()

    assert get() == ""
    assert registry.requests == []
    assert (tmp_path / "models/some/model.bin").stat().st_mtime_ns == before


def test_a_damaged_file_is_unpacked_again_without_a_network(get, tmp_path: Path, registry: Registry) -> None:
    """The wheel was kept; only what is damaged is written."""
    get()
    (tmp_path / "models/some/model.bin").write_bytes(b"damaged")
    untouched = (tmp_path / "models/some/words.json").stat().st_mtime_ns
    registry.requests.clear()

    get()

    assert (tmp_path / "models/some/model.bin").read_bytes() == WEIGHTS
    assert (tmp_path / "models/some/words.json").stat().st_mtime_ns == untouched
    assert registry.requests == []


def test_a_damaged_wheel_is_fetched_again(get, tmp_path: Path, registry: Registry) -> None:
    """It says so."""
    get()
    (tmp_path / "models/some/model.bin").unlink()
    (tmp_path / "cache/rapport/wheels" / WHEEL).write_bytes(b"damaged")

    said = get()

    assert f"{WHEEL} is damaged" in said
    assert (tmp_path / "models/some/model.bin").read_bytes() == WEIGHTS


def test_a_wheel_put_there_by_hand_needs_no_network(get, tmp_path: Path, registry: Registry) -> None:
    """For machines that reach no registry."""
    (tmp_path / "cache/rapport/wheels").mkdir(parents=True)
    (tmp_path / "cache/rapport/wheels" / WHEEL).write_bytes(WHEEL_CONTENT)

    get()

    assert registry.requests == []
    assert (tmp_path / "models/some/model.bin").read_bytes() == WEIGHTS


def test_another_wheel_under_the_same_name_is_refused(get, tmp_path: Path, registry: Registry) -> None:
    """Before it is fetched."""
    registry.offer(wheel_content(b"other weights"))

    with pytest.raises(ModelsFailed, match="does not offer some_weights"):
        get()

    assert registry.wheel_requests() == 0 or not (tmp_path / "models/some/model.bin").exists()


def test_a_file_that_differs_within_the_right_wheel_is_refused(get, tmp_path: Path, manifest: Path) -> None:
    """A manifest that does not fit its wheel leaves no file behind, not even an unfinished one."""
    manifest.write_text(manifest.read_text().replace(sha256(WEIGHTS), "0" * 64))

    with pytest.raises(ModelsFailed, match=r"some/model\.bin"):
        get()

    assert list((tmp_path / "models/some").iterdir()) == []


def test_without_a_network_the_message_says_what_to_do(
    get, tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Try again, or put the wheel there by hand."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")

    with pytest.raises(ModelsFailed) as failure:
        get()

    assert "Is there a network" in str(failure.value)
    assert str(tmp_path / "cache/rapport/wheels") in str(failure.value)


def test_the_index_s_password_goes_to_its_own_host_only() -> None:
    """And certificates are those that the user set for pip."""
    variables = {"UV_DEFAULT_INDEX": "https://me:p%40ss@packages.example/simple", "PIP_CERT": "/certificates.pem"}

    assert session_for("https://packages.example/some.whl", variables).auth == ("me", "p@ss")
    assert session_for("https://files.example/some.whl", variables).auth is None
    assert session_for("https://files.example/some.whl", variables).verify == "/certificates.pem"


def test_wheels_are_kept_outside_the_checkout() -> None:
    """Where the system wants caches."""
    assert wheels_folder({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/rapport/wheels")
    assert wheels_folder({}) == Path.home() / ".cache/rapport/wheels"


def test_the_manifest_names_every_model_that_the_project_uses() -> None:
    """Each file once, with a wheel, a sha256 and a licence."""
    packages = read_manifest()
    targets = [file.target for package in packages for file in package.files]

    assert len(set(targets)) == len(targets)
    assert {target.split("/")[0] for target in targets} == {"vosk", "piper", "minilm", "dnsmos", "whisper"}
    assert all(len(item.sha256) == 64 for package in packages for item in (package, *package.files))
    assert all(package.licence and package.wheel.endswith(".whl") for package in packages)
    assert all(not file.target.startswith((os.sep, ".")) for package in packages for file in package.files)


def test_a_missing_file_counts_as_damaged(tmp_path: Path) -> None:
    """So an empty folder needs all of them."""
    package = models.read_manifest()[0]

    assert damaged(package, tmp_path) == list(package.files)
