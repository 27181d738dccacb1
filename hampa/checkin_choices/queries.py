"""What a person chose about check-ins, and who wants reminders."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select

from hampa.checkin_choices.models import ASKING, NOBODY, CheckInChoices, CheckInPreferences
from hampa.people.models import Person
from hampa.platform.db import columns_of, loaded
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once

ASKING_WORDS = dict(
    zip(
        ASKING,
        (
            _l("No"),
            _l("Yes, if what I share with the crew suggests it"),
            _l("Yes, and look at what I keep to myself too"),
        ),
        strict=True,
    )
)


def choices_of(person: Person, crew_id: uuid.UUID) -> CheckInChoices:
    """Return what a member chose in a crew, or the defaults (a row that is not stored)."""
    row = _choices(person.id, crew_id).one_or_none()
    return CheckInChoices(reminders=True, asking=ASKING[0]) if row is None else loaded(CheckInChoices, row)


@built_once
def _choices(person_id: uuid.UUID, crew_id: uuid.UUID) -> Any:
    is_theirs = CheckInChoices.person_id == person_id, CheckInChoices.crew_id == crew_id
    return select(*columns_of(CheckInChoices)).where(*is_theirs)


def preferences_of(person: Person) -> CheckInPreferences:
    """Return what a person chose for all their check-ins, or the defaults (a row that is not stored)."""
    row = _preferences(person.id).one_or_none()
    return CheckInPreferences(reminders=True, sharing="private") if row is None else loaded(CheckInPreferences, row)


@built_once
def _preferences(person_id: uuid.UUID) -> Any:
    return select(*columns_of(CheckInPreferences)).where(CheckInPreferences.person_id == person_id)


def defaults_of(person: Person, crew_id: uuid.UUID) -> tuple[str, str]:
    """Return with what sharing a new check-in of a member begins, and whether organisers may ask after them."""
    sharing, asking = _defaults(person.id, crew_id).one()
    return sharing, asking


@built_once
def _defaults(person_id: uuid.UUID, crew_id: uuid.UUID) -> Any:
    sharing = select(CheckInPreferences.sharing).where(CheckInPreferences.person_id == person_id).scalar_subquery()
    chosen = (CheckInChoices.person_id == person_id) & (CheckInChoices.crew_id == crew_id)
    asking = select(CheckInChoices.asking).where(chosen).scalar_subquery()
    return select(func.coalesce(sharing, "private"), func.coalesce(asking, NOBODY))


def wants_reminders(person_id: Any, crew_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person turned reminders of check-ins off neither in a crew nor for all of them."""
    in_crew = and_(CheckInChoices.person_id == person_id, CheckInChoices.crew_id == crew_id)
    anywhere = CheckInPreferences.person_id == person_id
    return and_(
        ~exists().where(in_crew, CheckInChoices.reminders.is_(False)),
        ~exists().where(anywhere, CheckInPreferences.reminders.is_(False)),
    )
