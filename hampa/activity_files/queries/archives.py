"""What is in a file that was sent: itself, or the files of a ZIP, read one at a time within bounds.

Of the archives that the big services hand out, the files of activities are taken, wherever they lie, also in archives in
them, as Garmin's have; pictures, tables and texts beside them are passed over. Archives in archives in archives stay shut.
"""

import io
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any, Self, cast

from hampa.activity_files.models import MEGABYTES, MOST_FILES
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.geo.workout_files import MOST_BYTES

EXTENSIONS = (".gpx", ".tcx", ".fit")
PACKED = tuple(f"{one}.gz" for one in EXTENSIONS)
ARCHIVE = ".zip"
MOST_ENTRIES = 20_000
"""The limit of all entries, also of archives in the archive; most of them may be pictures."""
MOST_DIRECTORY = 4_000_000
"""The limit of the bytes that list all these entries: each makes an object, before any can be counted."""
MOST_ARCHIVES = 50
MOST_UNPACKED = 2 * MEGABYTES * 1_000_000
"""The limits of archives in an archive, and of their bytes together: what is packed already hardly shrinks once more."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The methods that services pack with; others unpack all that they have read, however much that becomes."""
FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What is raised for an entry that can't be unpacked."""


class Archive:
    """The files of activities in what was sent, in the order of their names; a context that keeps archives in it open."""

    def __init__(self, file: IO[bytes], name: str, folder: str | None = None) -> None:
        """Open what was sent; archives in it are unpacked to the folder.

        Raise UnreadableRoute for an archive that can't be read, or with too many files, or none.
        """
        self._file, self._name = file, name
        self._zip: zipfile.ZipFile | None = None
        self._inner: dict[str, tuple[zipfile.ZipFile, str] | UnreadableRoute] = {}
        self._open = ExitStack()
        self.names = [name]
        self.is_export = False
        """Whether it is a copy of somebody's data from a Hampa, which `exports.ExportArchive` reads."""
        file.seek(0)
        if file.read(4) != b"PK\x03\x04":
            return
        directories = _Directories()
        self._zip = directories.read(file)
        self.is_export = self.has("export.json") and self.has("activities.json")
        if self.is_export:
            return
        entries = self._zip.namelist()
        with ExitStack() as files:
            self._look_inside(sorted({one for one in entries if _is_one(one, (ARCHIVE,))}), directories, files, folder)
            self.names = sorted({one for one in entries if _is_one(one, (*EXTENSIONS, *PACKED))} | self._inner.keys())
            if not self.names:
                raise UnreadableRoute("empty")
            if len(self.names) > MOST_FILES:
                raise UnreadableRoute("too_many")
            self._open = files.pop_all()

    def __enter__(self) -> Self:
        """Return the archive."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the archives in it."""
        self._open.close()

    def read(self, place: int) -> bytes:
        """Return the content of a file. Raise UnreadableRoute if that can't be read, or is too large."""
        if self._zip is None:
            self._file.seek(0)
            content = self._file.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise UnreadableRoute("too_large")
            return content
        inside = self._inner.get(self.names[place])
        if inside is None:
            return self.read_entry(self.names[place])
        if isinstance(inside, UnreadableRoute):
            raise UnreadableRoute(inside.reason)
        return _content(*inside)

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
        return _content(self._zip, name)

    def _look_inside(self, names: list[str], directories: "_Directories", files: ExitStack, folder: str | None) -> None:
        """Note the files of archives in this one; in the place of an archive that can't be read, why not.

        Raise UnreadableRoute for what is too much in all.
        """
        if len(names) > MOST_ARCHIVES:
            raise UnreadableRoute("too_many")
        left = MOST_UNPACKED
        for name in names:
            file = files.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - the stack closes it
            try:
                self._unpack(name, file, left)
                archive = directories.read(file)
            except UnreadableRoute as error:
                if error.reason not in ("broken", "packed"):
                    raise
                self._inner[name] = error
                continue
            finally:  # what is broken at its end was unpacked up to there
                left -= file.seek(0, io.SEEK_END)
            inside = (one for one in archive.namelist() if _is_one(one, (*EXTENSIONS, *PACKED)))
            self._inner |= {f"{name}/{one}": (archive, one) for one in inside}

    def _unpack(self, name: str, file: IO[bytes], most: int) -> None:
        """Write an entry to a file. Raise UnreadableRoute for more than `most` bytes, or for one that is broken."""
        size = 0
        with _opened(cast(zipfile.ZipFile, self._zip), name) as entry:
            while piece := entry.read(io.DEFAULT_BUFFER_SIZE * 16):
                size += len(piece)
                if size > most:
                    raise UnreadableRoute("too_large")
                file.write(piece)


class _Directories:
    """The lists of entries of an archive and of archives in it, which are counted together."""

    def __init__(self) -> None:
        self._entries, self._bytes = MOST_ENTRIES, MOST_DIRECTORY

    def read(self, file: IO[bytes]) -> zipfile.ZipFile:
        """Open an archive. Raise UnreadableRoute if that can't be done, or has too many entries with those before."""
        bounded = _Bounded(file, self._bytes)
        try:
            archive = zipfile.ZipFile(cast(IO[bytes], bounded))
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError) as error:
            raise UnreadableRoute("broken") from error
        finally:
            self._bytes -= bounded.longest
        self._entries -= len(archive.infolist())
        if self._entries < 0 or self._bytes < 0:
            raise UnreadableRoute("too_many")
        bounded.most = MOST_BYTES + 1
        return archive


def _is_one(name: str, extensions: tuple[str, ...]) -> bool:
    return name.lower().endswith(extensions) and not name.startswith("__MACOSX/")


@contextmanager
def _opened(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """Yield an entry. Raise UnreadableRoute if it can't be unpacked."""
    try:
        if archive.getinfo(name).compress_type not in METHODS:
            raise UnreadableRoute("packed")
        with archive.open(name) as entry:
            yield entry
    except FAULTS as error:
        raise UnreadableRoute("broken") from error


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the content of an entry. Raise UnreadableRoute if that can't be read, or is too large."""
    with _opened(archive, name) as entry:
        content = entry.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UnreadableRoute("too_large")
    return content


class _Bounded:
    """A file of which no more is read at once than `most` bytes, because somebody else says how many these are."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self.most, self.longest = file, most, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes. Raise UnreadableRoute for more than are read at once."""
        if size > self.most:
            raise UnreadableRoute("too_many")
        self.longest = max(self.longest, size)
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
