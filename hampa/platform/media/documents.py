"""Files that people keep as they are: which kinds there are, told by content alone, and what in one is refused.

`kind_of` looks at the beginning and is for requests; `inspected` reads all and is for the worker. Pictures lose what says
where and with what they were taken. Nothing here is ever shown in a browser: files are handed out to be saved.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Final

from hampa.platform.geo import fit
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.geo.xml_stream import ElementReader, read_xml

TYPES: Final = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "txt": "text/plain; charset=utf-8",
    "gpx": "application/gpx+xml",
    "fit": "application/vnd.ant.fit",
}
"""The media type of each kind."""
ENDINGS: Final = {kind: (kind,) for kind in TYPES} | {"jpeg": ("jpg", "jpeg")}
"""What the name of a file of a kind ends with, the usual one first."""
REASONS: Final = ("broken", "active", "too_large")
"""Why a file is refused that is of a kind: it contradicts itself, holds what could be run, or unpacks to too much."""
HEAD: Final = 4096
MOST_PIXELS: Final = 150_000_000
MOST_ENTRIES, MOST_UNPACKED = 5_000, 200_000_000
MOST_RELATIONS: Final = 2_000_000

PNG: Final = b"\x89PNG\r\n\x1a\n"
ZIP: Final = b"PK\x03\x04"
ACTIVE: Final = re.compile(
    rb"<script|<html|<\?php|<svg[\s/>]|<!doctype html|<!entity|<iframe|<foreignobject|onload\s{0,4}=|onerror\s{0,4}="
    rb"|javascript:|vbscript:",
    re.IGNORECASE,
)
"""What no text, track or picture of a runner has: signs of pages and programs."""
PDF_ACTIVE: Final = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)\b")
PDF_STREAM: Final = re.compile(rb"\bstream\r?\n.*?endstream", re.DOTALL)
PDF_NAME: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
XML_HEAD: Final = re.compile(r"\s*(?:<\?xml[^>]{0,200}\?>)?(?:\s|<!--.{0,1000}?-->)*<(?:\w{1,20}:)?gpx[\s>]", re.DOTALL)
NO_TEXT: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
SHEBANG: Final = "#!"
DOCX_ACTIVE: Final = re.compile(r"(?:^|/)(?:vbaProject|vbaData|activeX|embeddings|oleObject)", re.IGNORECASE)
ATTACHED: Final = re.compile(
    rb"<Relationship\b[^>]*(?:attachedTemplate|oleObject|frame|subDocument)[^>]*>", re.IGNORECASE
)
EXTERNAL: Final = re.compile(rb"TargetMode\s*=\s*[\"']External", re.IGNORECASE)


class UnacceptableFile(Exception):
    """The file is not one to keep; `reason` is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def kind_of(source: IO[bytes]) -> str | None:
    """Return the kind of a file by its first bytes, None for all other files; the file is read from its beginning."""
    source.seek(0)
    head = source.read(HEAD)
    source.seek(0)
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(PNG):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(ZIP):
        return "docx" if _is_docx(source) else None
    if fit.is_fit(head):
        return "fit"
    text = _decoded(head, partly=True)
    if text is None or not text.strip():
        return None
    if XML_HEAD.match(text):
        return "gpx"
    beginning = text.lstrip("\ufeff \t\r\n")
    if beginning.startswith((SHEBANG, "<", "MZ", "%!", "{\\rtf")) or NO_TEXT.search(text):
        return None
    return "txt"


def inspected(kind: str, content: bytes) -> bytes:
    """Return the content of a file of a kind as it is to be kept. Raise UnacceptableFile."""
    return _INSPECTIONS[kind](content)


def _pdf(content: bytes) -> bytes:
    if b"%%EOF" not in content[-2048:]:
        raise UnacceptableFile("broken")
    plain = PDF_NAME.sub(lambda escape: bytes([int(escape[1], 16)]), PDF_STREAM.sub(b"", content))
    if PDF_ACTIVE.search(plain) or any(PDF_ACTIVE.search(part) for part in _object_streams(content)):
        raise UnacceptableFile("active")
    if ACTIVE.search(content[:1024]) or ACTIVE.search(content[content.rfind(b"%%EOF") :]):
        raise UnacceptableFile("active")
    return content


def _object_streams(content: bytes) -> Iterator[bytes]:
    """Yield the unpacked streams of a PDF that hold objects, in which names may hide; up to a limit in all."""
    left = MOST_UNPACKED // 10
    for match in re.finditer(rb"/ObjStm\b", content):
        begin = content.find(b"stream", match.end(), match.end() + 2048)
        if begin < 0:
            continue
        data = content[begin + len(b"stream") :].lstrip(b"\r\n")
        try:
            unpacked = zlib.decompressobj().decompress(data, left)
        except zlib.error:
            continue
        left -= len(unpacked)
        if left <= 0:
            raise UnacceptableFile("too_large")
        yield PDF_NAME.sub(lambda escape: bytes([int(escape[1], 16)]), unpacked)


def _png(content: bytes) -> bytes:
    """Return a PNG with the chunks that its pixels need, up to its end."""
    kept, at, seen = [PNG], len(PNG), b""
    while seen != b"IEND":
        (size,) = _unpacked(">I", content, at)
        seen = content[at + 4 : at + 8]
        end = at + 12 + size
        chunk = content[at:end]
        if len(chunk) < 12 + size or zlib.crc32(chunk[4:-4]) != struct.unpack(">I", chunk[-4:])[0]:
            raise UnacceptableFile("broken")
        if len(kept) == 1:
            if seen != b"IHDR":
                raise UnacceptableFile("broken")
            _check_pixels(*struct.unpack(">II", chunk[8:16]))
        if seen in (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"sBIT", b"bKGD"):
            kept.append(chunk)
        at = end
    return _without_active(b"".join(kept))


def _jpeg(content: bytes) -> bytes:
    """Return a JPEG without comments and what cameras and programs add, up to its end; it stays turned as it was."""
    kept, at, turned, is_sized = [b"\xff\xd8"], 2, 1, False
    while True:
        mark, number = _unpacked(">BB", content, at)
        if mark != 0xFF:
            raise UnacceptableFile("broken")
        if number == 0xFF:  # bytes that fill
            at += 1
            continue
        if number == 0xD9:
            break
        (size,) = _unpacked(">H", content, at + 2)
        end = at + 2 + size
        segment = content[at:end]
        if size < 2 or len(segment) < size + 2:
            raise UnacceptableFile("broken")
        if number == 0xE1 and segment[4:10] == b"Exif\0\0":
            turned = _orientation(segment[10:])
        if number in range(0xC0, 0xD0) and number not in (0xC4, 0xC8, 0xCC):
            height, width = _unpacked(">HH", segment, 5)
            _check_pixels(width, height)
            is_sized = True
        if number not in (*range(0xE1, 0xEE), 0xEF, 0xFE):  # APP0 and APP14 say how colours are meant
            kept.append(segment[:18] if number == 0xE0 and size == 16 else b"" if number == 0xE0 else segment)
        at = end
        if number == 0xDA:
            at = _end_of_scan(content, at)
            kept.append(content[end:at])
    if not is_sized:
        raise UnacceptableFile("broken")
    if turned != 1:
        exif = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x112, 3, 1, turned, 0, 0)
        kept.insert(1, b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif)
    return _without_active(b"".join(kept) + b"\xff\xd9")


_NEXT_MARK: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _end_of_scan(content: bytes, at: int) -> int:
    match = _NEXT_MARK.search(content, at)
    if match is None:
        raise UnacceptableFile("broken")
    return match.start()


def _orientation(tiff: bytes) -> int:
    """Return how a picture is turned (1 to 8) by its EXIF data."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2], "")
    if not order or len(tiff) < 8:
        return 1
    (start,) = struct.unpack(f"{order}I", tiff[4:8])
    entries = tiff[start + 2 : start + 2 + 12 * 64]
    for at in range(0, len(entries) - 11, 12):
        tag, _kind, _count, value = struct.unpack(f"{order}HHIH", entries[at : at + 10])
        if tag == 0x112:
            return value if 1 <= value <= 8 else 1
    return 1


def _docx(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise UnacceptableFile("too_large")
            if content.find(b"PK\x05\x06") != content.rfind(b"PK\x05\x06") or not content.endswith(archive.comment):
                raise UnacceptableFile("broken")
            if archive.comment or any(entry.flag_bits & 1 for entry in entries):
                raise UnacceptableFile("broken")
            for entry in entries:
                if entry.filename.startswith(("/", "\\")) or ".." in entry.filename or ":" in entry.filename:
                    raise UnacceptableFile("active")
                if DOCX_ACTIVE.search(entry.filename):
                    raise UnacceptableFile("active")
                if entry.filename.endswith(".rels") or entry.filename == "[Content_Types].xml":
                    with archive.open(entry) as file:
                        _check_relations(file.read(MOST_RELATIONS + 1))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, zlib.error, OSError) as error:
        raise UnacceptableFile("broken") from error
    return content


def _check_relations(content: bytes) -> None:
    """Raise UnacceptableFile for parts of a document that another site would give, or that hold macros."""
    if len(content) > MOST_RELATIONS:
        raise UnacceptableFile("too_large")
    if b"macroEnabled" in content or any(EXTERNAL.search(one[0]) for one in ATTACHED.finditer(content)):
        raise UnacceptableFile("active")


def _is_docx(source: IO[bytes]) -> bool:
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return False
    finally:
        source.seek(0)
    return "[Content_Types].xml" in names and "word/document.xml" in names


def _txt(content: bytes) -> bytes:
    text = _decoded(content)
    if text is None or NO_TEXT.search(text):
        raise UnacceptableFile("broken")
    return _without_active(text.removeprefix("\ufeff").encode())


class _Skeleton(ElementReader[None]):
    """A reader of the form of a GPX file alone."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Read nothing."""

    def end(self, name: str) -> None:
        """Read nothing."""

    def result(self) -> None:
        """Return nothing."""


def _gpx(content: bytes) -> bytes:
    try:
        read_xml(io.BytesIO(content), {"gpx": _Skeleton})
    except UnreadableRoute as error:
        raise UnacceptableFile("active" if error.reason == "harmful" else "broken") from error
    _without_active((_decoded(content) or "").encode())
    return _without_active(content)


def _fit(content: bytes) -> bytes:
    try:
        fit.read(io.BytesIO(content))
    except UnreadableRoute as error:
        if error.reason != "empty":  # a workout that is planned has no way
            raise UnacceptableFile("broken") from error
    return _without_active(content)


_INSPECTIONS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "pdf": _pdf,
    "png": _png,
    "jpeg": _jpeg,
    "docx": _docx,
    "txt": _txt,
    "gpx": _gpx,
    "fit": _fit,
}


def _decoded(content: bytes, *, partly: bool = False) -> str | None:
    """Return a text in UTF-8, or in UTF-16 with its mark, None for all else; `partly` lets it end in a character."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    for cut in range(4 if partly else 1):
        try:
            return content[: len(content) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _unpacked(form: str, content: bytes, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(form, content, at)
    except struct.error:
        raise UnacceptableFile("broken") from None


def _check_pixels(width: int, height: int) -> None:
    if not width or not height:
        raise UnacceptableFile("broken")
    if width * height > MOST_PIXELS:
        raise UnacceptableFile("too_large")


def _without_active(content: bytes) -> bytes:
    if ACTIVE.search(content):
        raise UnacceptableFile("active")
    return content
