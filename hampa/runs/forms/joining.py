"""Taking part, with what is brought along."""

from __future__ import annotations

import uuid

from hampa.platform.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import Input
from hampa.platform.web.forms import ChoiceField, Form, LineField
from hampa.runs.actions.joining import Brought
from hampa.runs.models.participation import GOING, INTERESTED, Participation


class CardField(Input):
    """The id of a runner card; whose it is, the action asks."""

    def read(self, typed: str) -> uuid.UUID:
        try:
            return uuid.UUID(typed)
        except ValueError:
            raise ValueError(_("Choose one of your own cards.")) from None


class JoinForm(Form):
    """Taking part, with a line for the organiser and a card brought along if one likes."""

    status = ChoiceField(
        _l("Taking part"),
        lambda: [(GOING, _("I'm in")), (INTERESTED, _("Interested"))],
        default=GOING,
        required=False,
    )
    note = LineField(_l("A line for the organiser"), max=200, required=False)
    card_id = CardField(_l("Your card"), required=False)

    @classmethod
    def of(cls, mine: Participation) -> JoinForm:
        """The form filled in with what was brought before."""
        return cls(formdata=None, data={"note": mine.note, "card_id": mine.card_id})

    def brought(self) -> Brought:
        """What was said along with it; what the form did not ask stays as it is."""
        said: Brought = {}
        if self.note.raw_data:
            said["note"] = self.note.data
        if self.card_id.raw_data:
            said["card_id"] = self.card_id.data
        return said

    @property
    def refusals(self) -> list[str]:
        """All that is wrong, in one list: the form is a button, mostly."""
        return [text for errors in self.errors.values() for text in errors]
