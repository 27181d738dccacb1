"""XML files of devices and programs as a stream: Expat for the formats of routes, each with a reader of its elements.

No tree is built, a document type (and with it every entity) is refused, nothing is fetched. Namespaces are ignored,
since some programs use prefixes that they never declare. The text is decoded here by what the bytes are, not by what
the file declares, and what is no XML in names (bare `&` and `<`, control characters) is escaped.
"""

from __future__ import annotations

import codecs
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from math import isfinite, nan
from typing import IO, Generic, TypeVar
from xml.parsers import expat

from hampa.platform.geo.lines import Recording, RecordingBuilder, UnreadableRoute

Result = TypeVar("Result")

CHUNK = 1 << 16
DEEPEST = 64
"""The limit of nested elements; GPX needs seven, TCX ten, extensions some more."""
LONGEST_TEXT = 400
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
DECLARED = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
CODECS = re.compile(r"iso8859-\d+|cp\d+|koi8-[rut]|mac-[a-z]+|gb2312|gbk|gb18030|big5|shift_jis|euc_jp|euc_kr")
"""Python's names of the encodings that are believed when a file declares them; the others are Unicode, or no text."""
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
BARE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#(?:9|10|13|3[2-9]|[4-9]\d|[1-9]\d{2,3})|#x(?:9|[aAdD]|[2-9a-fA-F][\da-fA-F]"
    r"|[1-9a-cA-C][\da-fA-F]{2,3}));)|<(?![A-Za-z_:/!?\u0080-\U0010ffff])"
)
"""An `&` that begins none of the references which XML knows by itself, and a `<` that begins no markup."""
LONGEST_REFERENCE = 12


class ElementReader(ABC, Generic[Result]):
    """The reader of one format: `start` and `end` are called with the name of each element below the root.

    `depth` is that of the element, 2 for a child of the root. A subclass sets `text` to "" in `start` to collect the
    text of an element, and reads it in `end`.
    """

    def __init__(self) -> None:
        self.depth = 1
        self.text: str | None = None

    @abstractmethod
    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Read the beginning of an element."""

    @abstractmethod
    def end(self, name: str) -> None:
        """Read the end of an element."""

    @abstractmethod
    def result(self) -> Result:
        """Return what was read, after the last element. Raise UnreadableRoute if that is nothing."""


class RouteReader(ElementReader[Recording]):
    """The reader of lines and waypoints in one format."""

    def __init__(self) -> None:
        super().__init__()
        self.built = RecordingBuilder()

    def result(self) -> Recording:
        """Return the lines and waypoints."""
        return self.built.recording()


def read_xml(source: IO[bytes], formats: Mapping[str, Callable[[], ElementReader[Result]]]) -> Result:
    """Return what a file holds whose root is a name of `formats`, in lower case. Raise UnreadableRoute."""
    parsing = _Parsing(formats)
    try:
        for chunk in _chunks(source):
            parsing.parser.Parse(chunk, False)
        parsing.parser.Parse(b"", True)
    except expat.ExpatError as error:
        if not parsing.ended:  # anything after the end of the root is ignored
            raise UnreadableRoute("broken") from error
    if parsing.reader is None:
        raise UnreadableRoute("broken")
    return parsing.reader.result()


def number(text: str | None) -> float:
    """Return a number, also with a comma for its point; nan for anything else."""
    text = (text or "").replace("\N{ARABIC DECIMAL SEPARATOR}", ".")
    if "," in text and "." not in text:
        text = text.replace(",", ".", 1)
    try:
        value = float(text)
    except ValueError:
        return nan
    return value if isfinite(value) else nan


def seconds(text: str) -> float:
    """Return a time as seconds since 1970, nan for what is no time; without a zone it counts as UTC."""
    try:
        time = datetime.fromisoformat(text.strip())
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return nan


class _Parsing(Generic[Result]):
    """An Expat parser that hands the elements to the reader of the root's format."""

    def __init__(self, formats: Mapping[str, Callable[[], ElementReader[Result]]]) -> None:
        self.reader: ElementReader[Result] | None = None
        self.ended = False
        self._formats = formats
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._add_text
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype

    def _refuse_doctype(self, name: str, *_more: object) -> None:
        raise UnreadableRoute("not_gpx" if name.lower() == "html" else "harmful")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if self.reader is None:
            make = self._formats.get(name.lower())
            if make is None:
                raise UnreadableRoute("kml" if name.lower() == "kml" else "not_gpx")
            self.reader = make()
            return
        self.reader.depth += 1
        if self.reader.depth > DEEPEST:
            raise UnreadableRoute("harmful")
        self.reader.start(name, attributes)

    def _end(self, tag: str) -> None:
        if self.reader is None or self.reader.depth == 1:
            self.ended = True
            return
        self.reader.end(tag.rpartition(":")[2])
        self.reader.text = None
        self.reader.depth -= 1

    def _add_text(self, text: str) -> None:
        reader = self.reader
        if reader is not None and reader.text is not None and len(reader.text) < LONGEST_TEXT:
            reader.text += text[:LONGEST_TEXT]


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    """Yield the text in UTF-8 and as XML, without the empty lines that some programs begin with."""
    first = source.read(CHUNK)
    decoder = codecs.getincrementaldecoder(_encoding(first))("replace")
    text = decoder.decode(first).lstrip("\ufeff \t\r\n")
    while chunk := source.read(CHUNK):
        # A reference, or a "<", may go on in the next chunk.
        end = max(text.rfind("&", max(0, len(text) - LONGEST_REFERENCE)), text.rfind("<", max(0, len(text) - 1)))
        end = len(text) if end < 0 else end
        yield _as_xml(text[:end])
        text = text[end:] + decoder.decode(chunk)
    yield _as_xml(text + decoder.decode(b"", True))


def _encoding(first: bytes) -> str:
    """Return the encoding of a file by its first bytes: by its mark, its zeros, or else what it declares."""
    for mark, name in BOMS:
        if first.startswith(mark):
            return name
    head = first[:64]
    if zeros := head.count(0):
        return "utf-16-be" if head[::2].count(0) * 2 > zeros else "utf-16-le"
    if declared := DECLARED.match(first):
        try:
            name = codecs.lookup(declared[1].decode()).name
        except LookupError:
            return "utf-8"
        if CODECS.fullmatch(name):
            return name
    return "utf-8"


def _as_xml(text: str) -> bytes:
    """Return the text as UTF-8 without what XML does not allow."""
    text = BARE.sub(lambda match: "&amp;" if match[0] == "&" else "&lt;", text)
    return NO_XML.sub("\ufffd", text).encode("utf-8", "replace")
