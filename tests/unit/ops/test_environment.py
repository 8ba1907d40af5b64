"""Finding a Python 3.10 among names that may lie, and seeing whether an environment is as its lock file says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ops import environment
from ops.environment import find_python310, python310_candidates, stale


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_shim_that_fails_is_passed_over(tmp_path: Path) -> None:
    """As pyenv's are, where no 3.10 is selected."""
    shim = program(tmp_path / "python3.10", "echo 'pyenv: python3.10: command not found' >&2; exit 127")

    assert find_python310([shim, Path(sys.executable)]) is not None
    assert find_python310([shim]) is None


def test_another_version_is_passed_over(tmp_path: Path) -> None:
    """Whatever its name says."""
    other = program(tmp_path / "python3.10", "echo '[[3, 11, 4], \"/somewhere\"]'")

    assert find_python310([other]) is None


def test_a_python_without_what_rasa_needs_is_passed_over(tmp_path: Path) -> None:
    """One that was built without SQLite, say."""
    lame = program(tmp_path / "python3.10", f'exec {sys.executable} -c "import no_such_module"')

    assert find_python310([lame]) is None


def test_what_is_no_program_is_passed_over(tmp_path: Path) -> None:
    """A broken link, a folder, a text file."""
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "text").write_text("not a program")

    assert find_python310([tmp_path, tmp_path / "link", tmp_path / "text"]) is None


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        pytest.param({"PATH": "{0}/bin"}, "bin/python3.10", id="path"),
        pytest.param({"PATH": "", "PYENV_ROOT": "{0}"}, "versions/3.10.13/bin/python3.10", id="pyenv"),
        pytest.param({"PATH": "", "HOME": "{0}"}, ".pyenv/versions/3.10.9/bin/python3.10", id="pyenv-at-home"),
        pytest.param(
            {"PATH": "", "HOME": "{0}"}, ".local/share/uv/python/cpython-3.10.14-linux/bin/python3.10", id="uv"
        ),
    ],
)
def test_it_looks_where_pythons_are_kept(tmp_path: Path, variables: dict[str, str], place: str) -> None:
    """Also where they are not on PATH."""
    expected = program(tmp_path / place, "")
    variables = {"HOME": "/nowhere"} | {name: value.format(tmp_path) for name, value in variables.items()}

    assert expected in list(python310_candidates(variables))


@pytest.fixture
def laid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment as `lay` leaves it."""
    lock = tmp_path / "requirements"
    lock.mkdir()
    (lock / "services.txt").write_text("some==1.0\n")
    folder = tmp_path / "services"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(environment, "REQUIREMENTS", lock)
    monkeypatch.setattr(environment, "environment", lambda _: folder)
    monkeypatch.setattr(environment, "python_of", lambda _: folder / "bin" / "python")
    (folder / ".laid").write_text(environment._wanted("services"))
    return tmp_path


def test_an_environment_as_its_lock_says_is_left_alone(laid: Path) -> None:
    """Nothing is run but its Python."""
    assert stale(["services"]) == []


def test_a_changed_lock_makes_it_stale(laid: Path) -> None:
    """By content, not by time."""
    (laid / "requirements" / "services.txt").write_text("some==2.0\n")

    assert stale(["services"]) == ["services"]


def test_one_that_was_cut_while_it_was_laid_is_stale(laid: Path) -> None:
    """The stamp comes last."""
    (laid / "services" / ".laid").unlink()

    assert stale(["services"]) == ["services"]


def test_one_whose_python_is_gone_is_stale(laid: Path) -> None:
    """As after an update of the system."""
    (laid / "services" / "bin" / "python").unlink()
    (laid / "services" / "bin" / "python").symlink_to(laid / "gone")

    assert stale(["services"]) == ["services"]
