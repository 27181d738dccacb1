"""Text that people type: digits, cleaning, folding for search, and turning it into safe HTML."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import Any, Final

from linkify_it import LinkifyIt
from markupsafe import Markup, escape

PERSIAN_DIGITS: Final = {ord("0") + n: chr(0x06F0 + n) for n in range(10)}
LATIN_DIGITS: Final = {first + n: chr(ord("0") + n) for first in (0x06F0, 0x0660) for n in range(10)}

GONE: Final = "—"
"""The name of whoever is not there any more; `named` says it in words."""

_PERSIAN_ORDER: Final = {char: at for at, char in enumerate(" اآبپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی")}

# Directional embeddings, overrides and isolates: they can make a text read as another one.
_BIDI_CONTROLS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Marks without ink that come along when people copy: directional marks, zero-width space and joins
# that no script needs, soft hyphen, byte order mark. The joiners U+200C and U+200D stay.
_INKLESS: Final = re.compile("[\u200b\u200e\u200f\u061c\u2060-\u2064\u00ad\ufeff\u180e]")
_SPACES: Final = re.compile(r"\s+")
_BLANK: Final = re.compile("[\\s\u200c\u200d\u115f\u1160\u3164\uffa0\u2800\ufe00-\ufe0f]*")
_EDGES: Final = "\u200c\u200d \t\n"
# UAX #15, stream-safe text: no word needs more. Composing takes time that grows with the square of their number.
_MOST_MARKS_IN_A_ROW: Final = 30


class UncleanText(ValueError):
    """A text with characters that nobody types: control or direction-changing ones, or marks piled up."""


def to_latin_digits(text: str) -> str:
    """Persian and Arabic-Indic digits as 0 to 9; everything else as it was."""
    return text.translate(LATIN_DIGITS)


def to_persian_digits(text: str) -> str:
    """Latin digits as ۰ to ۹; everything else as it was."""
    return text.translate(PERSIAN_DIGITS)


def clean_line(text: str) -> str:
    """One line, composed (NFC), spaces collapsed; "" when nothing in it can be seen.

    Raises `UncleanText` on control characters, halves of surrogate pairs, bidi overrides and piled-up marks.
    """
    return _without_blank(_SPACES.sub(" ", _checked(text, allowed="\t\n")).strip(_EDGES))


def clean_text(text: str) -> str:
    """Several lines, composed (NFC): line ends as \\n, none trailing, one empty line at most between.

    Raises `UncleanText` as `clean_line` does.
    """
    lines = [line.rstrip() for line in _checked(text, allowed="\t\n").split("\n")]
    return _without_blank(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n").rstrip())


def _checked(text: str, allowed: str) -> str:
    text = re.sub("\r\n?|[\x85\u2028\u2029]", "\n", text)
    if _BIDI_CONTROLS.search(text) or any(unicodedata.category(c) in ("Cc", "Cs") and c not in allowed for c in text):
        raise UncleanText("control or direction-changing characters")
    text = _INKLESS.sub("", text)
    for is_mark, run in groupby(text, lambda c: unicodedata.combining(c) > 0):
        if is_mark and len(list(run)) > _MOST_MARKS_IN_A_ROW:
            raise UncleanText("a pile of marks")
    return unicodedata.normalize("NFC", text)


def _without_blank(text: str) -> str:
    return "" if _BLANK.fullmatch(text) else text


# HTML 5.2 § "Preprocessing the input stream": control characters and noncharacters are errors.
_UNSENDABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)


def without_surrogates(text: str) -> str:
    """The text as it can be sent: what UTF-8 and HTML can't carry replaced by �."""
    return _UNSENDABLE.sub("\ufffd", text)


# Letters that are one in search, after diacritics are gone.
_SAME_LETTER: Final = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ې": "ی",
        "ے": "ی",
        "ك": "ک",
        "ڪ": "ک",
        "ة": "ه",
        "ە": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ٱ": "ا",
        "ء": "",
        "ـ": "",
        "\u200c": " ",
        "\u200d": "",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        **{chr(code): digit for code, digit in LATIN_DIGITS.items()},
    }
)
# Marks over and under Latin, Greek, Cyrillic, Arabic and Hebrew letters; other scripts need theirs.
_MARKS: Final = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")


def alphabetical(text: str) -> tuple[int, ...]:
    """A key to sort names by: in the order of the Persian alphabet, then of the Latin one, case and marks aside.

    Code points won't do: پ, چ, ژ, ک, گ and ی come after all other Persian letters there.
    """
    return tuple(_PERSIAN_ORDER.get(char, len(_PERSIAN_ORDER) + ord(char)) for char in fold(text))


def fold(text: str) -> str:
    """The text as search compares it: one form of each letter, Latin digits, no case, no marks.

    A half-space becomes a space; ا stands for آ أ إ, ی for ي ى ئ, و for ؤ.
    """
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = _INKLESS.sub("", _MARKS.sub("", spread)).translate(_SAME_LETTER)
    return _SPACES.sub(" ", unicodedata.normalize("NFC", bare)).strip()


_ALPHABET: Final = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
_RANKS: Final = {ord(letter): chr(0x0621 + rank) for rank, letter in enumerate(_ALPHABET)}


def sort_key(name: str) -> str:
    """The name so that comparing by code point (COLLATE "C") gives the Persian alphabet's order.

    In Unicode پ چ ژ ک گ ی stand after the letters that Arabic has. Latin names come first.
    """
    return fold(name).translate(_RANKS)


# Punctuation that linkify-it does not know, as ASCII that ends an address likewise; positions stay the same.
_AS_ASCII: Final = str.maketrans("«»“”`،؛؟…", "<<<<<,;?.")
LINK_REL: Final = "nofollow ugc noopener"


class Linkifier(LinkifyIt):
    """Finds web addresses that begin with http:// or https://, as they are typed; punctuation after one is not part of it."""

    def __init__(self) -> None:
        super().__init__(options={"fuzzy_link": False, "fuzzy_email": False})
        for schema in ("ftp:", "mailto:", "//"):
            self.add(schema, None)

    def match(self, text: str) -> list[Any] | None:
        """Return the addresses in the text, each with `index`, `last_index` and `url`, or None."""
        links: list[Any] | None = super().match(text.translate(_AS_ASCII))
        for link in links or ():
            link.raw = link.text = link.url = text[link.index : link.last_index]
        return links


linkifier: Final = Linkifier()


def linked(text: str) -> Markup:
    """Return plain text as paragraphs of HTML, everything escaped, web addresses clickable."""
    paragraphs = [
        Markup('<p dir="auto">{}</p>').format(Markup("<br>").join(_with_links(line) for line in paragraph.split("\n")))
        for paragraph in re.split(r"\n{2,}", text.replace("\r\n", "\n").strip("\n"))
        if paragraph.strip()
    ]
    return Markup("\n").join(paragraphs)


# What phones take for an address: a point before a letter, points between numbers as in 10.0.0.1, a scheme.
_JOINTS: Final = re.compile(r"(?<=\w)[.。](?=[^\W\d_])|(?<=\d)\.(?=\d+\.\d)|:(?=//)")


def unlinked(text: str) -> str:
    """The text with its web addresses taken apart, so that no phone makes a link of them: “evil.example” reads “evil. example”."""
    return _JOINTS.sub(lambda joint: joint.group() + " ", text)


def _with_links(line: str) -> Markup:
    parts, at = Markup(), 0
    for link in linkifier.match(line) or ():
        anchor = Markup('<a href="{}" rel="{}" dir="ltr">{}</a>').format(link.url, LINK_REL, link.url)
        parts += escape(line[at : link.index]) + anchor
        at = link.last_index
    return parts + escape(line[at:])
