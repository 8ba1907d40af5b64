"""Looks through the tree for what may never be committed: secrets, a registry's address, a path of one machine.

    python -m ops.hygiene

Looks at every file that git has or would take. Hosts that end in `.example` are nobody's; a test that must hold such a
thing builds it from parts.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ops.download import sha256_of
from ops.layout import ROOT

RULES = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    # ElevenLabs' are sk_ and 48 hex digits, or 32 alone, which count where their name stands before them.
    "a provider's key": r"(?i:\b(?:xi-api-key|elevenlabs_api_key)\b\W{1,6}[0-9a-f]{32}\b)"
    r"|\bsk_[A-Za-z0-9]{20,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}",
    "a secret's value": r"^\s*(?:export\s+)?[A-Z0-9_]*(?:_KEY|_SECRET|_TOKEN|_PASSWORD)=[^\s$\"'<{(]{16,}",
    "a password in an address": r"://[^/\s:@{}$<>\"']+:[^/\s:@{}$<>\"']{3,}@(?![\w.-]+\.example\b)",
    "a package registry's address": r"https?://(?!127\.|localhost|[^/\s\"']+\.example\b)[^/\s\"']+/(?:simple|packages/[0-9a-f]{2})(?:/|\b)"
    r"|\"resolved\": *\"http|registry = [{\"]|--(?:extra-)?index-url[ =]http",
    "a path of one machine": r"(?<![\w./])/(?:home/[a-z][\w.-]*|Users/[A-Za-z][\w.-]*|root)/",
}
"""What is looked for in each line, by its name."""

NEVER = re.compile(r"(^|/)\.env$|\.(pem|key|p12)$|(^|/)(uv|poetry)\.lock$")
"""Files that may not be there at all."""

_LARGEST_BYTES = 2_000_000

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


def own_paths(root: Path = ROOT) -> list[str]:
    """Paths that only this machine has: the checkout's, and its parent's where that is nothing common."""
    common = {Path("/"), Path("/srv"), Path("/opt"), Path(tempfile.gettempdir()), Path.home()}
    return [f"{folder}/" for folder in (root, root.parent) if folder not in common]


def files(root: Path = ROOT) -> list[Path]:
    """What git has, and what it would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    return [root / name for name in sorted(set(listed.stdout.decode().split("\0"))) if name and (root / name).is_file()]


def wrong_in_tree(root: Path = ROOT) -> Iterator[str]:
    """Each finding, as a line for people."""
    paths = own_paths(root)
    for path in files(root):
        name = path.relative_to(root).as_posix()
        if NEVER.search(name):
            yield f"{name}: a file of this kind may not be committed"
        if name in LARGE:
            if sha256_of(path) != LARGE[name]:
                yield f"{name}: not the file that ops/hygiene.py lets be large"
            continue
        if path.stat().st_size > _LARGEST_BYTES:
            yield f"{name}: larger than {_LARGEST_BYTES // 1_000_000} MB"
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        yield from (f"{name}:{line}: {what}" for line, what in wrong_in(content.decode("utf-8", "replace"), paths))


def main() -> int:
    """Print what was found; 1 where there is anything."""
    found = list(wrong_in_tree())
    print("\n".join(found) or "no secrets, registries or machines' paths in the tree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
