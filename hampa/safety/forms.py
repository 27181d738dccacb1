"""Forms for watches and emergency contacts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.errors import Refused
from hampa.platform.locale import dates, i18n, phone
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.web.fields import PhoneField, SelectField, StringField
from hampa.platform.web.forms import Form, OnceForm
from hampa.platform.web.moments import TimeField
from hampa.runs.models.run import Run
from hampa.safety.actions import WatchPlan
from hampa.safety.models import MORE_MINUTES

AFTER_RUN = timedelta(minutes=30)
ALONE = timedelta(minutes=75)
STEP = timedelta(minutes=15)


class WatchForm(OnceForm):
    """A watch to be started."""

    expected_at = TimeField(_l("I'll be home by"))
    contact_name = StringField(_l("Who is waiting for you"), min=1, max=60)
    contact_phone = PhoneField(_l("Their mobile number"), autocomplete="off")
    place = StringField(_l("Where you run"), max=120, required=False)

    @classmethod
    def suggested(cls, run: Run | None, contact: tuple[str, str]) -> WatchForm:
        """Return the form with a likely time and the last contact (name and number)."""
        at = max(run.ends_at + AFTER_RUN, clock.now() + STEP) if run else clock.now() + ALONE
        rounded = datetime.fromtimestamp(-(-at.timestamp() // STEP.total_seconds()) * STEP.total_seconds(), UTC)
        name, number = contact
        shown = dates.to_local(rounded, run.timezone if run else None).time()
        # An emergency contact may have a landline, which gets no SMS.
        texted = number if number and phone.can_receive_sms(number, settings().sms_countries) else None
        return cls(data={"expected_at": shown, "contact_name": name, "contact_phone": texted})

    def plan(self, run: Run | None) -> WatchPlan:
        """Return the watch; its time is the first one of that clock time after now or the run's start."""
        return WatchPlan(
            expected_at=self._moment(run),
            contact_name=self.contact_name.data,
            contact_phone=self.contact_phone.data,
            run=run,
            place=run.place if run else self.place.data,
        )

    def _moment(self, run: Run | None) -> datetime:
        zone = run.zone if run else i18n.timezone()
        begins = max(clock.now(), run.starts_at) if run else clock.now()
        day = dates.to_local(begins, zone).date()
        try:
            at = dates.to_utc(day, self.expected_at.data, zone)
            return at if at > begins else dates.to_utc(day + timedelta(days=1), self.expected_at.data, zone)
        except dates.DateError as error:
            raise Refused(error.message, "expected_at") from None


class ContactForm(Form):
    """An emergency contact: both fields or neither."""

    emergency_name = StringField(_l("Their name"), max=60, required=False)
    emergency_phone = PhoneField(_l("Their phone number"), to_call=True, autocomplete="off", required=False)

    def validate(self, extra_validators: object = None) -> bool:
        """Refuse a name without a number, and a number without a name."""
        if not super().validate(extra_validators):
            return False
        missing = [field for field in (self.emergency_name, self.emergency_phone) if not field.data]
        if len(missing) != 1:
            return True
        missing[0].errors = [_("These belong together: fill in both, or leave both empty.")]
        return False


def _extensions() -> list[tuple[str, str]]:
    return [
        (str(minutes), ngettext("%(num)d more minute", "%(num)d more minutes", minutes)) for minutes in MORE_MINUTES
    ]


class MoreTimeForm(OnceForm):
    """The minutes by which a watch is extended."""

    minutes = SelectField(_l("More time"), _extensions)


class WordForm(OnceForm):
    """The answer to a link from an SMS: home, or minutes to extend the watch."""

    word = SelectField(_l("Your answer"), lambda: [("home", _("I'm home")), *_extensions()])
