"""What lists of runs are narrowed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hampa.platform import dates, i18n, measures, searching
from hampa.platform.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.places import Place, places_like
from hampa.platform.squares import Near
from hampa.platform.web.forms import (
    BooleanField,
    ChoiceField,
    DateField,
    LineField,
    ManyField,
    PaceField,
    QueryForm,
    WholeField,
)
from hampa.runs.forms.words import COMPANY_WORDS, LEVEL_WORDS, TERRAIN_WORDS, in_words
from hampa.runs.models.run import COMPANIES, LEVELS, TERRAINS
from hampa.runs.queries import places
from hampa.runs.queries.filtering import Filters

LAST_DAY = date(9000, 1, 1)
"""Days after this one are beyond every run, and near the end of what can be counted."""
RADIUS_KM = 10
PACE_WITHIN = 15
PACES_WITHIN = (5, 15, 30, 60)
"""Seconds, in the viewer's unit, that a group may be quicker or slower than asked."""
DISTANCES = {"5": (None, 5), "10": (5, 10), "21": (10, 21), "long": (21, None)}
"""Kilometres: more than the first, no more than the second."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A filter that is set: what it says, and the names that go to take it away."""

    words: str
    names: tuple[str, ...]


class RunFilters(QueryForm):
    """What the list of runs is narrowed to, in the query string; `from` and `to` are days, both included.

    `place` is where `near` was found to be, and `others` what else of this name there is.
    """

    q = LineField(_l("Search"), max=80, required=False)
    to = DateField(_l("Until"), required=False)
    near = LineField(_l("Near"), max=80, required=False)
    radius_km = WholeField(_l("Within kilometres"), min=1, max=200, required=False)
    level = ChoiceField(_l("Level"), lambda: [("", _("Any level")), *in_words(LEVELS[1:], LEVEL_WORDS)], required=False)
    terrain = ChoiceField(
        _l("Ground"), lambda: [("", _("Any ground")), *in_words(TERRAINS, TERRAIN_WORDS)], required=False
    )
    distance = ChoiceField(
        _l("Distance"),
        lambda: [("", _("Any distance")), *((key, _span(*span)) for key, span in DISTANCES.items())],
        required=False,
    )
    pace = PaceField(_l("Your pace"), min=120, max=1200, required=False)
    pace_within = ChoiceField(
        _l("Give or take"),
        lambda: [("", _away(PACE_WITHIN)), *((str(one), _away(one)) for one in PACES_WITHIN if one != PACE_WITHIN)],
        required=False,
    )
    company = ChoiceField(
        _l("Company"), lambda: [("", _("Any company")), *in_words(COMPANIES, COMPANY_WORDS)], required=False
    )
    weekday = ManyField(
        _l("Days of the week"), lambda: [(day, dates.weekday_name(day)) for day in dates.week()], required=False
    )
    has_room = BooleanField(_l("Has room"), false_values=(False, "false", "0", ""))

    place: Place | None = None
    others: tuple[Place, ...] = ()

    def filters(self) -> Filters:
        """What was asked for, without what can't be understood."""
        chosen = self.chosen()
        first, last = chosen.get("from"), chosen.get("to")
        if first and last and last < first:
            self.to.errors = [_("This day is before the first one.")]
            last = None
        least, most = DISTANCES.get(chosen.get("distance", ""), (None, None))
        pace, within = chosen.get("pace"), measures.pace_apart(int(chosen.get("pace_within") or PACE_WITHIN))
        return Filters(
            words=searching.asked(chosen.get("q", "")),
            since=begin_of(first) if first else None,
            until=begin_of(min(last, LAST_DAY) + timedelta(days=1)) if last else None,
            near=self._found(chosen.get("near", "")),
            level=chosen.get("level", ""),
            terrain=chosen.get("terrain", ""),
            company=chosen.get("company", ""),
            has_room=chosen.get("has_room", False),
            weekdays=tuple(dates.CODES.index(day) + 1 for day in chosen.get("weekday", ())),
            distances=(None if least is None else Decimal(least), None if most is None else Decimal(most)),
            paces=(pace - within, pace + within) if pace else None,
        )

    def _found(self, name: str) -> Near | None:
        """The circle around a place by its name, if it is known."""
        if not name:
            return None
        voice = i18n.get_locale_code(), i18n.timezone().key
        found = places.places_called(name, *voice)
        if not found:
            self.others = tuple(places_like(name, *voice))
            self.near.errors = [
                _("We don't know this place. Do you mean one of these?")
                if self.others
                else _("We don't know this place. Give a town's name, or a meeting point's.")
            ]
            return None
        self.place, *others = found
        self.others = tuple(others)
        return Near(self.place.latitude, self.place.longitude, self.radius)

    @property
    def radius(self) -> int:
        """Kilometres around the place."""
        return RADIUS_KM if self.radius_km.errors or not self.radius_km.data else int(self.radius_km.data)

    @property
    def asks(self) -> bool:
        """Whether anything is asked for, understood or not; how far from nowhere is no question."""
        return any(field.errors or field.data for name, field in self._fields.items() if name not in ALONE)

    @property
    def unfolds(self) -> bool:
        """Whether the further filters stand open: one of them is set, or wrong."""
        further = ("from", "to", "terrain", "distance", "pace", "company", "weekday")
        return bool(self.radius_km.errors) or any(self[name].errors or self[name].data for name in further)

    @property
    def settings(self) -> list[Setting]:
        """The filters that are set and understood, in words."""
        return list(self._settings())

    def _settings(self) -> Iterator[Setting]:
        if self.q.data and not self.q.errors:
            yield Setting(_("“%(words)s”", words=self.q.data), ("q",))
        if self.place is not None:
            around = measures.distance(self.radius)
            yield Setting(_("%(distance)s around %(place)s", distance=around, place=self.place.name), NEAR)
        first, last = self["from"], self.to
        if first.data and not first.errors:
            yield Setting(_("from %(date)s", date=dates.date(min(first.data, LAST_DAY))), ("from",))
        if last.data and not last.errors:
            yield Setting(_("until %(date)s", date=dates.date(min(last.data, LAST_DAY))), ("to",))
        for name in ("level", "terrain", "distance", "company"):
            if self[name].data and not self[name].errors:
                words = next(str(choice.label) for choice in self[name].choices if choice.value == self[name].data)
                yield Setting(words, (name,))
        if self.pace.data and not self.pace.errors:
            yield Setting(self._pace_in_words(), PACE)
        if self.weekday.data and not self.weekday.errors:
            days = _(", ").join(dates.weekday_name(day) for day in self.weekday.data)
            yield Setting(days, ("weekday",))
        if self.has_room.data:
            yield Setting(_("Has room"), ("has_room",))

    def _pace_in_words(self) -> str:
        away = next(
            str(choice.label) for choice in self.pace_within.choices if choice.value == (self.pace_within.data or "")
        )
        return f"{measures.pace(self.pace.data)} {measures.pace_unit()} {away}"


NEAR = ("near", "radius_km")
PACE = ("pace", "pace_within")
ALONE = {"radius_km", "pace_within"}
"""What asks for nothing without the field that it belongs to."""

# The filter's name is promised, and a word of Python's.
setattr(RunFilters, "from", DateField(_l("From"), required=False))


def begin_of(day: date) -> datetime:
    """When a day begins for the viewer."""
    return datetime.combine(min(day, LAST_DAY), time.min, i18n.timezone()).astimezone(UTC)


def _away(seconds: int) -> str:
    """Quicker or slower by so much, in words."""
    return _("± %(seconds)s s", seconds=i18n.number(seconds))


def _span(least: int | None, most: int | None) -> str:
    """Distances from one to another, in words."""
    if least is None:
        return _("up to %(most)s", most=measures.distance(most or 0))
    if most is None:
        return _("over %(least)s", least=measures.distance(least))
    return _("%(least)s to %(most)s", least=measures.distance(least), most=measures.distance(most))
