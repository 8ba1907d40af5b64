"""What may never be committed is found, and ordinary lines are not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ops.hygiene import own_paths, wrong_in, wrong_in_tree

BEGIN = "-----BEGIN"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        pytest.param(f"{BEGIN} RSA PRIVATE KEY-----", "a private key", id="private-key"),
        pytest.param("key = 's" + "k_" + "0123456789abcdefghij'", "a provider's key", id="provider"),
        pytest.param('{"xi-api' + '-key": "' + "0f" * 16 + '"}', "a provider's key", id="provider-in-json"),
        pytest.param("ELEVENLABS_API" + "_KEY: " + "0f" * 16, "a provider's key", id="provider-in-yaml"),
        pytest.param("xi-api" + "-key: " + "0F" * 16, "a provider's key", id="provider-in-a-header"),
        pytest.param("RAPPORT_TOKEN" + "_KEY=0123456789abcdef0123", "a secret's value", id="secret"),
        pytest.param("redis://user" + ":hunter2@cache", "a password in an address", id="password"),
        pytest.param("https://index.test" + "/simple", "a package registry's address", id="index"),
        pytest.param("https://files.test" + "/packages/ab/cd/x.whl", "a package registry's address", id="wheel"),
        pytest.param("--index" + "-url https://index.test", "a package registry's address", id="option"),
        pytest.param("model: /ho" + "me/someone/model", "a path of one machine", id="home"),
        pytest.param("model: /check/out/model", "the path of this checkout", id="checkout"),
    ],
)
def test_what_may_not_be_there_is_found(line: str, what: str) -> None:
    """With the number of its line."""
    assert list(wrong_in(f"fine\n{line}\n", ["/check/out/"])) == [(2, what)]


@pytest.mark.parametrize(
    "line",
    [
        "RAPPORT_TOKEN_KEY=",
        'RAPPORT_TOKEN_KEY="$(openssl rand -hex 32)"',
        "url: http://localhost:5005/webhooks/voice/",
        "https://github.com/someone/something/packages",
        "some==1.0 --hash=sha256:" + "0" * 64,
        "~/.cache, ${HOME}/models, /tmp, /usr/bin/python3",
        "a home/away/game",
        'headers={"xi-api-key": key}',
        "md5: " + "0f" * 16,
    ],
)
def test_ordinary_lines_are_left_alone(line: str) -> None:
    """Else nobody would heed it."""
    assert list(wrong_in(line, ["/check/out/"])) == []


def test_the_tree_is_what_git_would_take(tmp_path: Path) -> None:
    """Ignored files may hold anything; new ones may not."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("private/\n")
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key").write_text(f"{BEGIN} PRIVATE KEY-----\n")
    (tmp_path / ".env").write_text("")
    (tmp_path / "new.txt").write_text(f"{BEGIN} PRIVATE KEY-----\n")

    assert list(wrong_in_tree(tmp_path)) == [
        ".env: a file of this kind may not be committed",
        "new.txt:1: a private key",
    ]


def test_common_folders_are_nobody_s_own(tmp_path: Path) -> None:
    """A checkout in the temporary folder does not make that folder's name a secret."""
    assert own_paths(Path("/opt/rapport")) == ["/opt/rapport/"]
    assert own_paths(Path("/some/where/rapport")) == ["/some/where/rapport/", "/some/where/"]
