"""A time of day in a field, and a day and a time in two, which together are a moment on a clock."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from hampa.platform.locale import dates, time_words
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web.fields import DECIMAL, DateField, InputField


class TimeField(InputField):
    """A time of day, HH:MM."""

    attributes = DECIMAL
    format = staticmethod(dates.input_time)  # type: ignore[assignment]
    later: str = ""
    """The other time that an hour alone may mean, when that is asked; a box below the field sends it too."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Clean and convert the text, or what was ticked in its place, which comes after it."""
        self.raw_data = list(valuelist[-1:])
        super().process_formdata(self.raw_data)

    def coerce(self, text: str) -> dt.time:
        """Return the time; an hour alone that may be of the evening is asked about once, shown as it was read."""
        at = dates.parse_time(text)
        if question := time_words.question_about(dates.normalize(text), at):
            self.raw_data = [self.format(at)]
            self.later = self.format(at.replace(hour=at.hour + 12))
            raise ValueError(question)
        return at


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
