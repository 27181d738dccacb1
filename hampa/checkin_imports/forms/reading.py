"""Reading the file of the older version: JSON of anybody, of which nothing is trusted."""

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from persiantools.jdatetime import JalaliDate

from hampa.checkin_imports.models import LONGEST_GROUP, MOST_GROUPS, MOST_ROWS
from hampa.checkins.models import HIGHEST, LONGEST_NOTE, LOWEST, SCALES
from hampa.platform.texts.cleaning import UncleanText, clean_line, clean_text, to_latin_digits

DATES = ("date", "day", "createdAt", "created_at", "timestamp")
GROUPS = ("group", "groupName", "group_name", "crew", "team")
NOTES = ("note", "notes", "comment")
FIRST_DAY = dt.date(2000, 1, 1)
SOLAR_YEARS = range(1300, 1500)
LONGEST_NUMBER = 20
LONGEST_DATE = 40
WRAPPED = 3
"""Objects and texts around the list, one in another: a whole `localStorage` has texts that are JSON."""


class UnreadableFile(ValueError):
    """A file without a list of check-ins; `reason` is not_json, no_list, empty or too_many."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class ReadFile:
    """The rows of a file: those that can be taken, and those that can't, with their numbers from 1 and the reasons."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    bad: list[dict[str, Any]] = field(default_factory=list)


class _BadRowError(ValueError):
    pass


def read_file(content: bytes, today: dt.date) -> ReadFile:
    """Return the check-ins of a file. Raise UnreadableFile."""
    listed = _list_in(_parse(content), WRAPPED)
    if listed is None:
        raise UnreadableFile("no_list")
    if not listed:
        raise UnreadableFile("empty")
    if len(listed) > MOST_ROWS:
        raise UnreadableFile("too_many")
    result, groups = ReadFile(), set[str]()
    for place, item in enumerate(listed, 1):
        try:
            row = _row(item, today)
            if row["group"] not in groups and len(groups) >= MOST_GROUPS:
                raise _BadRowError("groups")
            groups.add(row["group"])
            result.rows.append({"row": place, **row})
        except _BadRowError as error:
            result.bad.append({"row": place, "reason": str(error)})
    return result


def _parse(content: bytes | str) -> Any:
    try:
        if isinstance(content, bytes):
            content = content.decode("utf-8-sig")
        return json.loads(content, parse_int=_integer, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):  # also of bytes that are no text
        raise UnreadableFile("not_json") from None


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def _list_in(value: Any, left: int) -> list[Any] | None:
    """Return the list itself, or the one that an object has, also as text."""
    if isinstance(value, list):
        return value
    if left == 0:
        return None
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return _list_in(_parse(value), left - 1)
        except UnreadableFile:
            return None
    if isinstance(value, dict):
        lists = [listed for one in value.values() if (listed := _list_in(one, left - 1)) is not None]
        with_rows = [listed for listed in lists if listed and isinstance(listed[0], dict)]
        return max(with_rows or lists, key=len, default=None)
    return None


def _row(item: Any, today: dt.date) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise _BadRowError("shape")
    day = _day(_first(item, DATES), today)
    scores = item["scores"] if isinstance(item.get("scores"), dict) else item
    answers = {name: _score(scores, name) for name in SCALES}
    group = _text(_first(item, GROUPS), clean_line, LONGEST_GROUP, "group")
    note = _text(_first(item, NOTES), clean_text, LONGEST_NOTE, "note")
    return {"day": day.isoformat(), "group": group, "note": note, **answers}


def _first(item: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _score(scores: Mapping[str, Any], name: str) -> int:
    value = scores.get(name)
    if isinstance(value, str) and len(value) <= LONGEST_NUMBER:
        digits = to_latin_digits(value).strip()
        value = int(digits) if digits.isdecimal() and digits.isascii() else None
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not LOWEST <= value <= HIGHEST:
        raise _BadRowError(name)
    return value


def _day(value: Any, today: dt.date) -> dt.date:
    """Return a day: ISO, with or without a time; of the solar calendar; or in milliseconds since 1970."""
    try:
        day = _moment(value) if isinstance(value, int) else _written(value)
    except (ValueError, OverflowError, OSError):
        day = None
    if day is None:
        raise _BadRowError("date")
    if day > today:
        raise _BadRowError("future")
    if day < FIRST_DAY:
        raise _BadRowError("old")
    return day


def _moment(value: int) -> dt.date | None:
    if isinstance(value, bool):
        return None
    return dt.datetime.fromtimestamp(value / 1_000, dt.UTC).date()


def _written(value: Any) -> dt.date | None:
    if not isinstance(value, str) or len(value) > LONGEST_DATE:
        return None
    text = to_latin_digits(value).strip().replace("/", "-")
    parts = text[:10].split("-")
    if len(parts) == len(("year", "month", "day")) and parts[0].isdecimal() and int(parts[0]) in SOLAR_YEARS:
        year, month, day = map(int, text.split("-"))
        return JalaliDate(year, month, day).to_gregorian()
    return dt.datetime.fromisoformat(text).date()


def _text(value: Any, clean: Any, longest: int, reason: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 4 * longest:
        raise _BadRowError(reason)
    try:
        text: str = clean(value)
    except UncleanText:
        raise _BadRowError(reason) from None
    if len(text) > longest:
        raise _BadRowError(reason)
    return text
