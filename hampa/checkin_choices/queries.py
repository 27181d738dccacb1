"""What a person chose about check-ins, and who wants reminders."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select

from hampa.checkin_choices.models import ASKING, NOBODY, CheckInChoices, CheckInPreferences
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

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
    query = select(CheckInChoices).where(CheckInChoices.person_id == person.id, CheckInChoices.crew_id == crew_id)
    return db.session.scalar(query) or CheckInChoices(reminders=True, asking=ASKING[0])


def preferences_of(person: Person) -> CheckInPreferences:
    """Return what a person chose for all their check-ins, or the defaults (a row that is not stored)."""
    query = select(CheckInPreferences).where(CheckInPreferences.person_id == person.id)
    return db.session.scalar(query) or CheckInPreferences(reminders=True, sharing="private")


def defaults_of(person: Person, crew_id: uuid.UUID) -> tuple[str, str]:
    """Return with what sharing a new check-in of a member begins, and whether organisers may ask after them."""
    sharing = select(CheckInPreferences.sharing).where(CheckInPreferences.person_id == person.id).scalar_subquery()
    chosen = (CheckInChoices.person_id == person.id) & (CheckInChoices.crew_id == crew_id)
    asking = select(CheckInChoices.asking).where(chosen).scalar_subquery()
    row = db.session.execute(select(func.coalesce(sharing, "private"), func.coalesce(asking, NOBODY))).one()
    return row[0], row[1]


def wants_reminders(person_id: Any, crew_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person turned reminders of check-ins off neither in a crew nor for all of them."""
    in_crew = and_(CheckInChoices.person_id == person_id, CheckInChoices.crew_id == crew_id)
    anywhere = CheckInPreferences.person_id == person_id
    return and_(
        ~exists().where(in_crew, CheckInChoices.reminders.is_(False)),
        ~exists().where(anywhere, CheckInPreferences.reminders.is_(False)),
    )
