"""A day and a time of day in two fields, which together are a moment on a clock."""

import datetime as dt

from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web.fields import DateField, TimeField


def moment_of(day: DateField, at: TimeField, zone: dates.Zone = None) -> dt.datetime | None:
    """Return the moment (in UTC) of two valid fields, None without a day; the clock is by default the viewer's."""
    return dates.to_utc(day.data, at.data, zone) if day.data and at.data is not None else None


def check_moment(day: DateField, at: TimeField, zone: dates.Zone = None) -> None:
    """Add an error for a day without a time, a time without a day, and a time that clocks skip on that day."""
    if day.errors or at.errors:
        return
    if day.data and at.data is None:
        at.errors = [_("At what time?")]
    elif at.data is not None and not day.data:
        day.errors = [_("On what day?")]
    else:
        try:
            moment_of(day, at, zone)
        except dates.DateError as error:
            at.errors = [error.message]
