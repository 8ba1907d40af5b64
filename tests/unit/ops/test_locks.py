"""Seeing without a network whether a lock file answers what was asked for."""

from __future__ import annotations

import pytest

from ops import locks
from ops.locks import outdated

LOCKED = """\
some-package==2.1 \\
    --hash=sha256:00
other[extra]==1.0 ; python_version < '3.11' \\
    --hash=sha256:11
"""


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        pytest.param("some-package>=2  # because\n\n# a remark\nother==1.0\n", [], id="answered"),
        pytest.param("Some_Package>=2\n", [], id="another-spelling"),
        pytest.param("some-package[extra]>=2\n", [], id="extras"),
        pytest.param("some-package>=3\n", ["some-package>=3"], id="too-old"),
        pytest.param("new-package\n", ["new-package"], id="not-locked"),
    ],
)
def test_a_lock_is_held_against_what_was_asked_for(asked: str, missing: list[str]) -> None:
    """Names and versions both count."""
    assert outdated(asked, LOCKED) == missing


def test_the_project_s_own_locks_are_right() -> None:
    """They answer, name no host, and have a hash for everything."""
    assert locks.check() == []
