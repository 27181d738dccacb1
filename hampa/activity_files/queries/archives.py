"""What is in a file that was sent: itself, or the files of a ZIP, read one at a time within bounds.

Of the archives that the big services hand out, the files of activities are taken, wherever they lie; pictures, tables
and texts beside them are passed over.
"""

import io
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from hampa.activity_files.models import MOST_FILES
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.geo.workout_files import MOST_BYTES

EXTENSIONS = (".gpx", ".tcx", ".fit")
PACKED = tuple(f"{one}.gz" for one in EXTENSIONS)
MOST_ENTRIES = 20_000
"""The limit of all entries of an archive, most of which may be pictures."""
MOST_DIRECTORY = 4_000_000
"""The limit of the bytes that list the entries: each makes an object, before any can be counted."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The methods that services pack with; others unpack all that they have read, however much that becomes."""


class Archive:
    """The files of activities in what was sent, in the order of their names."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        """Raise UnreadableRoute for an archive that can't be read, or with too many files, or none."""
        self._file, self._name = file, name
        self._zip: zipfile.ZipFile | None = None
        self.names = [name]
        self.is_export = False
        """Whether it is a copy of somebody's data from a Hampa, which `exports.ExportArchive` reads."""
        file.seek(0)
        if file.read(4) != b"PK\x03\x04":
            return
        bounded = _Bounded(file, MOST_DIRECTORY)
        try:
            self._zip = zipfile.ZipFile(cast(IO[bytes], bounded))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError) as error:
            raise UnreadableRoute("broken") from error
        bounded.most = MOST_BYTES + 1
        if len(entries) > MOST_ENTRIES:
            raise UnreadableRoute("too_many")
        self.is_export = self.has("export.json") and self.has("activities.json")
        if self.is_export:
            return
        found = sorted({one.filename for one in entries if one.filename.lower().endswith((*EXTENSIONS, *PACKED))})
        self.names = [one for one in found if not one.startswith("__MACOSX/")]
        if not self.names:
            raise UnreadableRoute("empty")
        if len(self.names) > MOST_FILES:
            raise UnreadableRoute("too_many")

    def read(self, place: int) -> bytes:
        """Return the content of a file. Raise UnreadableRoute if that can't be read, or is too large."""
        if self._zip is None:
            self._file.seek(0)
            content = self._file.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise UnreadableRoute("too_large")
            return content
        return self.read_entry(self.names[place])

    def all_names(self) -> list[str]:
        """Return the names of all entries."""
        return self._zip.namelist() if self._zip is not None else []

    def has(self, name: str) -> bool:
        """Return whether there is an entry of a name."""
        return self._zip is not None and name in self._zip.NameToInfo

    def read_entry(self, name: str) -> bytes:
        """Return the content of an entry. Raise UnreadableRoute if that can't be read, or is too large."""
        if self._zip is None:
            raise UnreadableRoute("broken")
        try:
            if self._zip.getinfo(name).compress_type not in METHODS:
                raise UnreadableRoute("packed")
            with self._zip.open(name) as entry:
                content = entry.read(MOST_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise UnreadableRoute("broken") from error
        if len(content) > MOST_BYTES:
            raise UnreadableRoute("too_large")
        return content


class _Bounded:
    """A file of which no more is read at once than `most` bytes, because somebody else says how many these are."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self.most = file, most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes. Raise UnreadableRoute for more than are read at once."""
        if size > self.most:
            raise UnreadableRoute("too_many")
        return self._file.read(size)


def extension_of(content: bytes) -> str:
    """Return the extension that fits a file which could be read."""
    if content[8:12] == b".FIT":
        return "fit"
    return "tcx" if b"TrainingCenterDatabase" in content[:4_096] else "gpx"


@contextmanager
def spooled(stream: IO[bytes], folder: str) -> Iterator[IO[bytes]]:
    """Yield a copy of a stream in which one can go back, on disk."""
    with tempfile.TemporaryFile(dir=folder) as file:
        shutil.copyfileobj(stream, file, io.DEFAULT_BUFFER_SIZE * 16)
        yield file
