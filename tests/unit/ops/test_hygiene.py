"""What may never be committed is found, and ordinary lines are not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ops.hygiene import own_paths, wrong_in, wrong_in_staged, wrong_in_tree

BEGIN = "-----BEGIN"
OLD = "0123456789abcdef" * 2
"""As a key of ElevenLabs was; by itself a hash like any other."""
NEW = "s" + "k_" + "0123456789abcdef" * 3
"""As one is now."""
NAME, HEADER = "ELEVENLABS" + "_API_KEY", "xi" + "-api-key"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        pytest.param(f"{BEGIN} RSA PRIVATE KEY-----", "a private key", id="private-key"),
        pytest.param("key = 's" + "k_" + "0123456789abcdefghij'", "a provider's key", id="provider"),
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


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{NAME}={OLD}", id="dotenv"),
        pytest.param(f"export {NAME}='{OLD}'", id="shell"),
        pytest.param(f"{NAME}: {OLD}", id="yaml"),
        pytest.param(f"elevenlabs_api_key: '{OLD}'", id="yaml-lower"),
        pytest.param(f"- name: {NAME}\n  value: {OLD}", id="yaml-variables"),
        pytest.param(f"- {NAME}={OLD}", id="compose"),
        pytest.param(f'{{"{HEADER}": "{OLD}"}}', id="json"),
        pytest.param(f'{{"name": "{NAME}", "value": "{OLD}"}}', id="json-variables"),
        pytest.param(f'{{"lines": "a\\n{NEW}"}}', id="json-escape"),
        pytest.param(f'{NAME} = "{OLD}"', id="python"),
        pytest.param(f'{NAME}: Final[str] = "{OLD}"', id="python-annotated"),
        pytest.param(f'headers["{HEADER}"] = "{OLD}"', id="python-header"),
        pytest.param(f'os.environ.get("{NAME}", "{OLD}")', id="python-default"),
        pytest.param(f'ElevenLabs(base_url=url, api_key="{OLD}")', id="python-sdk"),
        pytest.param(f'curl -H "{HEADER}: {OLD}"', id="curl"),
        pytest.param(f"{NAME}_2={OLD.upper()}", id="numbered-upper"),
        pytest.param(f"key: {NEW}", id="new-yaml"),
    ],
)
def test_keys_of_elevenlabs_are_found_in_whatever_way_they_are_written(text: str) -> None:
    """In the line where the key itself is."""
    line = 2 + text.count("\n")

    assert (line, "ElevenLabs' key") in list(wrong_in(f"fine\n{text}\nfine", []))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"md5: {OLD}", id="hash"),
        pytest.param(f"{NAME}_FILE=/run/secrets/elevenlabs", id="file"),
        pytest.param(f'{{"{HEADER}": key.secret, "md5": "{OLD}"}}', id="hash-nearby"),
        pytest.param(f"{NAME}=\n# sha\n{OLD}{OLD}", id="longer"),
        pytest.param(f"the header {HEADER} has the key", id="prose"),
    ],
)
def test_what_is_no_key_is_left_alone(text: str) -> None:
    """Hashes are everywhere."""
    assert list(wrong_in(text, [])) == []


def test_what_is_staged_counts_whatever_the_files_say_by_now(tmp_path: Path) -> None:
    """A key that was staged is found though its file was mended since; one that is not staged is not the commit's."""

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "old.txt").write_text(f"{NEW}\n")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-q", "--no-verify", "-m", "before")
    (tmp_path / "staged é.yml").write_text(f"one: 1\n{NAME}: {OLD}\n")
    git("add", ".")
    (tmp_path / "staged é.yml").write_text("one: 1\n")
    (tmp_path / "unstaged.txt").write_text(f"{NEW}\n")

    assert list(wrong_in_staged(tmp_path)) == ["staged é.yml:2: ElevenLabs' key"]
    git("rm", "-qf", "--cached", "staged é.yml", "old.txt")
    assert list(wrong_in_staged(tmp_path)) == []


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
