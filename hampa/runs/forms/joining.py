"""Taking part, with what is brought along; answering an offer."""

from __future__ import annotations

from hampa.platform.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.web.fields import BooleanField, IntegerField, SelectField, StringField, UUIDField
from hampa.platform.web.forms import Form
from hampa.runs.actions.joining import Brought
from hampa.runs.models.participation import GOING, INTERESTED, Participation
from hampa.runs.models.run import MOST_GUESTS

OFF = (False, "false", "0", "")


class JoinForm(Form):
    """Taking part: with a line for the organiser, a card, a pace group and guests if one likes."""

    status = SelectField(
        _l("Taking part"),
        lambda: [(GOING, _("I'm in")), (INTERESTED, _("Interested"))],
        default=GOING,
        required=False,
    )
    note = StringField(_l("A line for the organiser"), max=200, required=False)
    card_id = UUIDField(_l("Your card"), message=_l("Choose one of your own cards."), required=False)
    pace_group = UUIDField(_l("Your pace group"), message=_l("Choose one of the groups of this run."), required=False)
    guests = IntegerField(_l("Guests with you"), min=0, max=MOST_GUESTS, required=False)
    together_with_id = UUIDField(
        _l("Two places or none, together with"), message=_l("Choose one of your companions."), required=False
    )
    asks_take_at_once = BooleanField(false_values=OFF)
    take_at_once = BooleanField(_l("Take a place for me when one comes free"), false_values=OFF)

    @classmethod
    def of(cls, mine: Participation) -> JoinForm:
        """The form filled in with what was brought before."""
        brought = {name: getattr(mine, name) for name in ("note", "card_id", "guests", "together_with_id")}
        return cls(formdata=None, data={**brought, "pace_group": mine.pace_group_id, "take_at_once": mine.take_at_once})

    def brought(self) -> Brought:
        """What was said along with it; what the form did not ask stays as it is."""
        said: Brought = {}
        if self.note.raw_data:
            said["note"] = self.note.data
        if self.card_id.raw_data:
            said["card_id"] = self.card_id.data
        if self.pace_group.raw_data:
            said["pace_group_id"] = self.pace_group.data
        if self.guests.raw_data:
            said["guests"] = self.guests.data or 0
        if self.together_with_id.raw_data:
            said["together_with_id"] = self.together_with_id.data
        if self.asks_take_at_once.data:
            said["take_at_once"] = self.take_at_once.data
        return said

    @property
    def refusals(self) -> list[str]:
        """All that is wrong, in one list: the form is a button, mostly."""
        return [text for errors in self.errors.values() for text in errors]


class OfferForm(Form):
    """The answer to an offered place."""

    answer = SelectField(_l("Your answer"), lambda: [("take", _("Take it")), ("pass", _("Pass"))])


class LateForm(Form):
    """How late somebody will be; 0 means on time after all."""

    minutes = SelectField(
        _l("Minutes late"),
        lambda: [(str(minutes), ngettext("%(num)d min", "%(num)d min", minutes)) for minutes in (0, 5, 10, 20)],
    )
