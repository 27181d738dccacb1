"""How well two cards go together: what counts, and the reason in words.

A score of 100 is made of the days they share (30), the time of day (20), how near their pins are (25), and how close
they are in pace (15) and in distance (10). Pins count as others may see them, to about 500 metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, case, cast, func, literal

from hampa.cards.models.card import TIMES_OF_DAY, Card
from hampa.platform.geo import gazetteer
from hampa.platform.geo.squares import haversine
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext, number, units

DAYS, TIME, NEARNESS, PACE, DISTANCE = 30, 20, 25, 15, 10
NEIGHBOURING = 0.5
"""What a neighbouring time of day counts of the same one."""
NEAR_KM, FAR_KM = 1.0, 15.0
"""Up to the first nearness counts in full, from the second on not at all."""
TOWN_KM = 8.0
"""How far apart two are taken to be at least when only the town of one is known."""
PACES_APART = 90
"""Seconds a kilometre from which pace counts nothing."""
A_MINUTE = 60
SAME_PACE = 5
CLOSE_METRES = 500

DAY_WORDS = {
    "mon": _l("Mondays"),
    "tue": _l("Tuesdays"),
    "wed": _l("Wednesdays"),
    "thu": _l("Thursdays"),
    "fri": _l("Fridays"),
    "sat": _l("Saturdays"),
    "sun": _l("Sundays"),
}
TIME_WORDS = {
    "dawn": _l("at dawn"),
    "morning": _l("in the morning"),
    "noon": _l("at noon"),
    "afternoon": _l("in the afternoon"),
    "evening": _l("in the evening"),
    "night": _l("at night"),
}


@dataclass(frozen=True, slots=True)
class Match:
    """How another card goes with one's own: `score` from 0 to 100, the days both have, their time of day and whether
    it is a little later (1) or earlier (-1), metres between the pins as shown (None without), seconds a kilometre they are quicker.
    """

    score: int
    days: tuple[str, ...]
    time_of_day: str
    later: int
    metres: int | None
    quicker: int

    @property
    def words(self) -> str:
        """The reason, for the reader."""
        when = f"{days_in_words(self.days)} {TIME_WORDS[self.time_of_day]}"
        if self.later:
            when = (
                _("%(when)s, a little later", when=when)
                if self.later > 0
                else _("%(when)s, a little earlier", when=when)
            )
        return _(", ").join(filter(None, (when, _apart(self.metres), _quicker(self.quicker))))


def match_of(own: Card, other: Any) -> Match:
    """What to say of a row with the columns of a card, and `score` and `km` besides."""
    pinned = own.latitude is not None and other.pinned
    later = TIMES_OF_DAY.index(other.time_of_day) - TIMES_OF_DAY.index(own.time_of_day)
    return Match(
        score=other.score,
        days=tuple(day for day in dates.week() if day in own.days and day in other.days),
        time_of_day=other.time_of_day,
        later=later if abs(later) == 1 else 0,
        metres=round(other.km * 1000) if pinned else None,
        quicker=own.pace - other.pace,
    )


def times_around(time_of_day: str) -> Sequence[str]:
    """A time of day and those beside it."""
    at = TIMES_OF_DAY.index(time_of_day)
    return TIMES_OF_DAY[max(0, at - 1) : at + 2]


def shared_days(own: Card, card: Any) -> ColumnElement[int]:
    """On how many days both run."""
    each = [cast(literal(day) == card.days.any_(), Integer) for day in own.days]
    return sum(each[1:], each[0])


def km_between(own: Card, card: Any) -> ColumnElement[float | None]:
    """Kilometres between the pins as shown, or the towns; NULL where either is unknown."""
    if own.spot_latitude is None or own.spot_longitude is None:
        return cast(literal(None), Float)
    angle = func.asin(func.sqrt(func.least(1.0, haversine(own.spot_latitude, own.spot_longitude, card))))
    return 2 * gazetteer.EARTH_KM * angle


def score_of(own: Card, card: Any) -> ColumnElement[int]:
    """How well another card goes with one's own."""
    least = func.least(len(own.days), func.cardinality(card.days))
    km = km_between(own, card)
    vague = case((km.is_not(None), func.greatest(km, TOWN_KM)))
    km = vague if own.latitude is None else case((card.latitude.is_(None), vague), else_=km)
    near = func.greatest(0.0, func.least(1.0, (FAR_KM - km) / (FAR_KM - NEAR_KM)))
    same_time = case(
        (card.time_of_day == own.time_of_day, 1.0),
        (card.time_of_day.in_(times_around(own.time_of_day)), NEIGHBOURING),
        else_=0.0,
    )
    pace = func.greatest(0.0, 1.0 - func.abs(card.pace - own.pace) / float(PACES_APART))
    length = func.least(card.distance_km, own.distance_km) / func.greatest(card.distance_km, own.distance_km)
    whole = (
        DAYS * cast(shared_days(own, card), Float) / least
        + TIME * same_time
        + NEARNESS * case((km.is_(None), 0.0), else_=near)
        + PACE * pace
        + DISTANCE * cast(length, Float)
    )
    return cast(func.round(whole), Integer)


def days_in_words(days: Sequence[str]) -> str:
    """“Tuesdays and Thursdays”; of many, how many there are."""
    if len(days) == 7:
        return _("Every day")
    if len(days) > 3:
        return ngettext("%(num)d day a week", "%(num)d days a week", len(days))
    words = [str(DAY_WORDS[day]) for day in days]
    if len(words) == 1:
        return words[0]
    return _("%(some)s and %(last)s", some=_(", ").join(words[:-1]), last=words[-1])


def _apart(metres: int | None) -> str:
    """How far from one another, as well as pins to 500 metres can say."""
    if metres is None:
        return ""
    if metres < CLOSE_METRES:
        return _("less than %(distance)s from you", distance=measures.height(CLOSE_METRES))
    if metres < 1000:
        return _("%(distance)s from you", distance=measures.height(round(metres, -2)))
    return _("%(distance)s from you", distance=measures.distance(round(metres / 1000, 1 if metres < 5000 else 0)))


def _quicker(seconds: int) -> str:
    """How the paces differ."""
    if abs(seconds) < SAME_PACE:
        return _("at your pace")
    per = round(abs(seconds) * measures.KM_PER_MILE) if units() == "miles" else abs(seconds)
    if per >= A_MINUTE:
        said = {"pace": measures.pace(abs(seconds)), "unit": measures.pace_unit()}
        return _("%(pace)s%(unit)s quicker", **said) if seconds > 0 else _("%(pace)s%(unit)s slower", **said)
    said = {"seconds": number(per), "unit": measures.pace_unit()}
    return _("%(seconds)s s%(unit)s quicker", **said) if seconds > 0 else _("%(seconds)s s%(unit)s slower", **said)
