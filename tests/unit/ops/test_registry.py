"""One registry for pip and uv, as the user configured it for either."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import registry
from ops.registry import certificates, uv_environment


@pytest.fixture
def pip_says(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What pip's configuration files say."""
    said: dict[str, str] = {}
    monkeypatch.setattr(registry, "_pip_config", said.get)
    return said


def test_pip_s_index_is_handed_to_uv(tmp_path: Path, pip_says: dict[str, str]) -> None:
    """From its variable first, then from its files."""
    home = {"HOME": str(tmp_path)}
    pip_says["global.index-url"] = "https://files.example/index"

    assert uv_environment(home)["UV_DEFAULT_INDEX"] == "https://files.example/index"
    said = {**home, "PIP_INDEX_URL": "https://variable.example/index"}
    assert uv_environment(said)["UV_DEFAULT_INDEX"] == "https://variable.example/index"


def test_uv_s_own_configuration_stays(tmp_path: Path, pip_says: dict[str, str]) -> None:
    """Be it in a variable or in a file."""
    pip_says["global.index-url"] = "https://files.example/index"
    of_uv = {"HOME": str(tmp_path), "UV_INDEX_URL": "https://uv.example/index"}
    assert "UV_DEFAULT_INDEX" not in uv_environment(of_uv)

    (tmp_path / ".config/uv").mkdir(parents=True)
    (tmp_path / ".config/uv/uv.toml").touch()
    assert "UV_DEFAULT_INDEX" not in uv_environment({"HOME": str(tmp_path)})


def test_pip_s_certificates_are_handed_to_uv(tmp_path: Path, pip_says: dict[str, str]) -> None:
    """But do not replace those that are set for everything."""
    home = {"HOME": str(tmp_path)}

    assert uv_environment({**home, "PIP_CERT": "/a.pem"})["SSL_CERT_FILE"] == "/a.pem"
    assert uv_environment({**home, "PIP_CERT": "/a.pem", "SSL_CERT_FILE": "/b.pem"})["SSL_CERT_FILE"] == "/b.pem"
    pip_says["global.cert"] = "/c.pem"
    assert uv_environment(home)["SSL_CERT_FILE"] == "/c.pem"


def test_where_nothing_is_configured_nothing_is_set(tmp_path: Path, pip_says: dict[str, str]) -> None:
    """Each client then uses its own default."""
    assert uv_environment({"HOME": str(tmp_path)}) == {"HOME": str(tmp_path)}
    assert certificates({}) is None
