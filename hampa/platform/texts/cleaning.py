"""Text that people type: digits, cleaning, folding for search, sorting, and links."""

import re
import unicodedata
from itertools import groupby
from typing import Any, Final

from linkify_it import LinkifyIt
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, func

PERSIAN_DIGITS: Final = {ord("0") + n: chr(0x06F0 + n) for n in range(10)}
LATIN_DIGITS: Final = {first + n: chr(ord("0") + n) for first in (0x06F0, 0x0660) for n in range(10)}

DELETED_NAME: Final = "—"
"""The stored name of a deleted person; the filter `named` shows it in words."""

_ALPHABET: Final = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
_PERSIAN_ORDER: Final = {char: at for at, char in enumerate(" اآ" + _ALPHABET[1:])}
_RANKS: Final = {ord(char): chr(0x0621 + rank) for rank, char in enumerate(_ALPHABET)}

# Directional overrides make a text look like another one.
_OVERRIDES: Final = "\u202d\u202e"
# Embeddings and isolates, which programs put around what they copy; each ends with its own sign.
_ENDS: Final = dict.fromkeys("\u202a\u202b", "\u202c") | dict.fromkeys("\u2066\u2067\u2068", "\u2069")
_DIRECTIONS: Final = re.compile("[\u202a-\u202c\u2066-\u2069]")
# Invisible marks in copied text: directional marks, zero-width space and joins that no script needs, soft hyphen, byte
# order mark. The joiners U+200C and U+200D stay.
_INVISIBLE: Final = re.compile(
    "[\u200b\u200e\u200f\u061c\u2060-\u2065\u206a-\u206f\u00ad\ufeff\u034f\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
# Tags are seen in flags of regions alone; all else of this plane never (Unicode's Default_Ignorable_Code_Point).
_TAGS: Final = re.compile("(\U0001f3f4[\U000e0020-\U000e007f]+)|[\U000e0000-\U000e0fff]")
_NEVER: Final = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
_NONCHARACTERS: Final = re.compile(f"[{_NEVER}]")
# No font shows code points without a character, and two texts that differ by them look alike. Where signs of new versions
# of Unicode come, devices are ahead of us: signs of currencies, and pictographs.
_STAYS_OR_GOES: Final = re.compile(f"[\u20a0-\u20cf\U0001f000-\U0001fbff]|{_INVISIBLE.pattern}|{_TAGS.pattern}")
_SPACES: Final = re.compile(r"\s+")
_BLANK: Final = re.compile("[\\s\u200c\u200d\u115f\u1160\u3164\uffa0\u2800\ufe00-\ufe0f]*")
_EDGES: Final = "\u200c\u200d \t\n"
# UAX #15, stream-safe text: no word needs more. The time of composing grows with the square of their number.
_MOST_MARKS_IN_A_ROW: Final = 30
_SHOWN_BEFORE: Final = 20


class UncleanText(ValueError):
    """A text with control characters, code points without a character or overrides of direction, or with too many marks in a row.

    `before` is what can be seen just before these; "" at the beginning.
    """

    def __init__(self, reason: str, text_before: str) -> None:
        super().__init__(reason)
        line = _SPACES.sub(" ", _DIRECTIONS.sub("", _INVISIBLE.sub("", text_before)))
        self.before = line.strip(_EDGES)[-_SHOWN_BEFORE:].strip()


def to_latin_digits(text: str) -> str:
    """Return the text with Persian and Arabic-Indic digits as 0 to 9."""
    return text.translate(LATIN_DIGITS)


def to_persian_digits(text: str) -> str:
    """Return the text with Latin digits as ۰ to ۹."""
    return text.translate(PERSIAN_DIGITS)


def clean_line(text: str) -> str:
    """Return the text as one line, composed (NFC), spaces collapsed; "" when nothing in it is visible.

    Embeddings and isolates of direction are left out. Raise UncleanText on control characters, halves of surrogate
    pairs, overrides of direction and piled-up marks.
    """
    return _without_blank(_SPACES.sub(" ", _DIRECTIONS.sub("", _checked(text))).strip(_EDGES))


def clean_text(text: str) -> str:
    """Return the text composed (NFC), with LF line ends, no trailing spaces, and at most one empty line between.

    Embeddings and isolates of direction stay where they begin and end within a line. Raise UncleanText as `clean_line` does.
    """
    lines = [_balanced(line).rstrip() for line in _checked(text).split("\n")]
    return _without_blank(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n").rstrip())


def _checked(text: str) -> str:
    text = re.sub("\r\n?|[\x85\u2028\u2029]", "\n", text)
    for at, char in enumerate(text):
        if (
            char in _OVERRIDES
            or _NONCHARACTERS.match(char)
            or (unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n")
            or (unicodedata.category(char) == "Cn" and not _STAYS_OR_GOES.match(char))
        ):
            raise UncleanText("control or direction-changing characters", text[:at])
    text = _TAGS.sub(lambda match: match[1] or "", _INVISIBLE.sub("", text))
    at = 0
    for is_mark, run in groupby(text, lambda c: unicodedata.combining(c) > 0):
        length = len(list(run))
        if is_mark and length > _MOST_MARKS_IN_A_ROW:
            raise UncleanText("a pile of marks", text[:at])
        at += length
    return unicodedata.normalize("NFC", text)


def _balanced(line: str) -> str:
    """Return a line without embeddings and isolates that do not begin and end in it."""
    if not _DIRECTIONS.search(line):
        return line
    kept: set[int] = set()
    open_ones: list[tuple[str, int]] = []
    for at, char in enumerate(line):
        if char in _ENDS:
            open_ones.append((_ENDS[char], at))
        elif open_ones and char == open_ones[-1][0]:
            kept |= {open_ones.pop()[1], at}
    return "".join(char for at, char in enumerate(line) if at in kept or not _DIRECTIONS.match(char))


def _without_blank(text: str) -> str:
    return "" if _BLANK.fullmatch(text) else text


# HTML 5.2 § "Preprocessing the input stream": control characters and noncharacters are errors.
_UNSENDABLE: Final = re.compile(f"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff{_NEVER}]")


def without_surrogates(text: str) -> str:
    """Return the text with � for all that UTF-8 and HTML cannot represent."""
    return _UNSENDABLE.sub("\ufffd", text)


# Letters that are one in search, after diacritics are gone.
_SAME_LETTER: Final = {
    **str.maketrans("يىېےكڪةەہھٱ\u200cøłđħı", "ییییککهههها oldhi", "ءـ\u200d"),
    ord("æ"): "ae",
    ord("œ"): "oe",
    **LATIN_DIGITS,
}
# Marks over and under Latin, Greek, Cyrillic, Arabic and Hebrew letters; other scripts need theirs.
_MARKS: Final = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")


def fold(text: str) -> str:
    """Return the text for comparison in search: one form of each letter, Latin digits, no case, no marks.

    A half-space becomes a space; ا stands for آ أ إ, ی for ي ى ئ, و for ؤ.
    """
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = _DIRECTIONS.sub("", _INVISIBLE.sub("", _MARKS.sub("", spread))).translate(_SAME_LETTER)
    return _SPACES.sub(" ", unicodedata.normalize("NFC", bare)).strip()


def alphabetical(text: str) -> tuple[int, ...]:
    """Return a key that sorts names by the Persian alphabet, then by the Latin one, without case and marks.

    By code points پ, چ, ژ, ک, گ and ی would come after all other Persian letters.
    """
    return tuple(_PERSIAN_ORDER.get(char, len(_PERSIAN_ORDER) + ord(char)) for char in fold(text))


def sort_key(name: str) -> str:
    """Return a key that sorts names by code point (COLLATE "C") in the order of the Persian alphabet, Latin names first."""
    return fold(name).translate(_RANKS)


def by_alphabet(name: Any) -> ColumnElement[str]:
    """Return a column of names as the database sorts it by `sort_key`: its own order of letters is that of code points.

    The function of `migrations/versions/0194_alphabet.py` does it, by which there may be an index.
    """
    return func.alphabet_key(name).collate("C")


# Punctuation that linkify-it does not know, as ASCII that also ends an address; positions stay the same.
_AS_ASCII: Final = str.maketrans("«»“”`،؛؟…", "<<<<<,;?.")
LINK_REL: Final = "nofollow ugc noopener"


class Linkifier(LinkifyIt):
    """A finder of web addresses with http:// or https://, without the punctuation after them."""

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


def linkify(text: str) -> Markup:
    """Return plain text as paragraphs of HTML, everything escaped, web addresses clickable."""
    paragraphs = [
        Markup('<p dir="auto">{}</p>').format(Markup("<br>").join(_with_links(line) for line in paragraph.split("\n")))
        for paragraph in re.split(r"\n{2,}", text.replace("\r\n", "\n").strip("\n"))
        if paragraph.strip()
    ]
    return Markup("\n").join(paragraphs)


# Signs of an address for phones: a point (also of another script: UTS 46) between characters, points between numbers as
# in 10.0.0.1, a scheme.
_JOINTS: Final = re.compile(r"(?<=\S)[.。](?=[^\s\d.,;:!?)…])|(?<=\d)[.。](?=\d+[.。]\d)|:(?=//)")
# What stands unseen between letters or digits; the half-space of Persian stays where it is between letters.
_UNSEEN: Final = re.compile(
    "[\u200b\u200d\u2060\ufeff\u00ad\ufe00-\ufe0f\u20e3]|\u200c(?![^\\W\\d_])|(?<![^\\W\\d_])\u200c"
)


def break_links(text: str) -> str:
    """Return the text with spaces in web addresses, so that no phone makes a link of them: “evil. example”."""
    return _JOINTS.sub(lambda joint: joint.group() + " ", text)


# Characters between the parts of a mail address, and at the beginning of names in other networks.
_AT: Final = re.compile(r"[@＠](?=\w)")
# Five digits or more with a few other characters between them, and codes that networks obey (*100#).
_NUMBER: Final = re.compile(r"\+?\d(?:[^\w\n]{0,4}\d){4,}|\*[\d*]+#")
_NAME_WORDS, _NAME_LENGTH = 3, 24


def sms_words(text: str, longest: int | None = None, *, numbers: bool = True) -> str:
    """Return what somebody typed as part of an SMS or of a subject: one line, without anything that a phone would link.

    We send it to people who may not know its writer: addresses are broken, it is cut at a word before `longest`
    characters, and without `numbers` anything of five digits or more, which may be called or taken for a code, is "…".
    """
    seen = _UNSEEN.sub("", "…".join(unicodedata.normalize("NFKC", part) for part in text.split("…")))
    line = _AT.sub("@ ", break_links(_SPACES.sub(" ", seen).strip()))
    if not numbers:
        line = _NUMBER.sub("…", line)
    if longest is None or len(line) <= longest:
        return line
    cut = line[:longest]
    return (cut.rpartition(" ")[0] if " " in cut[longest // 2 :] else cut[:-1]).rstrip() + "…"


def sms_name(name: str) -> str:
    """Return a person's name as part of an SMS or of a subject: a few words, without addresses and numbers."""
    words = sms_words(name, numbers=False).split(" ")
    return sms_words(" ".join(words[:_NAME_WORDS]) + "…" * (len(words) > _NAME_WORDS), _NAME_LENGTH)


def _with_links(line: str) -> Markup:
    if "://" not in line:  # most lines have no address, and the finder takes longer than all else on a page of them
        return escape(line)
    parts, at = Markup(), 0
    for link in linkifier.match(line) or ():
        anchor = Markup('<a href="{}" rel="{}" dir="ltr">{}</a>').format(link.url, LINK_REL, link.url)
        parts += escape(line[at : link.index]) + anchor
        at = link.last_index
    return parts + escape(line[at:])
