"""The form of one pace group, a row in the form of a run."""

from typing import Any

from hampa.plans.actions import PaceGroupPlan
from hampa.platform.ids import read_uuid
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import HiddenField, IntegerField, PaceField, SelectField, StringField
from hampa.platform.web.forms import TokenlessForm


class PaceGroupForm(TokenlessForm):
    """A pace group of a run; an empty form is none. `group_id` is that of a group that the run has already."""

    group_id = HiddenField()
    name = StringField(_l("Name of the group"), max=40, required=False)
    pace = PaceField(_l("Pace"), min=120, max=1200, required=False)
    leader = SelectField(_l("Who leads"), lambda: [("", "")], required=False)
    leader_was = HiddenField()
    size = IntegerField(_l("Places in the group"), min=1, max=10_000, required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a name and a pace if anything is filled in."""
        super().validate(extra_validators)
        for field in (self.name, self.pace):
            if self.is_filled and field.data in (None, "") and not field.errors:
                field.errors = [_("This can't be empty.")]
        return not self.errors

    @property
    def is_filled(self) -> bool:
        """Return whether a field has a value or an error."""
        hidden = (self.group_id, self.leader_was)
        return any(field.data not in (None, "") or field.errors for field in self if field not in hidden)

    def plan(self) -> PaceGroupPlan:
        """Return the pace group."""
        return PaceGroupPlan(
            id=read_uuid(self.group_id.data),
            name=self.name.data,
            pace=self.pace.data,
            leader_id=read_uuid(self.leader.data),
            size=self.size.data,
        )
