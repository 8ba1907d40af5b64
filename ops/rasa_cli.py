"""The `rasa` command, started in half the time: `python -m ops.rasa_cli run …`, in `.venv/rasa`.

Rasa's classifiers import skops when a model is loaded or saved. That import looks through every loaded module for
each of 753 functions, so it takes about 10 s once TensorFlow's 6,000 modules are there, and 1 s before.
"""

from __future__ import annotations

import sys
import warnings
from typing import TextIO

_show = warnings.showwarning


def _show_what_can_be_mended(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Leave out deprecations within Rasa's pinned dependencies; what Rasa says of the assistant's data is shown.

    A filter would not do: Rasa, Sanic and others put their own before it.
    """
    if not issubclass(category, (DeprecationWarning, FutureWarning)):
        _show(message, category, filename, lineno, file, line)


if __name__ == "__main__":
    warnings.showwarning = _show_what_can_be_mended
    import skops.io  # noqa: F401 - must come before TensorFlow, see above

    sys.argv[0] = "rasa"
    from rasa.__main__ import main

    main()
