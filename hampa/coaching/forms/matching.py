"""The form of the activity that was done for a session."""

import uuid
from collections.abc import Sequence

from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import SelectField
from hampa.platform.web.forms import Form
from hampa.training.forms.words import KIND_WORDS
from hampa.training.models.activities import Activity

NONE = "none"


class MatchForm(Form):
    """Which activity was done for a session, or none."""

    activity = SelectField(_l("What you did for it"), [])

    def offer(self, activities: Sequence[Activity]) -> None:
        """Offer activities around the day, and none of them."""
        options = [(str(one.id), activity_words(one)) for one in activities]
        self.activity.set_choices([(NONE, _("None of these")), *options])

    @property
    def activity_id(self) -> uuid.UUID | None:
        """Return the chosen activity, None for none."""
        return None if self.activity.data == NONE else uuid.UUID(self.activity.data)


def activity_words(one: Activity) -> str:
    """Return an activity in a few words."""
    much = measures.distance(one.distance_m / 1_000) if one.distance_m else measures.duration(one.duration_s / 60)
    return _("%(what)s, %(much)s, %(day)s", what=KIND_WORDS[one.kind], much=much, day=dates.day(one.day))
