"""Looks through the tree for what may never be committed: secrets, a registry's address, a path of one machine.

    python -m ops.hygiene            # every file that git has or would take
    python -m ops.hygiene --staged   # what the next commit changes, as it is staged

Hosts that end in `.example` are nobody's; a test that must hold such a
thing builds it from parts.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ops.layout import ROOT

RULES = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a provider's key": r"\bsk_[A-Za-z0-9]{20,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}",
    "a secret's value": r"^\s*(?:export\s+)?[A-Z0-9_]*(?:_KEY|_SECRET|_TOKEN|_PASSWORD)=[^\s$\"'<{(]{16,}",
    "a password in an address": r"://[^/\s:@{}$<>\"']+:[^/\s:@{}$<>\"']{3,}@(?![\w.-]+\.example\b)",
    "a package registry's address": r"https?://(?!127\.|localhost|[^/\s\"']+\.example\b)[^/\s\"']+/(?:simple|packages/[0-9a-f]{2})(?:/|\b)"
    r"|\"resolved\": *\"http|registry = [{\"]|--(?:extra-)?index-url[ =]http",
    "a path of one machine": r"(?<![\w./])/(?:home/[a-z][\w.-]*|Users/[A-Za-z][\w.-]*|root)/",
}
"""What is looked for in each line, by its name."""

ELEVENLABS_KEY = re.compile(
    # `sk_` and 48 hex digits, also right after an escape such as \\n in JSON, where no word begins.
    r"sk_[0-9a-f]{48}(?![0-9a-z])"
    # Older ones are 32 hex digits, as many a hash is: told by the name that they are given. Between the two may be
    # signs, a line's end, and the word by which a list of variables or an annotation says what comes.
    r"|(?:xi[-_]api[-_]key|eleven_?(?:labs)?_api_key(?:_\d+)?|elevenlabs\([^()\n]*\bapi_key)(?![\w-])"
    r"\W{1,40}(?:(?:value|default|bearer|str|string|final)\W{1,40}){0,2}[0-9a-f]{32}(?![0-9a-z])",
    re.IGNORECASE,
)
"""A key of ElevenLabs, in YAML, JSON, Python, dotenv or a shell's line."""

NEVER = re.compile(r"(^|/)\.env$|\.(pem|key|p12)$|(^|/)(uv|poetry)\.lock$")
"""Files that may not be there at all."""

_LARGEST_BYTES = 2_000_000
_SUBMODULE = "160000"
"""Git's mode of one; it is a commit of elsewhere, not a file."""

LARGE = {
    "rapport/voices/resemblyzer.onnx": "67149d634269118b6fc3dae3ec33a7e6231d135ab2fbd90b9a6db017ab02ce34",
}
"""Files that may be larger, each with the sha256 that it must have: weights that no package carries."""


def wrong_in(text: str, own_paths: list[str]) -> Iterator[tuple[int, str]]:
    """The line numbers of a text that hold what may not be there, and what that is."""
    rules = {name: re.compile(rule) for name, rule in RULES.items()}
    if own_paths:
        rules["the path of this checkout"] = re.compile("|".join(map(re.escape, own_paths)))
    for number, line in enumerate(text.splitlines(), 1):
        yield from ((number, name) for name, rule in rules.items() if rule.search(line))
    # These may go on in the next line; told is where the key itself is.
    for found in ELEVENLABS_KEY.finditer(text):
        yield text.count("\n", 0, found.end()) + 1, "ElevenLabs' key"


def own_paths(root: Path = ROOT) -> list[str]:
    """Paths that only this machine has: the checkout's, and its parent's where that is nothing common."""
    common = {Path("/"), Path("/srv"), Path("/opt"), Path(tempfile.gettempdir()), Path.home()}
    return [f"{folder}/" for folder in (root, root.parent) if folder not in common]


def files(root: Path = ROOT) -> list[Path]:
    """What git has, and what it would take."""
    listed = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z").decode()
    return [root / name for name in sorted(set(listed.split("\0"))) if name and (root / name).is_file()]


def wrong_in_tree(root: Path = ROOT) -> Iterator[str]:
    """Each finding, as a line for people."""
    paths = own_paths(root)
    for path in files(root):
        yield from _wrong_in_file(path.relative_to(root).as_posix(), path.stat().st_size, path.read_bytes, paths)


def wrong_in_staged(root: Path = ROOT) -> Iterator[str]:
    """Each finding in what the next commit adds or changes: what is staged, whatever the files say by now."""
    paths = own_paths(root)
    changed = _git(root, "diff", "--cached", "--raw", "--no-abbrev", "--no-renames", "--diff-filter=d", "-z")
    fields = changed.decode().split("\0")
    for about, name in zip(fields[0::2], fields[1::2], strict=False):
        _, mode, _, blob, _ = about.split(" ")
        if mode == _SUBMODULE:
            continue
        size = int(_git(root, "cat-file", "-s", blob))
        yield from _wrong_in_file(name, size, partial(_git, root, "cat-file", "blob", blob), paths)


def _wrong_in_file(name: str, size: int, read: Callable[[], bytes], paths: list[str]) -> Iterator[str]:
    if NEVER.search(name):
        yield f"{name}: a file of this kind may not be committed"
    if name in LARGE:
        if hashlib.sha256(read()).hexdigest() != LARGE[name]:
            yield f"{name}: not the file that ops/hygiene.py lets be large"
        return
    if size > _LARGEST_BYTES:
        yield f"{name}: larger than {_LARGEST_BYTES // 1_000_000} MB"
        return
    content = read()
    if b"\0" in content:
        return
    yield from (f"{name}:{line}: {what}" for line, what in wrong_in(content.decode("utf-8", "replace"), paths))


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True).stdout


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; 1 where there is anything."""
    parser = argparse.ArgumentParser(prog="python -m ops.hygiene", description="Look for what may never be committed.")
    parser.add_argument("--staged", action="store_true", help="look at what the next commit changes, not at the tree")
    staged = parser.parse_args(arguments).staged
    found = list(wrong_in_staged() if staged else wrong_in_tree())
    print(
        "\n".join(found) or f"no secrets, registries or machines' paths in {'what is staged' if staged else 'the tree'}"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
