"""The user's package registry, as pip or uv is configured to use it.

Both clients fetch things here, but each reads only its own configuration. What is set for pip alone is handed to uv,
so that a mirror or a certificate configured for either holds for both. No registry is named here.

Runs on any Python from 3.8 on.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CERTIFICATES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that name a file of trusted certificates, the first that is set wins."""

_UV_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_CONFIG_FILE")


def certificates(environment: Mapping[str, str]) -> str | None:
    """The file of trusted certificates that the user configured, if any."""
    return next((environment[name] for name in CERTIFICATES if environment.get(name)), None)


def uv_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a uv process: the given one, with pip's index and certificates where uv has none."""
    result = dict(os.environ if environment is None else environment)
    if not any(result.get(name) for name in _UV_INDEX) and not _uv_config(result).exists():
        index = result.get("PIP_INDEX_URL") or _pip_config("global.index-url")
        if index:
            result["UV_DEFAULT_INDEX"] = index
    trusted = certificates(result) or _pip_config("global.cert")
    if trusted:
        result.setdefault("SSL_CERT_FILE", trusted)
    return result


def _uv_config(environment: Mapping[str, str]) -> Path:
    folder = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME") or "~").expanduser() / ".config")
    return Path(folder) / "uv" / "uv.toml"


def _pip_config(name: str) -> str | None:
    """What pip's configuration files say, or None where there is no pip or nothing is set."""
    answer = subprocess.run(
        [getattr(sys, "_base_executable", None) or sys.executable, "-m", "pip", "config", "get", name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return answer.stdout.decode().strip() or None
