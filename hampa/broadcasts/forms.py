"""The form of a message to people with duties."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from hampa.broadcasts.actions import BroadcastPlan
from hampa.broadcasts.models import ALL, DAY, LONGEST, MAIL, PUSH, ROLE, SHIFT, SMS
from hampa.duties.queries.shifts import parse_token, start_token
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import DateField, SelectField, SelectMultipleField, TextAreaField
from hampa.platform.web.forms import Form, OnceForm
from hampa.platform.web.moments import TimeField, check_moment, moment_of

AUDIENCE_WORDS = {
    SHIFT: _l("Those on duty in a shift"),
    DAY: _l("Those on duty on a day"),
    ROLE: _l("Those of a role"),
    ALL: _l("All volunteers"),
}
CHANNEL_WORDS = {PUSH: _l("Push"), SMS: _l("SMS"), MAIL: _l("Email")}
STATE_WORDS = {
    "draft": _l("Draft"),
    "scheduled": _l("Scheduled"),
    "sending": _l("Goes out"),
    "sent": _l("Sent"),
    "stopped": _l("Called off"),
}


class BroadcastTextForm(Form):
    """The text of a message."""

    text = TextAreaField(_l("Your message"), min=1, max=LONGEST)


class BroadcastForm(OnceForm):
    """A message, to whom it goes, by what besides the app, and when."""

    audience = SelectField(_l("To"), list(AUDIENCE_WORDS.items()), default=DAY)
    shift = SelectField(_l("Which shift"), [], required=False)
    day = DateField(_l("Which day"), required=False)
    schedule = SelectField(_l("Which role"), [], required=False)
    text = TextAreaField(_l("Your message"), min=1, max=LONGEST)
    channels = SelectMultipleField(
        _l("In addition to the app"), list(CHANNEL_WORDS.items()), default=[PUSH, MAIL], required=False
    )
    send_on = DateField(_l("Send on"), required=False)
    send_at = TimeField(_l("At"), required=False)

    def offer(self, schedules: Sequence[tuple[str, str]], shifts: Sequence[Any]) -> None:
        """Set the schedules and the shifts that can be chosen."""
        self.schedule.set_choices([("", _("Choose a role")), *schedules])
        when = cache(dates.when)  # most shifts of a day begin together
        times = [
            (
                shift_value(row.schedule_id, row.starts_at),
                _("%(duty)s, %(when)s", duty=row.name, when=when(row.begins_at, row.timezone)),
            )
            for row in shifts
        ]
        self.shift.set_choices([("", _("Choose a shift")), *times])

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, and that what the audience needs is chosen."""
        super().validate(extra_validators)
        needed = {SHIFT: self.shift, DAY: self.day, ROLE: self.schedule}.get(self.audience.data)
        if needed is not None and not needed.data and not needed.errors:
            needed.errors = [_("Choose this too.")]
        check_moment(self.send_on, self.send_at)
        return not self.errors

    def plan(self) -> BroadcastPlan:
        """Return the message; the time at which it goes out is on the viewer's clock."""
        audience = self.audience.data
        schedule_id, starts_at = read_shift(self.shift.data or "") if audience == SHIFT else (None, None)
        if audience == ROLE:
            schedule_id = uuid.UUID(self.schedule.data)
        return BroadcastPlan(
            text=self.text.data,
            audience=audience,
            channels=tuple(self.channels.data or ()),
            schedule_id=schedule_id,
            starts_at=starts_at,
            day=self.day.data if audience == DAY else None,
            send_at=moment_of(self.send_on, self.send_at),
        )


def shift_value(schedule_id: uuid.UUID, starts_at: datetime) -> str:
    """Return what names a shift in the form."""
    return f"{schedule_id}_{start_token(starts_at)}"


def read_shift(text: str) -> tuple[uuid.UUID | None, datetime | None]:
    """Return the schedule and the start that a value of the form names; None for both if it names none."""
    schedule, _sign, start = text.partition("_")
    try:
        return uuid.UUID(schedule), parse_token(start)
    except ValueError:
        return None, None
