"""Waypoints of routes: which kind one is, and its cleaned name."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from hampa.platform.texts.cleaning import UncleanText, clean_line, fold

KINDS = ("meeting", "water", "toilets", "food", "first_aid", "view", "care", "other")
"""`care` is a place that needs care, such as a crossing."""
MOST_SHOWN = 50
MOST_READ = 1_000
"""The limit of waypoints that are read of a file; of those along the route the first `MOST_SHOWN` are shown."""
MOST_DEGREES = 540.0
LONGEST_NAME = 60
LONGEST_READ = 400

WORDS: Mapping[str, str] = {
    "meeting": "meeting meet rendezvous قرار دیدار",
    "water": "water drinking fountain hydration drink drinks آب آبخوری آب‌خوری آبسردکن چشمه",
    "toilets": "toilet toilets restroom restrooms wc washroom bathroom توالت دستشویی سرویس+بهداشتی",
    "first_aid": "first+aid medical ambulance hospital clinic defibrillator aed کمک‌های+اولیه اورژانس درمانگاه بیمارستان",
    "food": "food restaurant cafe café coffee bakery gel snack nutrition aid+station غذا تغذیه خوراکی رستوران کافه نانوایی",
    "view": "view viewpoint overlook scenic lookout panorama waterfall summit منظره چشم‌انداز قله آبشار",
    "care": "danger caution warning crossing hazard خطر احتیاط",
}
"""Words of symbols and names by kind; joined by +, both are needed."""
HOME_SYMBOLS = "home house residence lodging"
HOME_NAMES = "home منزل"
HOME_ALONE = "house خانه خونه my our من ما"
"""Words of places where somebody lives: those are not shown. The last are such words only without others."""
TURNS = "left right straight fork turn uturn roundabout"

_GROUPS = [(kind, {fold(word) for word in group.split("+")}) for kind in WORDS for group in WORDS[kind].split()]
_HOME_SYMBOLS, _HOME_NAMES, _HOME_ALONE, _TURNS = (
    {fold(word) for word in words.split()} for words in (HOME_SYMBOLS, HOME_NAMES, HOME_ALONE, TURNS)
)


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A place beside a route in degrees, of one of `KINDS`, with a name or ""."""

    north: float
    east: float
    kind: str
    name: str


def is_turn(*symbols: str) -> bool:
    """Return whether a symbol says that this is a hint for the way, which is no place."""
    return any(_words(symbol) & _TURNS for symbol in symbols)


def make_waypoint(north: float, east: float, name: str, *symbols: str) -> Waypoint | None:
    """Return a waypoint whose kind is that of its symbols, else that of its name.

    Return None for what is not shown: no place on the globe, a place where somebody lives, or a place of no kind and
    without a name.
    """
    if not (isfinite(north) and isfinite(east) and abs(north) <= MOST_DEGREES and abs(east) <= MOST_DEGREES):
        return None
    said, named = [_words(symbol) for symbol in symbols], _words(name)
    if any(words & _HOME_SYMBOLS for words in said) or named & _HOME_NAMES or (named and named <= _HOME_ALONE):
        return None
    kind = next((symbol for symbol in symbols if symbol in KINDS and symbol != "other"), None)
    kind = kind or next(filter(None, map(_kind_of, [*said, named])), "other")
    title = _clean(name)
    return Waypoint(north, east, kind, title) if title or kind != "other" else None


def _words(text: str) -> set[str]:
    """Return the folded words of a text; a half-space is part of a word."""
    separated = "".join(char if char.isalnum() or char == "\u200c" else " " for char in text[:LONGEST_READ])
    return {fold(word) for word in separated.split()}


def _kind_of(words: set[str]) -> str | None:
    return next((kind for kind, group in _GROUPS if group <= words), None)


def _clean(name: str) -> str:
    """Return a name that can be shown, shortened; "" for none."""
    try:
        name = clean_line(name[:LONGEST_READ])
    except UncleanText:
        return ""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
