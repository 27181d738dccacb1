"""Forms of the settings of check-ins: for all crews, and for one."""

from typing import Any

from hampa.checkin_choices.models import NOBODY
from hampa.checkin_choices.queries import ASKING_WORDS
from hampa.checkins.forms import SHARING_WORDS
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, SelectField
from hampa.platform.web.forms import Form


class PreferencesForm(Form):
    """What a person chooses for all their check-ins."""

    sharing = SelectField(_l("A new check-in starts with"), lambda: list(SHARING_WORDS.items()))
    reminders = BooleanField(_l("Remind me of check-ins"))

    def values(self) -> dict[str, Any]:
        """Return the choices."""
        return {"sharing": self.sharing.data, "reminders": self.reminders.data}


class CrewChoicesForm(Form):
    """What a member chooses in one crew."""

    reminders = BooleanField(_l("Remind me in this crew"))
    asking = SelectField(
        _l("May organisers ask how I am, if my check-ins drop or stop?"),
        lambda: list(ASKING_WORDS.items()),
        default=NOBODY,
    )

    def values(self) -> dict[str, Any]:
        """Return the choices."""
        return {"reminders": self.reminders.data, "asking": self.asking.data}
