"""Making challenges, changing and deleting them, and their links."""

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from hampa.challenges.models import Challenge
from hampa.challenges.queries.challenges import managed_challenge
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.crews.queries.crews import member_with
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _

MADE_A_DAY = 20
FIXED = ("metric", "mode", "kind", "starts_on")
"""What does not change any more once a challenge has begun."""


def make_challenge(person: Person, crew_id: uuid.UUID, values: Mapping[str, Any]) -> Challenge:
    """Make a challenge of a crew, of which its members hear. Raise Forbidden, NotFound, TooFast, and Refused."""
    crew = member_with(person, crew_id, "post").crew
    limit(crew, "challenges.make", MADE_A_DAY, per="day", error=_too_many)
    if values["ends_on"] < dates.today(crew.timezone):
        raise Refused(_("This day is over already."), "ends_on")
    challenge = Challenge(crew_id=crew_id, author_id=person.id, token=new_token(), **values)
    db.session.add(challenge)
    db.session.flush()
    members = select(CrewMembership.person_id).where(
        CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE, CrewMembership.notices
    )
    notify(members, "challenge_new", actor_id=person.id, subject_id=challenge.id, data={}, event=challenge.id)
    return challenge


def change_challenge(person: Person, challenge_id: uuid.UUID, values: Mapping[str, Any]) -> Challenge:
    """Change a challenge; what is counted, and from when, only before it begins. Raise as `make_challenge` does."""
    challenge = managed_challenge(person, challenge_id, lock=True)
    today = dates.today(member_with(person, challenge.crew_id, "post").crew.timezone)
    if challenge.finished_at is not None:
        raise Refused(_("This challenge is over."))
    has_begun = challenge.starts_on <= today
    for name, value in values.items():
        if has_begun and name in FIXED and value != getattr(challenge, name):
            raise Refused(_("The challenge has begun. This does not change any more."), name)
        if name == "ends_on" and value != challenge.ends_on and value < today:
            raise Refused(_("This day is over already."), "ends_on")
        setattr(challenge, name, value)
    db.session.flush()
    enqueue("challenges.refresh", challenge_id=challenge_id)
    return challenge


def delete_challenge(person: Person, challenge_id: uuid.UUID) -> None:
    """Delete a challenge with all that was counted for it. Raise Forbidden and NotFound."""
    db.session.delete(managed_challenge(person, challenge_id, lock=True))
    db.session.flush()


def renew_link(person: Person, challenge_id: uuid.UUID, *, is_open: bool) -> str | None:
    """Give a challenge another link, so that the one before lets nobody in any more, or none; return what it ends with."""
    challenge = managed_challenge(person, challenge_id, lock=True)
    challenge.token = new_token() if is_open else None
    db.session.flush()
    return challenge.token


def new_token() -> str:
    """Return what the link of a challenge ends with."""
    return secrets.token_urlsafe(16)


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("The crew had many challenges today. Try again tomorrow."), seconds)
