"""Forms of plans: the plan itself, invitations and milestones."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hampa.crews.queries.naming import told_apart
from hampa.people.queries import PersonSummary
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext
from hampa.platform.web.fields import DateField, SelectField, StringField, TextAreaField
from hampa.platform.web.forms import OnceForm
from hampa.training.models.plans import (
    ARCHIVED,
    COMPLETED,
    CONTRIBUTOR,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    MEMBERS,
    ON_HOLD,
    OWNER,
    PLANNED,
    PRIVATE,
    PUBLIC,
    STATUSES,
    UNDERWAY,
    VIEWER,
    VISIBILITIES,
)

STATUS_WORDS = {
    PLANNED: lazy_pgettext("plan", "Planned"),
    UNDERWAY: lazy_pgettext("plan", "Going on"),
    ON_HOLD: lazy_pgettext("plan", "On hold"),
    COMPLETED: lazy_pgettext("plan", "Done"),
    ARCHIVED: lazy_pgettext("plan", "Set aside"),
}
PLAN_CIRCLE_WORDS = {
    PRIVATE: lazy_pgettext("who sees", "Only me"),
    MEMBERS: lazy_pgettext("who sees", "Its members"),
    PUBLIC: lazy_pgettext("who sees", "Everybody who is signed in"),
}
ROLE_WORDS = {
    OWNER: lazy_pgettext("plan", "Created it"),
    CONTRIBUTOR: lazy_pgettext("plan", "Contributes"),
    VIEWER: lazy_pgettext("plan", "Only views"),
}


class PlanForm(OnceForm):
    """A plan."""

    name = StringField(_l("Plan name"), min=1, max=LONGEST_NAME)
    description = TextAreaField(_l("What it is for"), max=LONGEST_DESCRIPTION, required=False)
    deadline = DateField(_l("Until when"), required=False)
    status = SelectField(_l("How it stands"), lambda: [(one, STATUS_WORDS[one]) for one in STATUSES], default=UNDERWAY)
    visibility = SelectField(
        _l("Who sees it"), lambda: [(one, PLAN_CIRCLE_WORDS[one]) for one in VISIBILITIES], default=PRIVATE
    )

    def values(self) -> dict[str, Any]:
        """Return the columns of the plan."""
        texts = {name: self[name].data or "" for name in ("name", "description", "status", "visibility")}
        return texts | {"deadline": self.deadline.data}


class InviteForm(OnceForm):
    """Who is invited to a plan, and as what."""

    person = SelectField(_l("Whom"), [])
    role = SelectField(
        _l("As somebody who"), lambda: [(one, ROLE_WORDS[one]) for one in (CONTRIBUTOR, VIEWER)], default=CONTRIBUTOR
    )

    def offer(self, people: Sequence[PersonSummary]) -> None:
        """Offer people who may be invited."""
        self.person.set_choices([("", _("Choose somebody")), *told_apart(people)])

    @property
    def person_id(self) -> uuid.UUID:
        """Return the chosen person."""
        return uuid.UUID(self.person.data)


class MilestoneForm(OnceForm):
    """A step of a plan."""

    name = StringField(_l("Milestone"), min=1, max=LONGEST_NAME)
    due_on = DateField(_l("By the day"), required=False)
