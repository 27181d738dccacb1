"""Nudging by hand those who have not checked in, without learning who they are."""

import uuid
from datetime import timedelta

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert

from hampa.checkin_reminders.models import CheckInNudge, NudgeRound
from hampa.checkin_reminders.queries.due import unanswered
from hampa.checkin_reminders.queries.nudges import RIGHT
from hampa.checkins.queries import current_period
from hampa.crews.models import Crew, CrewMembership
from hampa.crews.queries.crews import member_with
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _

PAUSE = timedelta(days=14)
"""How long nobody who was nudged is nudged again in the same crew."""
A_DAY = 2
SLICE = 500


def ask_to_nudge(organiser: Person, crew_id: uuid.UUID) -> uuid.UUID:
    """Let the worker nudge who has not checked in for the current period, and return the id of the round.

    The answer is the same whoever that is, so that it tells nothing. Raise Forbidden, NotFound and TooFast.
    """
    crew = member_with(organiser, crew_id, RIGHT).crew
    limit(crew, "checkins.nudges", A_DAY, per="day", error=_too_many)
    nudge = NudgeRound(crew_id=crew_id, actor_id=organiser.id)
    db.session.add(nudge)
    db.session.flush()
    enqueue("checkins.nudge", round_id=nudge.id)
    return nudge.id


def nudge(round_id: uuid.UUID) -> int:
    """Nudge some of those whom a round is for and who had no nudge lately, and return how many.

    The row of each person decides: of two rounds at once, one reaches them.
    """
    asked = db.session.get(NudgeRound, round_id)
    crew = db.session.get(Crew, asked.crew_id) if asked is not None else None
    now = clock.now()
    if asked is None or crew is None or crew.closed_at is not None or asked.created_at < now - timedelta(days=1):
        return 0
    period = current_period(crew)
    recent = select(CheckInNudge.id).where(
        CheckInNudge.crew_id == crew.id,
        CheckInNudge.person_id == CrewMembership.person_id,
        CheckInNudge.nudged_at > now - PAUSE,
    )
    people = (
        select(func.gen_random_uuid(), literal(crew.id), CrewMembership.person_id, literal(now), literal(now))
        .join(Person, Person.id == CrewMembership.person_id)
        .where(*unanswered(crew.id, period.starts_on), CrewMembership.person_id != asked.actor_id, ~recent.exists())
        .order_by(CrewMembership.person_id)
        .limit(SLICE)
    )
    added = insert(CheckInNudge).from_select(
        ["id", "crew_id", "person_id", "nudged_at", "created_at"], people, include_defaults=False
    )
    reached = db.session.scalars(
        added.on_conflict_do_update(
            index_elements=["crew_id", "person_id"],
            set_={"nudged_at": now},
            where=CheckInNudge.nudged_at <= now - PAUSE,
        ).returning(CheckInNudge.person_id)
    ).all()
    if reached:
        notify(
            reached,
            "check_in_nudge",
            actor_id=asked.actor_id,
            subject_id=crew.id,
            data={},
            event=str(round_id),
            expires_at=period.ends_at,
        )
    return len(reached)


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("The crew has already been nudged today. Wait until tomorrow."), seconds)
