"""Scores of how well two cards match, and the reason in words.

A score of 100 is the sum of shared days (30), time of day (20), nearness of the pins (25), closeness in pace (15) and
in distance (10). Pins count as others may see them, to about 500 metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Float, Integer, Text, case, cast, func, literal, type_coerce

from hampa.cards.models import TIMES_OF_DAY
from hampa.platform.geo import gazetteer
from hampa.platform.geo.squares import haversine
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext, number, units

DAYS, TIME, NEARNESS, PACE, DISTANCE = 30, 20, 25, 15, 10
NEIGHBOURING = 0.5
"""The share of `TIME` that a neighbouring time of day is worth."""
NEAR_KM, FAR_KM = 1.0, 15.0
"""Nearness counts in full up to the first distance, and not at all from the second on."""
TOWN_KM = 8.0
"""The least distance that is assumed when only the town of one of the two is known."""
PACES_APART = 90
"""The difference of paces (seconds a kilometre) from which pace counts nothing."""
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
    """How another card matches one's own.

    `score` is from 0 to 100, `days` are the shared ones, `later` is 1 if the other's time of day is the next one, -1 if
    it is the one before, `metres` is between the pins as shown (None without), `quicker` is in seconds a kilometre.
    """

    score: int
    days: tuple[str, ...]
    time_of_day: str
    later: int
    metres: int | None
    quicker: int

    @property
    def words(self) -> str:
        """The reason in the reader's language."""
        when = f"{days_in_words(self.days)} {TIME_WORDS[self.time_of_day]}"
        if self.later > 0:
            when = _("%(when)s, a little later", when=when)
        elif self.later < 0:
            when = _("%(when)s, a little earlier", when=when)
        return _(", ").join(filter(None, (when, _distance_in_words(self.metres), _pace_in_words(self.quicker))))


def match_of(own_card: Any, other: Any) -> Match:
    """Return the match of a row with the columns of a card, `score`, `km` and `has_pin`."""
    later = TIMES_OF_DAY.index(other.time_of_day) - TIMES_OF_DAY.index(own_card.time_of_day)
    return Match(
        score=other.score,
        days=tuple(day for day in dates.week() if day in own_card.days and day in other.days),
        time_of_day=other.time_of_day,
        later=later if abs(later) == 1 else 0,
        metres=round(other.km * 1000) if own_card.latitude is not None and other.has_pin else None,
        quicker=own_card.pace - other.pace,
    )


def times_around(time_of_day: str) -> Sequence[str]:
    """Return a time of day and the neighbouring ones."""
    index = TIMES_OF_DAY.index(time_of_day)
    return TIMES_OF_DAY[max(0, index - 1) : index + 2]


def shared_days(own_card: Any, card: Any) -> ColumnElement[int]:
    """Return the number of days on which both run; the own card is a `Card`, or the parameters of one."""
    first, *others = (cast(type_coerce(day, Text) == card.days.any_(), Integer) for day in own_card.days)
    return sum(others, first)


def km_between(own_card: Any, card: Any) -> ColumnElement[float | None]:
    """Return the kilometres between the pins as shown, or the towns; NULL where either is unknown."""
    if own_card.spot_latitude is None or own_card.spot_longitude is None:
        return cast(literal(None), Float)
    angle = func.asin(func.sqrt(func.least(1.0, haversine(own_card.spot_latitude, own_card.spot_longitude, card))))
    return 2 * gazetteer.EARTH_KM * angle


def score_of(own_card: Any, card: Any, km: Any) -> ColumnElement[int]:
    """Return the score of another card that is so many `km` away, from 0 to 100.

    The own card is a `Card`, or the parameters of one.
    """
    fewer_days = func.least(len(own_card.days), func.cardinality(card.days))
    vague = case((km.is_not(None), func.greatest(km, TOWN_KM)))
    km = vague if own_card.latitude is None else case((card.latitude.is_(None), vague), else_=km)
    nearness = func.greatest(0.0, func.least(1.0, (FAR_KM - km) / (FAR_KM - NEAR_KM)))
    apart = func.abs(_place_in_day(card.time_of_day) - _place_in_day(own_card.time_of_day))
    same_time = case((apart == 0, 1.0), (apart == 1, NEIGHBOURING), else_=0.0)
    pace = func.greatest(0.0, 1.0 - func.abs(card.pace - own_card.pace) / float(PACES_APART))
    distance = func.least(card.distance_km, own_card.distance_km) / func.greatest(
        card.distance_km, own_card.distance_km
    )
    total = (
        DAYS * cast(shared_days(own_card, card), Float) / fewer_days
        + TIME * same_time
        + NEARNESS * case((km.is_(None), 0.0), else_=nearness)
        + PACE * pace
        + DISTANCE * cast(distance, Float)
    )
    return cast(func.round(total), Integer)


def _place_in_day(time_of_day: Any) -> ColumnElement[int]:
    return func.array_position(literal(TIMES_OF_DAY, ARRAY(Text)), type_coerce(time_of_day, Text), type_=Integer)


def days_in_words(days: Sequence[str]) -> str:
    """Return “Tuesdays and Thursdays”, or for more than three days their number."""
    if len(days) == 7:
        return _("Every day")
    if len(days) > 3:
        return ngettext("%(num)d day a week", "%(num)d days a week", len(days))
    words = [str(DAY_WORDS[day]) for day in days]
    if len(words) == 1:
        return words[0]
    return _("%(some)s and %(last)s", some=_(", ").join(words[:-1]), last=words[-1])


def _distance_in_words(metres: int | None) -> str:
    """Return the distance as exactly as pins to 500 metres allow."""
    if metres is None:
        return ""
    if metres < CLOSE_METRES:
        return _("less than %(distance)s from you", distance=measures.height(CLOSE_METRES))
    if metres < 1000:
        return _("%(distance)s from you", distance=measures.height(round(metres, -2)))
    return _("%(distance)s from you", distance=measures.distance(round(metres / 1000, 1 if metres < 5000 else 0)))


def _pace_in_words(quicker: int) -> str:
    if abs(quicker) < SAME_PACE:
        return _("at your pace")
    seconds = round(abs(quicker) * measures.KM_PER_MILE) if units() == "miles" else abs(quicker)
    if seconds >= A_MINUTE:
        words = {"pace": measures.pace(abs(quicker)), "unit": measures.pace_unit()}
        return _("%(pace)s%(unit)s faster", **words) if quicker > 0 else _("%(pace)s%(unit)s slower", **words)
    words = {"seconds": number(seconds), "unit": measures.pace_unit()}
    return _("%(seconds)s s%(unit)s faster", **words) if quicker > 0 else _("%(seconds)s s%(unit)s slower", **words)
