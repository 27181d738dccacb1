"""Forms about participants, for organisers."""

import uuid
from typing import Any

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, HiddenField, SelectField, StringField, UUIDField
from hampa.platform.web.forms import Form
from hampa.runs.forms import AnswerForm
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, WAITLISTED

STATUS_WORDS = {
    "INTERESTED": _l("Interested"),
    "REQUESTED": _l("Has asked"),
    "WAITLISTED": _l("Waiting"),
    "OFFERED": _l("Has been offered a place"),
    "GOING": _l("Going"),
    "COMPLETED": _l("Came"),
    "NO_SHOW": _l("Didn't show up"),
}


class RequestsForm(AnswerForm):
    """The answer to one request to join, a participation, or without one to all of them."""

    # The field's name is older than its value, the id of the participation: without it, all requests are answered, so
    # that a page that was opened before an upgrade has to send the same name.
    person = UUIDField(_l("Who"), message=_l("Choose one of the list."), required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse an invalid request, which must not mean all of them."""
        valid = bool(super().validate(extra_validators))
        if valid and self.person.raw_data and not self.person.data:
            self.person.errors = [_("Choose one of the list.")]
            valid = False
        return valid

    def chosen(self) -> list[uuid.UUID] | None:
        """Return the requests that are answered; None means all."""
        return [self.person.data] if self.person.data else None


class ParticipantForm(Form):
    """The status of a participant, set by an organiser; `seen` is the status when the page was opened."""

    seen = HiddenField()
    status = SelectField(
        _l("How they take part"),
        lambda: [(GOING, _("Comes")), (WAITLISTED, _("To do")), (INTERESTED, _("Interested")), (LEFT, _("Not coming"))],
    )
    note = StringField(_l("A line to them"), max=200, required=False)
    beyond = BooleanField(_l("Let them in beyond the number of places"))
