"""Forms of duties: schedules, taking a shift, changing one, attendance."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hampa.duties.models import (
    ATTENDANCES,
    ATTENDED,
    BY_CODE,
    BY_OTHERS,
    BY_PLACE,
    BY_THEMSELVES,
    EXCUSED,
    FIRST_AID,
    LATE,
    LEADER,
    LEAST_WITHIN,
    LONGEST_MINUTES,
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_QUALIFICATION,
    LONGEST_TEXT,
    MARSHAL,
    MOST_HOURS,
    MOST_PEOPLE,
    MOST_WITHIN,
    NO_SHOW,
    OTHER,
    REMINDERS,
    SCANNER,
    SWEEP,
    TIMEKEEPER,
    USUAL_MINUTES,
    USUAL_OPENS,
    USUAL_WARNING,
    Schedule,
)
from hampa.duties.queries.certificates import is_too_far
from hampa.duties.queries.shifts import LONGEST_SPAN, MOST_SHIFTS, USUAL_LIMIT, USUAL_SPAN
from hampa.platform.locale import dates, i18n, zones
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.locale.recurrence import Rule
from hampa.platform.locale.shift_rules import FIRST_DAY, LAST_DAY, ShiftRule, read_cron
from hampa.platform.web.fields import (
    BooleanField,
    DateField,
    IntegerField,
    LatitudeField,
    LongitudeField,
    PhoneField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from hampa.platform.web.forms import Form, OnceForm, QueryForm, TokenlessForm
from hampa.platform.web.moments import TimeField, check_moment, moment_of

ROLE_WORDS = {
    LEADER: _l("Leader of the day"),
    MARSHAL: _l("Marshal"),
    TIMEKEEPER: _l("Timekeeper"),
    SCANNER: _l("Scanner"),
    SWEEP: _l("Sweep, the last one home"),
    FIRST_AID: _l("First aid"),
    OTHER: _l("Something else to do"),
}
ATTENDANCE_WORDS = {
    ATTENDED: _l("Was there"),
    LATE: _l("Was late"),
    EXCUSED: _l("Excused"),
    NO_SHOW: _l("Did not come"),
}
PROOF_WORDS = {
    BY_CODE: _l("shown by the code"),
    BY_PLACE: _l("shown by the place"),
    BY_THEMSELVES: _l("in their own words"),
    BY_OTHERS: _l("as a coordinator or leader says"),
}
"""How it is known how somebody's duty was attended."""
REMINDER_WORDS = {
    "": _l("Only the day before"),
    "30": _l("Half an hour before"),
    "60": _l("An hour before"),
    "180": _l("Three hours before"),
    "720": _l("Twelve hours before"),
    "2880": _l("Two days before"),
}
WEEKLY, BY_RULE = "weekly", "rule"
LONGEST_RULE = 200


class ScheduleForm(OnceForm):
    """A schedule: weekly on some days, or by an RRULE or a cron expression."""

    name = StringField(_l("Duty name"), min=1, max=LONGEST_NAME)
    role = SelectField(_l("The role"), list(ROLE_WORDS.items()), default=MARSHAL)
    repeats = SelectField(
        _l("How it repeats"),
        [(WEEKLY, _l("On days of the week")), (BY_RULE, _l("By a cron expression or an RRULE"))],
        default=WEEKLY,
    )
    days = SelectMultipleField(
        _l("Days"), lambda: [(day, dates.weekday_name(day)) for day in dates.week()], required=False
    )
    at = TimeField(_l("Time"), required=False)
    rule = StringField(_l("Expression"), max=LONGEST_RULE, required=False, render_kw={"dir": "ltr"})
    start_date = DateField(_l("First day"))
    end_date = DateField(_l("Last day"), required=False)
    duration_min = IntegerField(_l("Length of a shift in minutes"), min=1, max=LONGEST_MINUTES, default=USUAL_MINUTES)
    min_people = IntegerField(_l("People at least"), min=0, max=MOST_PEOPLE, default=1)
    max_people = IntegerField(_l("People at most"), min=1, max=MOST_PEOPLE, default=1)
    timezone = SelectField(_l("Time zone"), lambda: zones.by_area(i18n.get_locale_code()))
    instructions = TextAreaField(_l("What to do, and where"), max=LONGEST_TEXT, required=False)
    qualification = StringField(_l("Needs the qualification"), max=LONGEST_QUALIFICATION, required=False)
    opens_hours = IntegerField(
        _l("Can be taken from this many hours before"), min=1, max=MOST_HOURS, default=USUAL_OPENS
    )
    closes_hours = IntegerField(_l("Can be taken until this many hours before"), min=0, max=MOST_HOURS - 1, default=0)
    cancel_hours = IntegerField(_l("Can be cancelled until this many hours before"), min=0, max=MOST_HOURS, default=0)
    warn_hours = IntegerField(
        _l("Warn me of missing people this many hours before"), min=0, max=MOST_HOURS, default=USUAL_WARNING
    )

    latitude = LatitudeField(_l("Latitude"), required=False)
    longitude = LongitudeField(_l("Longitude"), required=False)
    within_m = IntegerField(_l("Who is there: within this many metres"), min=LEAST_WITHIN, max=MOST_WITHIN, default=150)

    @classmethod
    def of(cls, schedule: Schedule) -> ScheduleForm:
        """Return the form of a schedule."""
        form = cls(obj=schedule)
        if form.is_submitted():
            return form
        form.repeats.data = BY_RULE
        if not schedule.shift_rule.is_cron:
            rule = Rule.parse(schedule.rule, schedule.timezone)
            if rule.nth is None and rule.interval == 1 and rule.until is None and rule.count is None:
                form.repeats.data, form.days.data, form.rule.data = WEEKLY, list(rule.days), ""
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, and that they make shifts together."""
        super().validate(extra_validators)
        weekly = self.repeats.data == WEEKLY
        if weekly and not self.days.data:
            self.days.errors = [_("Choose at least one day.")]
        needs_time = weekly or "=" in (self.rule.data or "")
        if needs_time and self.at.data is None and not self.at.errors:
            self.at.errors = [_("At what time?")]
        if not weekly and not self.rule.errors:
            self.rule.errors = self._rule_errors()
        self._check_pairs()
        return not self.errors

    def _rule_errors(self) -> list[str]:
        text = self.rule.data or ""
        try:
            Rule.parse(text, self.timezone.data or "UTC") if "=" in text else read_cron(text)
        except (ValueError, KeyError):
            return [_("This can't be read. A cron expression has five fields, such as: 0 6 * * 5")]
        return []

    def _check_pairs(self) -> None:
        first, last = self.start_date.data, self.end_date.data
        for field in (self.start_date, self.end_date):
            if field.data and not field.errors and not FIRST_DAY <= field.data < LAST_DAY:
                field.errors = [_("This date is too far away.")]
        if first and last and last < first:
            self.end_date.errors = [_("This day is before the first one.")]
        fewest, most = self.min_people.data, self.max_people.data
        if fewest is not None and most is not None and fewest > most:
            self.max_people.errors = [_("This is below the minimum.")]
        if (self.latitude.data is None) != (self.longitude.data is None):
            missing = self.longitude if self.longitude.data is None else self.latitude
            missing.errors = missing.errors or [_("A pin needs both numbers, or none.")]
        opens, closes = self.opens_hours.data, self.closes_hours.data
        if opens is not None and closes is not None and closes >= opens:
            self.closes_hours.errors = [_("It would close before it opens.")]

    def shift_rule(self) -> ShiftRule:
        """Return the rule that was chosen, of a valid form."""
        if self.repeats.data == WEEKLY:
            days = tuple(day for day in dates.CODES if day in (self.days.data or []))
            text, at = Rule(days=days).text(self.timezone.data), self.at.data
        else:
            text = " ".join((self.rule.data or "").split())
            at = self.at.data if "=" in text else None
        return ShiftRule(text, at, self.timezone.data, self.start_date.data, self.end_date.data)

    def values(self) -> dict[str, Any]:
        """Return the columns of the schedule."""
        rule = self.shift_rule()
        names = "name role start_date end_date duration_min min_people max_people timezone instructions qualification"
        hours = "opens_hours closes_hours cancel_hours warn_hours latitude longitude within_m"
        values = {name: self[name].data for name in f"{names} {hours}".split()}
        texts = {name: values[name] or "" for name in ("instructions", "qualification")}
        return values | texts | {"rule": rule.text, "at": rule.at}


class ShiftsForm(QueryForm):
    """Which shifts a list shows: `from` and `to` are days, both included, `limit` is how many at most."""

    to = DateField(_l("Until"), required=False)
    limit = IntegerField(_l("How many at most"), min=1, max=MOST_SHIFTS, required=False)

    def span(self, now: datetime) -> tuple[datetime, datetime, int]:
        """Return from when to when the list goes, and how many shifts it has; by default four weeks from now."""
        chosen = self.chosen()
        first, last = chosen.get("from"), chosen.get("to")
        for field in (self["from"], self.to):
            if not field.errors:
                field.raw_data = None  # links have the days of computers, and people see them in their calendar
        if first and last and last < first:
            self.to.errors = [_("This day is before the first one.")]
            last = None
        latest = now + LONGEST_SPAN
        since = min(max(_begin_of(first), now), latest) if first else now
        until = _begin_of(min(last, LAST_DAY) + timedelta(days=1)) if last else since + USUAL_SPAN
        return since, max(since, min(until, latest)), chosen.get("limit") or USUAL_LIMIT


# The filter's name is promised, and a keyword of Python.
setattr(ShiftsForm, "from", DateField(_l("From"), required=False))


def _begin_of(day: date) -> datetime:
    local = datetime.combine(max(FIRST_DAY, min(day, LAST_DAY)), time.min, i18n.timezone())
    return local.astimezone(UTC)


class BookingForm(OnceForm):
    """Taking a place in a shift."""

    buddy_name = StringField(_l("Who is coming along?"), max=60, required=False)
    buddy_phone = PhoneField(_l("Their mobile number"), required=False)
    remind_min = SelectField(_l("Remind me"), list(REMINDER_WORDS.items()), default="", required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field; a number needs a name."""
        super().validate(extra_validators)
        if self.buddy_phone.data and not self.buddy_name.data and not self.buddy_name.errors:
            self.buddy_name.errors = [_("Enter their name too.")]
        return not self.errors

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        minutes = int(self.remind_min.data) if self.remind_min.data else None
        return {
            "buddy_name": self.buddy_name.data or "",
            "buddy_phone": self.buddy_phone.data or "",
            "remind_min": minutes if minutes in REMINDERS else None,
        }


class ShiftForm(Form):
    """What is different about one shift."""

    is_cancelled = BooleanField(_l("It is cancelled"))
    note = StringField(_l("Note to those who do it"), max=LONGEST_NOTE, required=False)
    moved_on = DateField(_l("Moved to"), required=False)
    moved_at = TimeField(_l("At"), required=False)

    zone: str | None = None
    """The zone of the schedule."""

    @property
    def moved_to(self) -> datetime | None:
        """The moment to which the shift is moved, None if it is not."""
        return moment_of(self.moved_on, self.moved_at, self.zone)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field; a day needs a time, and a time a day."""
        super().validate(extra_validators)
        check_moment(self.moved_on, self.moved_at, self.zone)
        return not self.errors


class AttendanceForm(Form):
    """How a duty was attended."""

    attendance = SelectField(_l("How was it?"), [(one, ATTENDANCE_WORDS[one]) for one in ATTENDANCES])


class HereForm(Form):
    """That one is at a shift: the code that is shown there, or where one is."""

    code = StringField(_l("Code"), max=300, required=False)
    latitude = LatitudeField(_l("Latitude"), required=False)
    longitude = LongitudeField(_l("Longitude"), required=False)

    @property
    def point(self) -> tuple[float, float] | None:
        """Return where one is, None unless both numbers are there."""
        has_both = self.latitude.data is not None and self.longitude.data is not None
        return (self.latitude.data, self.longitude.data) if has_both else None


class PeriodForm(TokenlessForm):
    """The days of a certificate."""

    first = DateField(_l("From"))
    last = DateField(_l("Until"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate both days, and their order."""
        super().validate(extra_validators)
        for field in (self.first, self.last):
            if field.data and is_too_far(field.data):
                field.errors = [_("This date is too far away.")]
        if not self.errors and self.last.data < self.first.data:
            self.last.errors = [_("This day is before the first one.")]
        return not self.errors


class OfferForm(Form):
    """To whom a duty is handed on, or for which it is swapped."""

    person = SelectField(_l("Give it to"), [], required=False)
    wanted = SelectField(_l("Swap it for"), [], required=False)


class SwapForm(OnceForm):
    """With whose duty that of somebody else is swapped, as a coordinator."""

    wanted = SelectField(_l("Swap it for"), [])


class PeopleForm(Form):
    """Who has a qualification, or is put into a shift."""

    people = SelectMultipleField(_l("People with the qualification"), [], required=False)

    @property
    def ids(self) -> list[uuid.UUID]:
        """Return the chosen people."""
        return [uuid.UUID(text) for text in self.people.data or []]
