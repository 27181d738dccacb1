"""The people of a run: participants, pace groups, and the admission of one person."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from hampa.people import queries
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import constants, db, shared_alias
from hampa.platform.statements import built_once
from hampa.runs.admission import Admission, admission_of
from hampa.runs.models.participation import HAD_PLACE, INTERESTED, TAKING_PART, WAITLISTED, WANTS_TO_GO, Participation
from hampa.runs.models.run import PaceGroup, Run, RunOrganiser
from hampa.runs.queries.pace_groups import is_asked, is_led_by
from hampa.runs.queries.runs import is_in_circle, own_run_ids, visible_to

LISTED = (*HAD_PLACE, WAITLISTED, INTERESTED)
"""The statuses of the participants whom the page of a run lists for everybody who is signed in."""

NOBODY = uuid.UUID(int=0)
"""The id of a visitor, which is that of no person."""

viewer_row = shared_alias(Participation, "viewer_row")
"""The participation of the viewer in statements that read others too."""


@queries.names_people
def is_named_by_runs(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` organises a run, or is listed in one that the viewer may see.

    People in a run of the viewer's are met in whatever way they take or took part. People who stand in a list under
    another name, because an organiser added them by their number, are not named.
    """
    agreed = RunOrganiser.person_id == Person.id, RunOrganiser.agreed_at.is_not(None)
    in_circle = is_in_circle(viewer.id if viewer else None)
    owns = exists().where(Run.organiser_id == Person.id, in_circle)
    organises = or_(owns, exists().where(*agreed, Run.id == RunOrganiser.run_id, in_circle))
    if viewer is None:
        return organises
    listed = and_(Participation.status.in_(LISTED), visible_to(viewer))
    named = Participation.person_id == Person.id, Participation.display_name == ""
    takes_part = exists().where(*named, Run.id == Participation.run_id, or_(listed, Run.id.in_(own_run_ids(viewer))))
    return or_(organises, takes_part)


def participation_of(person: Person, run_id: uuid.UUID) -> Participation | None:
    """Return the person's row in the run, also if they have left."""
    return _participation(run_id, person.id).scalar()


@built_once
def _participation(run_id: uuid.UUID, person_id: uuid.UUID) -> Select[Any]:
    return select(Participation).where(Participation.run_id == run_id, Participation.person_id == person_id)


def status_of(person: Person, run_id: uuid.UUID) -> str | None:
    """Return the status of the person in the run, None when they never took part."""
    return _status(run_id, person.id).scalar()


@built_once
def _status(run_id: uuid.UUID, person_id: uuid.UUID) -> Select[Any]:
    return select(Participation.status).where(Participation.run_id == run_id, Participation.person_id == person_id)


def admission_for(person: Person | None, run: Run) -> Admission:
    """Return what this person, or a visitor, may do at the run."""
    if person is None:
        return admission_of(None, run, None, 0)
    return admission_of(person, run, *(_place(run.id, person.id).first() or (None, 0)))


@built_once
def _place(run_id: uuid.UUID, person_id: uuid.UUID) -> Any:
    """Select the participation of a person, and how many wait before them."""
    of_person = viewer_row.run_id == run_id, viewer_row.person_id == person_id
    return select(viewer_row, people_ahead()).where(*of_person)


def people_ahead() -> ScalarSelect[int]:
    """Return the number of people who wait before the one of `viewer_row`, for a statement that has it."""
    waits = Participation.status.in_(constants(WAITLISTED)), Participation.rank < viewer_row.rank
    count = select(func.count()).where(Participation.run_id == viewer_row.run_id, *waits)
    return count.correlate(viewer_row).scalar_subquery()


def may_be_late(run: Run) -> bool:
    """Return whether it is between two hours before the meeting time and half an hour after the start."""
    opens_at, closes_at = run.meets_at - timedelta(hours=2), run.starts_at + timedelta(minutes=30)
    return run.cancelled_at is None and opens_at <= clock.now() < closes_at


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """A pace group of a run as a viewer sees it.

    `leader` is the name of one who has agreed to stand there, and is not hidden from the viewer; `chosen` is that of one
    who is asked, which organisers may see. `asks_me` and `is_mine` say whether the viewer is asked to lead it, or does.
    """

    id: uuid.UUID
    name: str
    pace: int
    size: int | None
    leader: str | None
    chosen: str | None
    asks_me: bool
    is_mine: bool
    taken: int

    @property
    def full(self) -> bool:
        """Whether there is no place left."""
        return self.size is not None and self.size <= self.taken


def pace_groups(person: Person | None, run_id: uuid.UUID) -> list[SeenGroup]:
    """Return the pace groups of a run in their order."""
    shape = {"is_operator": person is not None and person.is_operator}
    return read_groups(
        _pace_groups(run_id, person.id if person else NOBODY, queries.hidden_ids(person), **shape).scalar()
    )


@built_once
def _pace_groups(run_id: uuid.UUID, viewer_id: uuid.UUID, hidden: list[uuid.UUID], *, is_operator: bool) -> Any:
    return select(groups_column(run_id, viewer_id, hidden, is_operator=is_operator))


def read_groups(values: Sequence[Any] | None) -> list[SeenGroup]:
    """Return the pace groups that `groups_column` has read."""
    return [SeenGroup(uuid.UUID(group_id), *others) for group_id, *others in values or ()]


def groups_column(run_id: Any, viewer_id: Any, hidden: Any, *, is_operator: bool) -> ColumnElement[Any]:
    """Return the pace groups of a run as one column of another statement, for `read_groups`; NULL without any."""
    taken = (
        select(func.coalesce(func.sum(1 + Participation.guests), 0))
        .where(
            Participation.run_id == PaceGroup.run_id,
            Participation.pace_group_id == PaceGroup.id,
            Participation.status.in_(constants(*WANTS_TO_GO)),
        )
        .correlate(PaceGroup)
        .scalar_subquery()
    )
    named = PaceGroup.leader_declined_at.is_(None) & is_shown_to(hidden, is_operator=is_operator)
    agreed = PaceGroup.leader_agreed_at.is_not(None)
    values = func.jsonb_build_array(
        *(PaceGroup.id, PaceGroup.name, PaceGroup.pace, PaceGroup.size),
        *(case((agreed, Person.name)), case((~agreed, Person.name))),
        *(func.coalesce(is_asked(viewer_id), false()), func.coalesce(is_led_by(viewer_id), false())),
        taken,
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(values, PaceGroup.position), type_=JSONB))
        .select_from(PaceGroup)
        .outerjoin(Person, and_(Person.id == PaceGroup.leader_id, named))
        .where(PaceGroup.run_id == run_id)
        .correlate(Run)
        .scalar_subquery()
    )


def open_pace_groups(person: Person | None, run_id: uuid.UUID) -> list[SeenGroup]:
    """Return the pace groups of a run that a person can choose, in their order, as `pace_groups` does.

    These are those that are not full; who leads a group runs in it and has none to choose.
    """
    groups = pace_groups(person, run_id)
    return [] if any(group.is_mine for group in groups) else [group for group in groups if not group.full]


def is_shown_to(hidden: Any, *, is_operator: bool) -> ColumnElement[bool]:
    """Return the condition that a `Person` is not hidden from a viewer: `is_visible_to`, for kept statements.

    `hidden` is an array of the ids of people whom a block hides from the viewer.
    """
    visible = queries.is_none_of(Person.id, hidden)
    return visible if is_operator else and_(visible, queries.is_not_shut_out(Person.id))


def count_others(person: Person, run: Run) -> int:
    """Return the number of other participants, of any status."""
    others = select(func.count()).where(
        Participation.run_id == run.id, Participation.status.in_(TAKING_PART), Participation.person_id != person.id
    )
    return db.session.scalar(others) or 0


def participant_ids(run_id: uuid.UUID, *statuses: str) -> Select[uuid.UUID]:
    """Return a SELECT of the ids of participants with one of these statuses."""
    return select(Participation.person_id).where(
        Participation.run_id == run_id, Participation.status.in_(constants(*statuses))
    )
