"""The form of a message to people of the site."""

import uuid
from typing import Any

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import (
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from hampa.platform.web.forms import OnceForm, QueryForm
from hampa.platform.web.moments import TimeField, check_moment, moment_of
from hampa.site_messages import queries
from hampa.site_messages.actions import STATES
from hampa.site_messages.models import LONGEST, LONGEST_CITY, MAIL, MOST_DAYS, PUSH, SMS, SiteMessage

CHANNEL_WORDS = {PUSH: _l("Push"), SMS: _l("SMS"), MAIL: _l("Email")}
LOCALE_WORDS = {"fa": _l("Persian"), "en": _l("English")}


class SiteMessageFilters(QueryForm):
    """Which messages are listed."""

    state = SelectField(
        _l("State"), lambda: [("", _("All")), *((name, str(words)) for name, words in STATES.items())], required=False
    )


class SiteMessageForm(OnceForm):
    """A message, to whom it goes, by what besides the app, and when."""

    text = TextAreaField(_l("Your message"), min=1, max=LONGEST)
    locale = SelectField(
        _l("Language of the readers"), lambda: [("", _("All")), *((name, str(words)) for name, words in LOCALE_WORDS.items())],
        required=False,
    )  # fmt: skip
    city = StringField(_l("Town"), max=LONGEST_CITY, required=False)
    crew = StringField(_l("Crew"), max=80, required=False)
    active_days = IntegerField(_l("Active within days"), min=1, max=MOST_DAYS, required=False)
    channels = SelectMultipleField(
        _l("In addition to the app"), list(CHANNEL_WORDS.items()), default=[PUSH], required=False
    )
    send_on = DateField(_l("Send on"), required=False)
    send_at = TimeField(_l("At"), required=False)

    crew_id: uuid.UUID | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, that the crew is there, and that a day has a time."""
        super().validate(extra_validators)
        if self.crew.data and not self.crew.errors:
            self.crew_id = queries.crew_named(self.crew.data)
            if self.crew_id is None:
                self.crew.errors = [_("No open crew has this name. Write it as the crew does.")]
        check_moment(self.send_on, self.send_at)
        return not self.errors

    def message(self) -> SiteMessage:
        """Return the message; the time at which it goes out is on the operator's clock."""
        return SiteMessage(
            text=self.text.data,
            locale=self.locale.data or None,
            city=self.city.data or "",
            crew_id=self.crew_id,
            active_days=self.active_days.data,
            channels=list(self.channels.data or ()),
            send_at=moment_of(self.send_on, self.send_at),
        )
