"""Forms of activities and of the timer."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import digits, gettext as _, lazy_gettext as _l, number
from hampa.platform.texts.cleaning import to_latin_digits
from hampa.platform.web.fields import (
    DECIMAL,
    BooleanField,
    DateField,
    FloatField,
    InputField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    UUIDField,
)
from hampa.platform.web.forms import Form, OnceForm
from hampa.platform.web.list_filters import ListFilter, ListFilters
from hampa.platform.web.moments import TimeField, check_moment
from hampa.training.forms.words import FEELING_WORDS, KIND_WORDS, VISIBILITY_WORDS
from hampa.training.models.activities import (
    CIRCLES,
    FEELINGS,
    KINDS,
    LEAST_EFFORT,
    LONGEST,
    LONGEST_NOTE,
    ME,
    MOST_CLIMB,
    MOST_EFFORT,
    RUN,
    VISIBILITIES,
    Activity,
)
from hampa.training.models.gear import USUAL
from hampa.training.queries.activities import Filters, OwnRun

LAST_DAY = dt.date(9000, 1, 1)
AFTER_MINUTES = (15, 30, 45, 60, 90, 120, 180, 240)
"""Minutes after its start at which a timer that was forgotten may have been over."""


class DurationField(InputField):
    """A length of time in seconds, typed as h:mm:ss or mm:ss; a number alone is minutes."""

    attributes: ClassVar = DECIMAL
    longest_s: ClassVar[int] = int(LONGEST.total_seconds())
    format = staticmethod(measures.full_time)  # type: ignore[assignment]

    def coerce(self, text: str) -> int:
        """Return the seconds."""
        written = re.sub("[.,٫]", ":", to_latin_digits(text))
        match = re.fullmatch(r"(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])|([0-9]{1,4})", written)
        example = digits("1:05:30")
        if match is None or (match[1] and int(match[2]) > 59):
            raise ValueError(_("Enter hours, minutes and seconds, such as %(example)s.", example=example))
        seconds = int(match[4]) * 60 if match[4] else int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3])
        if seconds > self.longest_s:
            raise ValueError(_("An activity lasts 48 hours at most. Log it as two."))
        if seconds < (self.min or 0):
            raise ValueError(_("How long was it?"))
        return seconds


class DistanceField(FloatField):
    """A distance in kilometres, to ten metres."""

    places: ClassVar[int] = 2


def _kinds() -> list[tuple[str, Any]]:
    return [(kind, KIND_WORDS[kind]) for kind in KINDS]


def _efforts() -> list[tuple[str, str]]:
    return [("", _("Not said")), *((str(effort), number(effort)) for effort in range(LEAST_EFFORT, MOST_EFFORT + 1))]


def _feelings() -> list[tuple[str, Any]]:
    return [("", _("Not said")), *((one, FEELING_WORDS[one]) for one in FEELINGS)]


def _circles() -> list[tuple[str, Any]]:
    return [(one, VISIBILITY_WORDS[one]) for one in VISIBILITIES]


class CirclesForm(Form):
    """Who sees new activities, their lines and their pulse."""

    visibility = SelectField(_l("Who sees your activities"), _circles, default=ME)
    map_visibility = SelectField(_l("Who sees them on the map"), _circles, default=ME)
    heart_visibility = SelectField(_l("Who sees your pulse"), _circles, default=ME)
    so_far = BooleanField(_l("Also for everything I have logged so far"))

    @property
    def circles(self) -> dict[str, str]:
        """Return the choices by column."""
        return {name: self[name].data for name in CIRCLES}


class ActivityForm(OnceForm):
    """What somebody did: when it began, how long it went without breaks, and what else they would like to keep."""

    kind = SelectField(_l("What was it?"), _kinds, default=RUN)
    day = DateField(_l("Day"))
    at = TimeField(_l("It began at"))
    duration = DurationField(_l("Duration"), min=1)
    breaks = DurationField(_l("Breaks"), required=False)
    distance_km = DistanceField(_l("Distance in kilometres"), min=0.01, max=1_000, required=False)
    climb_m = IntegerField(_l("Climb in metres"), min=0, max=MOST_CLIMB, required=False)
    effort = SelectField(_l("Effort"), _efforts, default="", required=False)
    feeling = SelectField(_l("How did it feel?"), _feelings, default="", required=False)
    note = TextAreaField(_l("Note"), max=LONGEST_NOTE, required=False)
    plan_id = SelectField(_l("For the plan"), [], required=False)
    gear_id = SelectField(_l("With which gear"), [], default=USUAL, required=False)
    run_id = SelectField(_l("It belongs to the run"), [], required=False)
    visibility = SelectField(_l("Who sees it"), _circles, default=ME)
    map_visibility = SelectField(_l("Who sees it on the map"), _circles, default=ME, required=False)
    heart_visibility = SelectField(_l("Who sees the pulse"), _circles, default=ME, required=False)

    zone: str = ""

    @classmethod
    def of(cls, activity: Activity, **more: Any) -> ActivityForm:
        """Return the form of an activity, on the clock where it was."""
        local = dates.to_local(activity.started_at, activity.timezone)
        shown = {name: getattr(activity, name) for name in ("kind", "climb_m", "feeling", "note", *CIRCLES)}
        form = cls(
            **shown,
            day=local.date(),
            at=local.time().replace(second=0, microsecond=0),
            duration=activity.duration_s,
            breaks=activity.breaks_s or None,
            distance_km=activity.distance_m / 1_000 if activity.distance_m else None,
            effort=str(activity.effort) if activity.effort else "",
            run_id=str(activity.run_id) if activity.run_id else None,
            plan_id=str(activity.plan_id) if activity.plan_id else None,
            gear_id=str(activity.gear_id) if activity.gear_id else "",
            **more,
        )
        form.zone = activity.timezone
        return form

    def offer_runs(self, runs: Sequence[OwnRun], chosen: tuple[uuid.UUID, str] | None = None) -> None:
        """Offer runs at which the person was; the one that is `chosen` already stays among them."""
        offered = {str(run.id): f"{run.title} · {dates.date(run.starts_at, run.timezone)}" for run in runs}
        if chosen is not None:
            offered.setdefault(str(chosen[0]), chosen[1])
        self.run_id.set_choices([("", _("None")), *offered.items()])

    def offer_plans(self, plans: Sequence[tuple[uuid.UUID, str]], chosen: tuple[uuid.UUID, str] | None = None) -> None:
        """Offer plans on which the person logs; the one that is `chosen` already stays among them."""
        offered = {str(plan_id): name for plan_id, name in plans}
        if chosen is not None:
            offered.setdefault(str(chosen[0]), chosen[1])
        self.plan_id.set_choices([("", _("None")), *offered.items()])

    def offer_gear(self, gear: Sequence[tuple[uuid.UUID, str]], chosen: tuple[uuid.UUID, str] | None = None) -> None:
        """Offer gear in use, and that for the kind to choose itself; the one that is `chosen` already stays among them."""
        offered = {str(gear_id): name for gear_id, name in gear}
        if chosen is not None:
            offered.setdefault(str(chosen[0]), chosen[1])
        usual = [(USUAL, _("The usual one"))]
        self.gear_id.set_choices([*usual, ("", _("None")), *offered.items()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, and that the beginning is a time of that day."""
        super().validate(extra_validators)
        check_moment(self.day, self.at, self.zone)
        return not self.errors

    def values(self) -> dict[str, Any]:
        """Return the columns of the activity."""
        started_at = dates.to_utc(self.day.data, self.at.data, self.zone)
        length = timedelta(seconds=self.duration.data + (self.breaks.data or 0))
        values = {name: self[name].data or "" for name in ("kind", "feeling", "note")}
        return values | {
            **{name: self[name].data or ME for name in CIRCLES},
            "started_at": started_at,
            "ended_at": started_at + length,
            "duration_s": self.duration.data,
            "distance_m": round(self.distance_km.data * 1_000) if self.distance_km.data else None,
            "climb_m": self.climb_m.data,
            "effort": int(self.effort.data) if self.effort.data else None,
            "run_id": uuid.UUID(self.run_id.data) if self.run_id.data else None,
            "plan_id": uuid.UUID(self.plan_id.data) if self.plan_id.data else None,
            "gear_id": USUAL
            if self.gear_id.data == USUAL
            else uuid.UUID(self.gear_id.data)
            if self.gear_id.data
            else None,
        }

    def values_for(self, activity: Activity) -> dict[str, Any]:
        """Return the columns for a change; a beginning that was not touched keeps its seconds."""
        values = self.values()
        before = activity.started_at
        if values["started_at"] == before.replace(second=0, microsecond=0):
            values["ended_at"] += before - values["started_at"]
            values["started_at"] = before
        return values


class TimerForm(Form):
    """What the timer is started for."""

    kind = SelectField(_l("What do you do?"), _kinds, default=RUN)


class StopForm(Form):
    """When it was over, for who forgot to stop the timer."""

    after = SelectField(
        _l("It was over after"),
        lambda: [("", _("It is over now")), *((str(one), measures.duration(one)) for one in AFTER_MINUTES)],
        required=False,
    )

    @property
    def length(self) -> timedelta | None:
        """Return how long after its start it was over; None for now."""
        return timedelta(minutes=int(self.after.data)) if self.after.data else None


class TrimForm(Form):
    """How long an activity lasted, whose timer ran on."""

    duration = DurationField(_l("It lasted"), min=1)


class ActivityFilters(ListFilters):
    """The filters of the list of activities; `from` and `to` are days, both included."""

    q = StringField(_l("Search"), max=80, required=False)
    kind = SelectField(_l("What"), lambda: [("", _("Anything")), *_kinds()], required=False)
    to = DateField(_l("Until"), required=False)
    plan = UUIDField(_l("Plan"), message=_l("This is not a plan."), required=False)

    declared = (
        ListFilter("kind"),
        ListFilter("plan", lambda _form: _("Of one plan")),
        ListFilter("from", lambda form: _("from %(date)s", date=_shown(form["from"].data))),
        ListFilter("to", lambda form: _("until %(date)s", date=_shown(form.to.data))),
    )
    unset = Filters()

    def filters(self) -> Filters:
        """Return the valid filters as values."""
        chosen = self.chosen()
        since, until = chosen.get("from"), chosen.get("to")
        if since and until and until < since:
            self.to.errors = [_("This day is before the first one.")]
            until = None
        return Filters(kind=chosen.get("kind", ""), since=since, until=until, plan_id=chosen.get("plan"))


# The filter's name is promised, and a keyword of Python.
setattr(ActivityFilters, "from", DateField(_l("From"), required=False))


def _shown(day: dt.date) -> str:
    return dates.date(min(day, LAST_DAY))
