"""The ZIP of a person's data, written piece by piece: its size on disk is unlimited, in memory it stays small."""

import json
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any

from jinja2 import Template

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import CHECKOUT, settings
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media import storage

FORMAT = 1
"""Increased when a key changes its name or meaning; new keys may come at any time."""
CHUNK = 1 << 16
KEYS = "keys.md"
"""The copy of `docs/export.md` in the archive: somebody who opens it years from now has no other place to look."""


def write_archive(file: IO[bytes], person: Person, readme: Template) -> None:
    """Write the whole archive, with `readme` rendered in the language of the current locale context."""
    counts: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for noun in privacy_registry.nouns():
            counts[f"{noun.name}.json"] = _write_rows(archive, f"{noun.name}.json", noun.rows(person))
        for document in privacy_registry.documents():
            with archive.open(_entry(archive, document.name), "w", force_zip64=True) as entry:
                for piece in document.content(person):
                    entry.write(piece)
            counts[document.name] = 1
        for attachment in privacy_registry.attachments(person):
            _write_file(archive, attachment, counts)
        archive.write(CHECKOUT / "docs" / "export.md", KEYS)
        archive.writestr("README.txt", readme.render(person=person, files=_contents(), made_at=clock.now()))
        manifest = {
            "format": FORMAT,
            "site": settings().base_url,
            "person_id": str(person.id),
            "made_at": clock.now().isoformat(),
            "files": counts,
        }
        archive.writestr("export.json", json.dumps(manifest, indent=2))


def _entry(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """Return an entry with the present time: the default of `zipfile` is 1980."""
    entry = zipfile.ZipInfo(name, clock.now().timetuple()[:6])
    entry.compress_type = archive.compression
    return entry


def _write_rows(archive: zipfile.ZipFile, name: str, rows: Iterable[dict[str, Any]]) -> int:
    """Write a JSON list, each key on a line of its own for human readers, and return the number of rows."""
    count = 0
    with archive.open(_entry(archive, name), "w", force_zip64=True) as file:
        file.write(b"[")
        for count, row in enumerate(rows, start=1):
            text = json.dumps(row, ensure_ascii=False, default=to_json, indent=2)
            file.write(f"{',' if count > 1 else ''}\n{text}".encode())
        file.write(b"\n]\n" if count else b"]\n")
    return count


def _write_file(archive: zipfile.ZipFile, attachment: privacy_registry.Attachment, counts: dict[str, int]) -> None:
    """Copy a file into the archive; leave it out if it is missing in the storage."""
    folder = attachment.name.partition("/")[0] + "/"
    try:
        entry = _entry(archive, attachment.name)
        with storage.open_file(attachment.storage_name).stream as source, archive.open(entry, "w") as file:
            while chunk := source.read(CHUNK):
                file.write(chunk)
    except FileNotFoundError:
        return
    counts[folder] = counts.get(folder, 0) + 1


def _contents() -> list[tuple[str, Any]]:
    return [
        *((f"{noun.name}.json", noun.words) for noun in privacy_registry.nouns()),
        *((document.name, document.words) for document in privacy_registry.documents()),
        ("pictures/", _("Pictures that you gave")),
        ("routes/", _("Routes of your runs, as GPX")),
        ("faces/", _("Pictures of you")),
        (KEYS, _("What each key means, in English")),
    ]


def to_json(value: Any) -> Any:
    """Return a value that JSON knows: times in ISO 8601 with offset, decimals as numbers, all others as text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)
