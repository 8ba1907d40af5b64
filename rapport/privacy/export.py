"""Everything that is held about a person, as one archive for them to keep: `data.json`, and `index.html` to read.

The archive is made in memory and handed on: nothing of it is left on a disk. What is in it is `holdings`', how the page
looks `export_page`'s.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime

from rapport.people import Person
from rapport.privacy.export_page import page_of
from rapport.privacy.holdings import Held


def export(person: Person, at: datetime) -> bytes:
    """The archive, a zip; the audit trail notes that it was made.

    Raises:
        KeyUnavailable, StoreUnavailable: What is held can't be read now.
    """
    held = Held.by(person, at)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("data.json", json.dumps(held.as_json(), ensure_ascii=False, indent=2)),
            ("index.html", page_of(held)),
        ):
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16  # unpacked, it is for its owner's eyes
            archive.writestr(entry, text)
    person.note("export.made", memories=len(held.memories))
    return written.getvalue()
