"""What a runner says before going out, and the word they give on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.errors import Refused
from hampa.platform.locale import dates, i18n, phone
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.web.fields import PhoneField, SelectField, StringField, TimeField
from hampa.platform.web.forms import Form
from hampa.runs.models.run import Run
from hampa.safety.actions import WatchPlan
from hampa.safety.models import MORE_MINUTES

AFTER_RUN = timedelta(minutes=30)
ALONE = timedelta(minutes=75)
STEP = timedelta(minutes=15)


class WatchForm(Form):
    """When one expects to be home, and who is told when one is not."""

    expected_at = TimeField(_l("I'll be home by"))
    contact_name = StringField(_l("Who waits for you"), min=1, max=60)
    contact_phone = PhoneField(_l("Their mobile number"), autocomplete="off")
    place = StringField(_l("Where you run"), max=120, required=False)

    @classmethod
    def suggested(cls, run: Run | None, contact: tuple[str, str]) -> WatchForm:
        """The form with a likely time, and who was named the last time."""
        at = max(run.ends_at + AFTER_RUN, clock.now() + STEP) if run else clock.now() + ALONE
        rounded = datetime.fromtimestamp(-(-at.timestamp() // STEP.total_seconds()) * STEP.total_seconds(), UTC)
        name, number = contact
        shown = dates.local(rounded, run.timezone if run else None).time()
        # Whom to call in an emergency may have a telephone at home, which no SMS comes to.
        texted = number if number and phone.takes_sms(number, settings().sms_countries) else None
        return cls(data={"expected_at": shown, "contact_name": name, "contact_phone": texted})

    def plan(self, run: Run | None) -> WatchPlan:
        """What was said; the time is the first that clocks show so from now, or from the run's start, on."""
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
        day = dates.local(begins, zone).date()
        try:
            at = dates.moment(day, self.expected_at.data, zone)
            return at if at > begins else dates.moment(day + timedelta(days=1), self.expected_at.data, zone)
        except dates.DateError as error:
            raise Refused(error.message, "expected_at") from None


class ContactForm(Form):
    """Whom to call when something happens; both or neither."""

    emergency_name = StringField(_l("Their name"), max=60, required=False)
    emergency_phone = PhoneField(_l("Their phone number"), to_call=True, autocomplete="off", required=False)

    def validate(self, extra_validators: object = None) -> bool:
        """A name needs a number, and the other way round."""
        fine = bool(super().validate(extra_validators))
        for given, missing in (
            (self.emergency_name, self.emergency_phone),
            (self.emergency_phone, self.emergency_name),
        ):
            if fine and given.data and not missing.data:
                missing.errors = [_("This belongs to it: give both, or leave both empty.")]
                return False
        return fine


def _more() -> list[tuple[str, str]]:
    return [
        (str(minutes), ngettext("%(num)d more minute", "%(num)d more minutes", minutes)) for minutes in MORE_MINUTES
    ]


class MoreTimeForm(Form):
    """So many minutes longer."""

    minutes = SelectField(_l("More time"), _more)


class WordForm(Form):
    """The word that a link from an SMS asks for: home, or so many minutes more."""

    word = SelectField(_l("Your answer"), lambda: [("home", _("I'm home")), *_more()])
