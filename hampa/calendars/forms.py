"""The form of the alarm in one's own calendar feed."""

from hampa.calendars.models import ALARMS
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import fields
from hampa.platform.web.forms import Form

ALARM_WORDS = {
    "none": _l("No reminder"),
    "30_minutes": _l("30 minutes before"),
    "1_hour": _l("1 hour before"),
    "2_hours": _l("2 hours before"),
    "evening": _l("At 20:00 the evening before"),
}


class AlarmForm(Form):
    """The alarm that the person wants in their calendar."""

    alarm = fields.SelectField(
        _l("Reminder in my calendar"), lambda: [(alarm, str(ALARM_WORDS[alarm])) for alarm in ALARMS]
    )
