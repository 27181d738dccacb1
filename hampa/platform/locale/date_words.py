"""Days that people write in words: «فردا», «جمعه», "next friday", "10 Dec", «۱۰ آذر ۱۴۰۵».

Both languages are read whatever the viewer's is, and the months of both calendars in both. Which day is meant depends on
today, and is decided by `date_parsing.parse_date`.
"""

import re
from dataclasses import dataclass
from typing import Final

RELATIVE: Final = {
    -1: ("yesterday", "دیروز"),
    0: ("today", "tonight", "امروز", "امشب"),
    1: ("tomorrow", "tmrw", "فردا"),
    2: ("the day after tomorrow", "day after tomorrow", "overmorrow", "پس فردا"),
}
WEEKDAYS: Final = (
    ("monday", "mon", "دوشنبه", "2شنبه"),
    ("tuesday", "tues", "tue", "سه شنبه", "سشنبه", "3شنبه"),
    ("wednesday", "wed", "چهارشنبه", "چارشنبه", "4شنبه"),
    ("thursday", "thurs", "thur", "thu", "پنجشنبه", "پنشنبه", "5شنبه"),
    ("friday", "fri", "جمعه", "آدینه"),
    ("saturday", "sat", "شنبه"),
    ("sunday", "sun", "یکشنبه", "1شنبه"),
)
SOLAR_MONTHS: Final = (
    ("farvardin", "فروردین"),
    ("ordibehesht", "اردیبهشت"),
    ("khordad", "خرداد"),
    ("tir", "تیر"),
    ("mordad", "amordad", "مرداد", "امرداد"),
    ("shahrivar", "شهریور"),
    ("mehr", "مهر"),
    ("aban", "آبان"),
    ("azar", "آذر"),
    ("dey", "dei", "دی"),
    ("bahman", "بهمن"),
    ("esfand", "اسفند"),
)
GREGORIAN_MONTHS: Final = (
    ("january", "jan", "ژانویه", "جنوری"),
    ("february", "feb", "فوریه"),
    ("march", "mar", "مارس"),
    ("april", "apr", "آوریل", "آپریل"),
    ("may", "مه", "می"),
    ("june", "jun", "ژوئن"),
    ("july", "jul", "ژوئیه", "جولای"),
    ("august", "aug", "اوت", "آگوست"),
    ("september", "sept", "sep", "سپتامبر"),
    ("october", "oct", "اکتبر"),
    ("november", "nov", "نوامبر"),
    ("december", "dec", "دسامبر"),
)


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """A day as it was written: so many days `ahead`, or a `weekday` (0 is Monday), or day and month, perhaps with both.

    `solar` says whose month it is. `year` None means that none was written.
    """

    ahead: int | None = None
    weekday: int | None = None
    day: int = 0
    month: int = 0
    year: int | None = None
    solar: bool = False


def read(text: str) -> WrittenDay | None:
    """Return the day that a text with Latin digits names in words, None for other text."""
    key = _key(text)
    if key in _AHEAD:
        return WrittenDay(ahead=_AHEAD[key])
    if match := _WEEKDAY.fullmatch(key):
        return WrittenDay(weekday=_WEEKDAY_OF[match["weekday"]])
    match = _DAY_FIRST.fullmatch(key) or _MONTH_FIRST.fullmatch(key)
    if match is None:
        return None
    solar, month = _MONTH_OF[match["month"]]
    return WrittenDay(
        weekday=_WEEKDAY_OF.get(match["weekday"]),
        day=int(match["day"]),
        month=month,
        year=int(match["year"]) if match["year"] else None,
        solar=solar,
    )


_FOLDED: Final = str.maketrans("يكآأإئۀة", "یکااایهه", "\u200c\u200d\u0654 .,،'’-")


def _key(text: str) -> str:
    """Return a text without case, spaces and signs, so that one word has one spelling."""
    return text.lower().translate(_FOLDED)


def _names(*lists: tuple[tuple[str, ...], ...]) -> str:
    """Return the pattern of any of these names."""
    return "|".join(re.escape(_key(name)) for groups in lists for names in groups for name in names)


_AHEAD: Final = {_key(word): days for days, words in RELATIVE.items() for word in words}
_WEEKDAY_OF: Final = {_key(name): number for number, names in enumerate(WEEKDAYS) for name in names}
_MONTH_OF: Final = {
    _key(name): (solar, number)
    for solar, months in ((True, SOLAR_MONTHS), (False, GREGORIAN_MONTHS))
    for number, names in enumerate(months, 1)
    for name in names
}
_A_WEEKDAY: Final = rf"(?P<weekday>{_names(WEEKDAYS)})"
_WEEKDAY: Final = re.compile(rf"(?:on|this|next|coming|این|روز)?{_A_WEEKDAY}(?:ی?(?:بعدی|بعد|اینده|دیگر|دیگه))?")
_MONTH: Final = rf"(?P<month>{_names(SOLAR_MONTHS, GREGORIAN_MONTHS)})(?:ماه)?"
_DAY: Final = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|ام|م)?"
_YEAR: Final = r"(?P<year>1[345][0-9]{2}|(?:19|20)[0-9]{2})?"
_DAY_FIRST: Final = re.compile(rf"{_A_WEEKDAY}?{_DAY}(?:of)?{_MONTH}{_YEAR}")
_MONTH_FIRST: Final = re.compile(rf"{_A_WEEKDAY}?{_MONTH}{_DAY}{_YEAR}")
