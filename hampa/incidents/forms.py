"""The forms of reports, and the filters of their lists."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from hampa.incidents.actions import IncidentPlan
from hampa.incidents.models import (
    CATEGORIES,
    CONCERN,
    INCIDENT,
    INFORMATION,
    LONGEST_INVOLVED,
    LONGEST_PLACE,
    LONGEST_TEXT,
    MOST_PHOTOS,
    SEVERITIES,
)
from hampa.incidents.queries.listing import Filters
from hampa.platform import clock
from hampa.platform.geo.map_links import is_nowhere, nowhere_in_words
from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import fields
from hampa.platform.web.forms import Form, OnceForm
from hampa.platform.web.list_filters import ListFilter, ListFilters, chosen_label
from hampa.platform.web.moments import TimeField, check_moment
from hampa.platform.web.uploads import PICTURES, UploadField

MEGABYTES = 10
LAST_DAY = date(9000, 1, 1)
SEVERITY_WORDS = {INFORMATION: _l("Information"), CONCERN: _l("Concern"), INCIDENT: _l("Incident")}
CATEGORY_WORDS = dict(
    zip(CATEGORIES, (_l("Medical"), _l("Dispute"), _l("Safety of a person"), _l("Operations")), strict=True)
)


def severities() -> list[tuple[str, str]]:
    """Return the choices of a severity: its number with its word."""
    return [(str(severity), str(SEVERITY_WORDS[severity])) for severity in SEVERITIES]


def categories() -> list[tuple[str, str]]:
    """Return the choices of a category with their words."""
    return [(category, str(CATEGORY_WORDS[category])) for category in CATEGORIES]


class WordsForm(Form):
    """The words of a report."""

    text = fields.TextAreaField(_l("What happened?"), max=LONGEST_TEXT)
    place = fields.StringField(_l("Where?"), max=LONGEST_PLACE, required=False)
    involved = fields.StringField(_l("Who was in it, or saw it?"), max=LONGEST_INVOLVED, required=False)
    action_taken = fields.TextAreaField(_l("What was done about it?"), max=LONGEST_TEXT, required=False)

    def words(self) -> dict[str, str]:
        """Return the words by their names."""
        return {name: self[name].data or "" for name in ("text", "place", "involved", "action_taken")}


class IncidentForm(WordsForm, OnceForm):
    """A report; `day` and `at` are on the viewer's clock."""

    severity = fields.SelectField(_l("How serious is it?"), severities)
    category = fields.SelectField(_l("What is it about?"), categories)
    is_near_miss = fields.BooleanField(_l("Nothing happened, but it nearly did"))
    day = fields.DateField(_l("Day"))
    at = TimeField(_l("Time"))
    latitude = fields.LatitudeField(_l("Latitude"), required=False)
    longitude = fields.LongitudeField(_l("Longitude"), required=False)
    concerns_me = fields.BooleanField(_l("It happened to me"))
    photos = UploadField(_l("Photos"), megabytes=MEGABYTES, accept=PICTURES, most=MOST_PHOTOS)

    @classmethod
    def suggested(cls, place: str) -> "IncidentForm":
        """Return the form as of now, with the place of the run."""
        now = dates.to_local(clock.now())
        return cls(data={"day": now.date(), "at": now.time(), "place": place, "severity": str(INFORMATION)})

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether all fields are valid, the time exists, and a position has both numbers or none."""
        super().validate(extra_validators)
        check_moment(self.day, self.at)
        if not self.latitude.errors and not self.longitude.errors:
            missing = self.longitude if self.longitude.data is None else self.latitude
            if (self.latitude.data is None) != (self.longitude.data is None):
                missing.errors = [_("A pin needs both numbers, or none.")]
            elif self.latitude.data is not None and is_nowhere((self.latitude.data, self.longitude.data)):
                self.latitude.errors = [nowhere_in_words()]
        return not self.errors

    def plan(self) -> IncidentPlan:
        """Return the report."""
        return IncidentPlan(
            severity=int(self.severity.data),
            category=self.category.data,
            occurred_at=self._moment(),
            is_near_miss=bool(self.is_near_miss.data),
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            concerns_me=bool(self.concerns_me.data),
            **self.words(),
        )

    def _moment(self) -> datetime:
        return dates.to_utc(self.day.data, self.at.data, None)


class EntryForm(OnceForm):
    """What is added to a report."""

    text = fields.TextAreaField(_l("What is there to add?"), max=LONGEST_TEXT)


class MorePhotosForm(OnceForm):
    """Photos that are added to a report."""

    photos = UploadField(_l("Photos"), megabytes=MEGABYTES, accept=PICTURES, most=MOST_PHOTOS)

    def validate(self, extra_validators: object = None) -> bool:
        """Require at least one photo."""
        if super().validate(extra_validators) and not self.photos.data:
            self.photos.errors = [_("Choose a photo first.")]
        return not self.errors


class ConcernedForm(Form):
    """A person whom an incident concerns."""

    person_id = fields.UUIDField(_l("Person"), message=_l("Choose somebody from the list."))


class IncidentFilters(ListFilters):
    """The filters of a list of reports; `from` and `to` are days, both included."""

    q = fields.StringField(_l("Search"), max=80, required=False)
    severity = fields.SelectField(_l("How serious"), lambda: [("", _("Any severity")), *severities()], required=False)
    category = fields.SelectField(_l("About"), lambda: [("", _("Anything")), *categories()], required=False)
    to = fields.DateField(_l("Until"), required=False)
    near_miss = fields.BooleanField(_l("Near misses"), false_values=(False, "false", "0", ""))
    run = fields.UUIDField(_l("Run"), message=_l("This is not a run."), required=False)
    crew = fields.UUIDField(_l("Crew"), message=_l("This is not a crew."), required=False)
    schedule = fields.UUIDField(_l("Schedule"), message=_l("This is not a schedule."), required=False)
    archive = fields.BooleanField(_l("In the archive"), false_values=(False, "false", "0", ""))

    declared = (
        ListFilter("severity"),
        ListFilter("category"),
        ListFilter("near_miss"),
        ListFilter("run", lambda _form: _("Of one run")),
        ListFilter("crew", lambda _form: _("Of one crew")),
        ListFilter("schedule", lambda _form: _("Of one schedule")),
        ListFilter("from", lambda form: _("From %(day)s", day=_shown(form["from"].data))),
        ListFilter("to", lambda form: _("Until %(day)s", day=_shown(form.to.data))),
        ListFilter("archive", lambda form: chosen_label(form.archive)),
    )
    page_names = ("view",)

    def filters(self) -> Filters:
        """Return the valid filters as values."""
        chosen = self.chosen()
        since, until = chosen.get("from"), chosen.get("to")
        return Filters(
            severity=int(chosen["severity"]) if "severity" in chosen else None,
            category=chosen.get("category", ""),
            run_id=_id(chosen.get("run")),
            crew_id=_id(chosen.get("crew")),
            schedule_id=_id(chosen.get("schedule")),
            is_near_miss=bool(chosen.get("near_miss")),
            since=_begin_of(since) if since else None,
            until=_begin_of(min(until, LAST_DAY) + timedelta(days=1)) if until else None,
            archived=bool(chosen.get("archive")),
        )


# The filter's name is promised, and a keyword of Python.
setattr(IncidentFilters, "from", fields.DateField(_l("From"), required=False))


def _id(value: Any) -> uuid.UUID | None:
    return value if value is None or isinstance(value, uuid.UUID) else uuid.UUID(str(value))


def _begin_of(day: date) -> datetime:
    local = datetime.combine(min(day, LAST_DAY), datetime.min.time(), i18n.timezone())
    return local.astimezone(clock.now().tzinfo)


def _shown(day: date) -> str:
    return dates.date(min(day, LAST_DAY))
