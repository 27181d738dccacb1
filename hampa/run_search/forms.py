"""The form of the filters of lists of runs."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hampa.platform.geo.places import Place
from hampa.platform.locale import dates, i18n, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.texts import search
from hampa.platform.web import fields
from hampa.platform.web.list_filters import ListFilter, ListFilters, around_place, pace_in_words, quoted
from hampa.run_search.queries.filters import Filters
from hampa.run_search.queries.places import find_places
from hampa.runs.forms import COMPANY_WORDS, LEVEL_WORDS, TERRAIN_WORDS, choices_of
from hampa.runs.models.run import COMPANIES, LEVELS, TERRAINS

LAST_DAY = date(9000, 1, 1)
"""Days after this are later than every run and near the last day that Python has."""
PACE_WITHIN = 15
PACES_WITHIN = (5, 15, 30, 60)
"""Seconds, in the viewer's unit, by which a group may be quicker or slower than the pace."""
DISTANCES: dict[str, tuple[int | None, int | None]] = {
    "5": (None, 5),
    "10": (5, 10),
    "21": (10, 21),
    "long": (21, None),
}
"""Kilometres: more than the first and no more than the second."""


class RunFilters(ListFilters):
    """The filters of a list of runs; `from` and `to` are days, both included."""

    q = fields.StringField(_l("Search"), max=80, required=False)
    to = fields.DateField(_l("Until"), required=False)
    level = fields.SelectField(
        _l("Level"), lambda: [("", _("Any level")), *choices_of(LEVELS[1:], LEVEL_WORDS)], required=False
    )
    terrain = fields.SelectField(
        _l("Ground"), lambda: [("", _("Any ground")), *choices_of(TERRAINS, TERRAIN_WORDS)], required=False
    )
    distance = fields.SelectField(
        _l("Distance"),
        lambda: [("", _("Any distance")), *((key, _distance_range(*limits)) for key, limits in DISTANCES.items())],
        required=False,
    )
    pace = fields.PaceField(_l("Your pace"), min=120, max=1200, required=False)
    pace_within = fields.SelectField(
        _l("Give or take"), lambda: [(str(seconds), _tolerance(seconds)) for seconds in PACES_WITHIN], required=False
    )
    company = fields.SelectField(
        _l("Company"), lambda: [("", _("Any company")), *choices_of(COMPANIES, COMPANY_WORDS)], required=False
    )
    weekday = fields.SelectMultipleField(
        _l("Days of the week"), lambda: [(day, dates.weekday_name(day)) for day in dates.week()], required=False
    )
    has_room = fields.BooleanField(_l("Has room"), false_values=(False, "false", "0", ""))

    declared = (
        ListFilter("q", quoted),
        ListFilter("near", lambda form: around_place(form, form.radius), modifiers=("radius_km", "at")),
        ListFilter("from", lambda form: _("from %(date)s", date=_shown_day(form["from"].data)), further=True),
        ListFilter("to", lambda form: _("until %(date)s", date=_shown_day(form.to.data)), further=True),
        ListFilter("level"),
        ListFilter("terrain", further=True),
        ListFilter("distance", further=True),
        ListFilter("company", further=True),
        ListFilter("pace", lambda form: pace_in_words(form, "pace_within"), modifiers=("pace_within",), further=True),
        ListFilter("weekday", further=True),
        ListFilter("has_room"),
    )
    page_names = ("view", "month", "day", "whole")
    unset = Filters()
    lasting = ("q", "level", "terrain", "distance", "company", "weekday", "has_room")
    """The filters that mean the same to everybody on every day, as they are."""

    def filters(self, town: Place | None = None) -> Filters:
        """Return the valid filters as values; without a place, around the viewer's own town."""
        self.assume(town)
        chosen = self.chosen()
        first, last = chosen.get("from"), chosen.get("to")
        if first and last and last < first:
            self.to.errors = [_("This day is before the first one.")]
            last = None
        tolerance = int(chosen.get("pace_within") or PACE_WITHIN)
        self.pace_within.data = str(tolerance)
        pace, within = chosen.get("pace"), measures.pace_difference(tolerance)
        unknown = _("We don't know this place. Enter the name of a town or a meeting point.")
        return Filters(
            words=search.parse_search(chosen.get("q", "")),
            since=begin_of(first) if first else None,
            until=begin_of(min(last, LAST_DAY) + timedelta(days=1)) if last else None,
            near=self.find_place(find_places, unknown, self.radius),
            has_room=chosen.get("has_room", False),
            weekdays=tuple(dates.CODES.index(day) + 1 for day in chosen.get("weekday", ())),
            distances=DISTANCES.get(chosen.get("distance", "")),
            paces=(pace - within, pace + within) if pace else None,
            **{name: chosen.get(name, "") for name in ("level", "terrain", "company")},
        )

    @property
    def pace_asked(self) -> bool:
        """Return whether the list is of runs at a pace."""
        return bool(self.pace.data and not self.pace.errors)

    def lasting_query(self) -> dict[str, Any]:
        """Return the query string of this list for programs that ask for it for months: without days.

        It names the place by its degrees and the pace by the kilometre, so that it means the same to everybody.
        """
        fields = ((name, self[name]) for name in self.lasting)
        query = {name: field.data for name, field in fields if field.data and not field.errors}
        if self.place is not None:
            query |= {"near": self.place.query, "radius_km": self.radius}
        if self.pace_asked:
            minutes, seconds = divmod(self.pace.data, 60)
            query |= {"pace": f"{minutes}:{seconds:02}", "pace_within": self.pace_within.data}
        return {name: "1" if value is True else value for name, value in query.items()}


# The filter's name is promised, and a keyword of Python.
setattr(RunFilters, "from", fields.DateField(_l("From"), required=False))


def begin_of(day: date) -> datetime:
    """Return when a day begins for the viewer."""
    return datetime.combine(min(day, LAST_DAY), time.min, i18n.timezone()).astimezone(UTC)


def _shown_day(day: date) -> str:
    return dates.date(min(day, LAST_DAY))


def _tolerance(seconds: int) -> str:
    return _("± %(seconds)s s", seconds=i18n.number(seconds))


def _distance_range(least: int | None, most: int | None) -> str:
    if least is None:
        return _("up to %(most)s", most=measures.distance(most or 0))
    if most is None:
        return _("over %(least)s", least=measures.distance(least))
    return _("%(least)s to %(most)s", least=measures.distance(least), most=measures.distance(most))
