"""The ZIP of all that is ours of a person, written to disk bit by bit: its size on disk may be any, in memory it is small."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from flask import current_app

from hampa.people import privacy_registry
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media import storage

FORMAT = 1
"""To be counted up when a key gets another name or meaning; new ones may come at any time."""
CHUNK = 1 << 16
KEYS = "keys.md"
"""In the copy, what `docs/export.md` says: whoever opens it years from now has no other place to look."""


def write(file: IO[bytes], person: Person) -> None:
    """Write the whole copy. What is said in it to people is in the language that is spoken right here."""
    counts: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for noun in privacy_registry.nouns():
            counts[f"{noun.name}.json"] = _write_rows(archive, f"{noun.name}.json", noun.rows(person))
        for document in privacy_registry.documents():
            with archive.open(_entry(archive, document.name), "w", force_zip64=True) as written:
                for piece in document.content(person):
                    written.write(piece)
            counts[document.name] = 1
        for attachment in privacy_registry.attachments(person):
            _write_file(archive, attachment, counts)
        archive.write(Path(current_app.root_path).parent / "docs" / "export.md", KEYS)
        archive.writestr("README.txt", _readme(person))
        archive.writestr("export.json", json.dumps(_manifest(person, counts), indent=2))


def _entry(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """A file that says when it was written: without that, each would be of 1980 once unpacked."""
    entry = zipfile.ZipInfo(name, clock.now().timetuple()[:6])
    entry.compress_type = archive.compression
    return entry


def _write_rows(archive: zipfile.ZipFile, name: str, rows: Iterable[dict[str, Any]]) -> int:
    """A list, each key of a row on a line of its own, for people who look into it; how many rows there are."""
    count = 0
    with archive.open(_entry(archive, name), "w", force_zip64=True) as file:
        file.write(b"[")
        for count, row in enumerate(rows, start=1):
            text = json.dumps(row, ensure_ascii=False, default=plain, indent=2)
            file.write(f"{',' if count > 1 else ''}\n{text}".encode())
        file.write(b"\n]\n" if count else b"]\n")
    return count


def _write_file(archive: zipfile.ZipFile, attachment: privacy_registry.Attachment, counts: dict[str, int]) -> None:
    """A file that is missing on disk does not keep the others from being given."""
    folder = attachment.name.partition("/")[0] + "/"
    try:
        entry = _entry(archive, attachment.name)
        with storage.open_file(attachment.kept_as).stream as source, archive.open(entry, "w") as file:
            while chunk := source.read(CHUNK):
                file.write(chunk)
    except FileNotFoundError:
        return
    counts[folder] = counts.get(folder, 0) + 1


def _manifest(person: Person, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "site": settings().base_url,
        "person_id": str(person.id),
        "made_at": clock.now().isoformat(),
        "files": counts,
    }


def _readme(person: Person) -> str:
    files = [(f"{noun.name}.json", noun.words) for noun in privacy_registry.nouns()]
    files += [(document.name, document.words) for document in privacy_registry.documents()]
    files += [("pictures/", _("Pictures that you gave")), ("routes/", _("Routes of your runs, as GPX"))]
    files += [("faces/", _("Pictures of you")), (KEYS, _("What each key means, in English"))]
    template = current_app.jinja_env.get_template("account/readme.txt")
    return template.render(person=person, files=files, made_at=clock.now())


def plain(value: Any) -> Any:
    """What JSON has no word for: moments in ISO 8601 with their offset, numbers as numbers, ids as text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return str(value)
