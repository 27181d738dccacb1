"""Forms of people who join a run."""

from __future__ import annotations

from typing import cast

from hampa.joining.actions import JoinDetails
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.web.fields import BooleanField, IntegerField, SelectField, StringField, UUIDField
from hampa.platform.web.forms import Form
from hampa.runs.models.participation import GOING, INTERESTED, Participation
from hampa.runs.models.run import MOST_GUESTS

FALSE_VALUES = (False, "false", "0", "")


class JoinForm(Form):
    """The form to join, with a line for the organiser, a card, a pace group and guests."""

    status = SelectField(
        _l("Taking part"), lambda: [(GOING, _("I'm in")), (INTERESTED, _("Interested"))], default=GOING, required=False
    )
    note = StringField(_l("A line for the organiser"), max=200, required=False)
    card_id = UUIDField(_l("Your card"), message=_l("Choose one of your own cards."), required=False)
    pace_group = UUIDField(_l("Your pace group"), message=_l("Choose one of the groups of this run."), required=False)
    guests = IntegerField(_l("Guests with you"), min=0, max=MOST_GUESTS, required=False)
    together_with_id = UUIDField(
        _l("Two places or none, together with"), message=_l("Choose one of your companions."), required=False
    )
    asks_take_at_once = BooleanField(false_values=FALSE_VALUES)
    take_at_once = BooleanField(_l("Take a place for me when one comes free"), false_values=FALSE_VALUES)

    @classmethod
    def of(cls, participation: Participation) -> JoinForm:
        """Return the form filled in with the details of a participation."""
        names = ("note", "card_id", "guests", "together_with_id", "take_at_once")
        data = {name: getattr(participation, name) for name in names}
        return cls(formdata=None, data={**data, "pace_group": participation.pace_group_id})

    def details(self) -> JoinDetails:
        """Return the details that were sent; the others stay as they are."""
        fields = {
            "note": self.note,
            "card_id": self.card_id,
            "pace_group_id": self.pace_group,
            "together_with_id": self.together_with_id,
        }
        details = cast(JoinDetails, {name: field.data for name, field in fields.items() if field.raw_data})
        if self.guests.raw_data:
            details["guests"] = self.guests.data or 0
        if self.asks_take_at_once.data:
            details["take_at_once"] = self.take_at_once.data
        return details

    @property
    def refusals(self) -> list[str]:
        """All errors in one list, for a form that is only a button."""
        return [text for errors in self.errors.values() for text in errors]


class OfferForm(Form):
    """The answer to an offered place."""

    answer = SelectField(_l("Your answer"), lambda: [("take", _("Take it")), ("pass", _("Pass"))])


class LateForm(Form):
    """The minutes by which a participant is late; 0 means on time after all."""

    minutes = SelectField(
        _l("Minutes late"),
        lambda: [(str(minutes), ngettext("%(num)d min", "%(num)d min", minutes)) for minutes in (0, 5, 10, 20)],
    )
