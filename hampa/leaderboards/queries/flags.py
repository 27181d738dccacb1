"""Flags of activities: of one activity, who may raise one, and those that wait for operators."""

import datetime as dt
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased, contains_eager

from hampa.crews.models import ACTIVE, MEMBER, CrewMembership
from hampa.crews.queries.crews import may
from hampa.leaderboards.models.standings import APPEALED, FLAGGED, LIFTED, ActivityFlag
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_from, summary_columns
from hampa.platform.db import constants, db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, select_page
from hampa.training.models.activities import CREW, EVERYONE, Activity
from hampa.training.queries.visibility import SeenActivity, told

A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Ground:
    """In whose name somebody may flag an activity: of a crew, or of the operators."""

    crew_id: uuid.UUID | None


def flag_of(activity_id: uuid.UUID, *, lock: bool = False) -> ActivityFlag | None:
    """Return the flag of an activity, whatever became of it."""
    if lock:
        query = select(ActivityFlag).where(ActivityFlag.activity_id == activity_id).with_for_update()
        return db.session.scalar(query.execution_options(populate_existing=True))
    flag: ActivityFlag | None = _flag(activity_id).scalar()
    return flag


@built_once
def _flag(activity_id: uuid.UUID) -> Any:
    return select(ActivityFlag).where(ActivityFlag.activity_id == activity_id)


def ground_for(viewer: Person, activity: SeenActivity) -> Ground | None:
    """Return in whose name a viewer may flag an activity that they see; None for who may not.

    Operators may flag what they see, and members with the right to see reports what counts on the boards of their crew.
    """
    if activity.person_id == viewer.id:
        return None
    if viewer.is_operator:
        return Ground(None)
    if activity.visibility not in (CREW, EVERYONE):
        return None
    theirs = aliased(CrewMembership)
    together = exists().where(
        *(theirs.crew_id == CrewMembership.crew_id, theirs.person_id == activity.person_id, theirs.status == ACTIVE)
    )
    mine = (
        select(CrewMembership)
        .join(CrewMembership.crew)
        .options(contains_eager(CrewMembership.crew))
        .where(CrewMembership.person_id == viewer.id, CrewMembership.status == ACTIVE, together)
        .order_by(CrewMembership.crew_id)
    )
    found = (one.crew_id for one in db.session.scalars(mine) if may(one, "reports"))
    crew_id = next(found, None)
    return Ground(crew_id) if crew_id is not None else None


def concerns(viewer: Person, activity: SeenActivity) -> bool:
    """Return whether an activity has a flag, or the viewer may have the right to raise one; few have more to ask."""
    may_have = viewer.is_operator and activity.person_id != viewer.id
    return may_have or bool(_concerns(activity.id, viewer.id, activity.person_id).scalar())


@built_once
def _concerns(activity_id: uuid.UUID, viewer_id: uuid.UUID, person_id: uuid.UUID) -> Any:
    mine, theirs = aliased(CrewMembership), aliased(CrewMembership)
    leads = exists().where(
        *(mine.person_id == viewer_id, mine.status.in_(constants(ACTIVE)), mine.person_id != person_id),
        or_(mine.role.not_in(constants(MEMBER)), mine.rights != []),
        *(theirs.crew_id == mine.crew_id, theirs.person_id == person_id, theirs.status.in_(constants(ACTIVE))),
    )
    return select(or_(exists().where(ActivityFlag.activity_id == activity_id), leads))


def may_lift(viewer: Person, flag: ActivityFlag) -> bool:
    """Return whether a viewer may lift a flag: operators, and who raised it until somebody decides."""
    if flag.person_id == viewer.id:
        return False
    return viewer.is_operator or (flag.flagged_by_id == viewer.id and flag.decided_at is None)


def may_flag_again(viewer: Person, flag: ActivityFlag) -> bool:
    """Return whether somebody who may flag an activity may raise a flag again that was lifted.

    Operators may. What they lifted is right for all others, until the activity is changed; but a flag that a moderator
    only took back keeps nobody else from looking: they could be a friend of its person.
    """
    if flag.state != LIFTED or viewer.is_operator:
        return flag.state == LIFTED
    was_taken_back = flag.crew_id is not None and flag.decided_by_id == flag.flagged_by_id != viewer.id
    if was_taken_back and flag.flagged_by_id is not None:
        return True
    changed_since = Activity.id == flag.activity_id, Activity.updated_at > flag.decided_at
    return bool(db.session.scalar(select(exists().where(*changed_since))))


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag as the list of operators, or of who raised it, shows it."""

    activity_id: uuid.UUID
    person: PersonSummary
    kind: str
    day: dt.date
    duration_s: int
    distance_m: int | None
    reason: str
    state: str
    appeal: str
    answer: str
    created_at: datetime
    id: uuid.UUID

    @property
    def waits(self) -> bool:
        """Return whether an operator has to decide."""
        return self.state == APPEALED

    @property
    def is_undecided(self) -> bool:
        """Return whether nobody has decided yet."""
        return self.state in (FLAGGED, APPEALED)


def flags_for(viewer: Person, after: str | None = None, size: int = A_PAGE) -> Page[FlagRow]:
    """Return a page of the flags that a viewer raised, and for operators those about which they have to decide."""
    waiting = ActivityFlag.state == APPEALED if viewer.is_operator else exists().where(ActivityFlag.id.is_(None))
    query = (
        select(
            ActivityFlag.activity_id,
            summary_columns(),
            Activity.kind,
            Activity.day,
            told("duration_s"),
            told("distance_m"),
            ActivityFlag.reason,
            ActivityFlag.state,
            ActivityFlag.appeal,
            ActivityFlag.answer,
            ActivityFlag.created_at,
            ActivityFlag.id,
        )
        .join(Activity, Activity.id == ActivityFlag.activity_id)
        .join(Person, Person.id == ActivityFlag.person_id)
        .where(or_(ActivityFlag.flagged_by_id == viewer.id, waiting), Person.state == "active")
        .where(ActivityFlag.person_id != viewer.id, Person.id.not_in(hidden_from(viewer.id)))
    )
    rows: Any = db.session.execute(
        select_page(query, after, size, ActivityFlag.created_at, ActivityFlag.id, descending=True)
    )
    return Page.of([FlagRow(*row) for row in rows], size, lambda row: (row.created_at, row.id))


def flag_to_decide(viewer: Person, activity_id: uuid.UUID) -> ActivityFlag:
    """Return the flag of an activity, locked, to somebody who may lift it. Raise NotFound and Forbidden."""
    flag = flag_of(activity_id, lock=True)
    if flag is None:
        raise NotFound
    if not may_lift(viewer, flag):
        if flag.person_id == viewer.id or flag.flagged_by_id == viewer.id:
            raise Forbidden(_("Operators decide about this."))
        raise NotFound
    return flag
