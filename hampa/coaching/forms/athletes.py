"""Forms of athletes: the record, invitations, further coaches, what a coach may, and the filters of the roster."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hampa.coaching.forms.words import ATHLETE_STATUS_WORDS, COACH_ROLE_WORDS, RIGHT_WORDS
from hampa.coaching.models.athletes import (
    ACTIVE,
    ASSISTANT,
    FOLLOWER,
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_RACE,
    RIGHTS,
    STATUSES,
    USUAL_RIGHTS,
)
from hampa.coaching.queries.roster import ALL, ARCHIVE, RosterFilters
from hampa.crews.queries.naming import told_apart
from hampa.people.queries import PersonSummary
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext, pgettext
from hampa.platform.web.fields import (
    DateField,
    EmailField,
    PhoneField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    UUIDField,
    YearField,
)
from hampa.platform.web.forms import Form, OnceForm
from hampa.platform.web.list_filters import ListFilter, ListFilters

FIRST_BIRTH_YEAR, YOUNGEST_YEARS = 1900, 5


class AthleteForm(OnceForm):
    """What coaches keep of an athlete."""

    name = StringField(_l("Name"), min=1, max=LONGEST_NAME)
    phone = PhoneField(_l("Mobile number"), required=False)
    email = EmailField(_l("Email address"), required=False)
    birth_year = YearField(_l("Year of birth"), min=FIRST_BIRTH_YEAR, years_ago=YOUNGEST_YEARS, required=False)
    goal_race = StringField(_l("Goal race"), max=LONGEST_RACE, required=False)
    goal_race_on = DateField(_l("Day of the race"), required=False)
    note = TextAreaField(_l("Note for coaches"), max=LONGEST_NOTE, required=False)
    status = SelectField(
        lazy_pgettext("athlete", "Status"),
        lambda: [(one, ATHLETE_STATUS_WORDS[one]) for one in STATUSES],
        default=ACTIVE,
    )

    def values(self) -> dict[str, Any]:
        """Return the columns of the record."""
        values = {name: self[name].data or None for name in ("phone", "email", "birth_year", "goal_race_on")}
        return values | {name: self[name].data or "" for name in ("name", "goal_race", "note", "status")}


class InviteAthleteForm(OnceForm):
    """How an athlete is invited: by a number, else by a link."""

    phone = PhoneField(_l("Mobile number"), required=False)


class CoachForm(OnceForm):
    """Who coaches an athlete too, and as what."""

    person = SelectField(_l("Whom"), [])
    role = SelectField(
        _l("As somebody who"),
        lambda: [(one, COACH_ROLE_WORDS[one]) for one in (ASSISTANT, FOLLOWER)],
        default=ASSISTANT,
    )

    def offer(self, people: Sequence[PersonSummary]) -> None:
        """Offer people who may be added."""
        self.person.set_choices([("", _("Choose somebody")), *told_apart(people)])

    @property
    def person_id(self) -> uuid.UUID:
        """Return the chosen person."""
        return uuid.UUID(self.person.data)


class RightsForm(Form):
    """What an athlete lets a coach see and change."""

    rights = SelectMultipleField(
        _l("What they may"), lambda: [(one, RIGHT_WORDS[one]) for one in RIGHTS], required=False, default=USUAL_RIGHTS
    )


class RosterForm(ListFilters):
    """The filters of a roster."""

    q = StringField(_l("Search"), max=80, required=False)
    status = SelectField(
        lazy_pgettext("athlete", "Status"),
        lambda: [
            ("", ATHLETE_STATUS_WORDS[ACTIVE]),
            *((one, ATHLETE_STATUS_WORDS[one]) for one in STATUSES if one != ACTIVE),
            (ALL, pgettext("athletes", "All")),
            (ARCHIVE, pgettext("athletes", "Archive")),
        ],
        required=False,
    )
    coach = UUIDField(_l("Coach"), message=_l("This is not a person."), required=False)
    plan = UUIDField(_l("Plan"), message=_l("This is not a plan."), required=False)

    declared = (
        ListFilter("q", lambda form: form.q.data),
        ListFilter("status"),
        ListFilter("coach", lambda _form: _("Of one coach")),
        ListFilter("plan", lambda _form: _("Of one plan")),
    )
    unset = RosterFilters()

    def filters(self) -> RosterFilters:
        """Return the valid filters as values."""
        chosen = self.chosen()
        return RosterFilters(chosen.get("status") or "", chosen.get("coach"), chosen.get("plan"), chosen.get("q") or "")
