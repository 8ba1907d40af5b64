"""How often a language model may still be asked today, which bounds what a day costs; kept in a file, so that a restart
does not begin anew."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from rapport import durable_file
from rapport.errors import ServiceUnavailable


class Allowance:
    """Answers in a day (UTC), for everybody together.

    Args:
        path: Where the day and its count are kept. One process counts in it.
        a_day: Answers at most.
        clock: The moment, with a zone.
    """

    def __init__(
        self, path: Path, a_day: int, clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    ) -> None:
        self._path = path
        self._a_day = a_day
        self._clock = clock
        self._lock = threading.Lock()

    def take(self) -> None:
        """Count one more answer; blocks on the disk.

        Raises:
            ServiceUnavailable: There were as many today as there may be, or that can't be counted.
        """
        today = self._clock().astimezone(timezone.utc).date().isoformat()
        with self._lock:
            try:
                count = self._counted(today)
                if count >= self._a_day:
                    raise ServiceUnavailable("as many answers as RAPPORT_ANSWERS_A_DAY allows were given today")
                durable_file.replace(self._path, f"{today} {count + 1}\n")
            except OSError as error:
                raise ServiceUnavailable(f"{self._path} can't be used ({error.strerror})") from error

    def _counted(self, today: str) -> int:
        try:
            day, count = self._path.read_text(encoding="ascii").split()
            return int(count) if day == today else 0
        except FileNotFoundError:
            return 0
        except ValueError:
            raise ServiceUnavailable(f"{self._path} has no count in it; delete it to begin anew") from None
