"""The organisers of a run."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all

from hampa.cards.queries.interests import page_opens_to, page_opens_to_id
from hampa.people.models import Person
from hampa.people.queries import SHUT_OUT, PersonSummary, hidden_from, hidden_ids, is_none_of
from hampa.platform import clock
from hampa.platform.db import constants, db, shared_alias
from hampa.platform.statements import built_once
from hampa.runs.models.run import ORGANISER, OWNER, JoinSmsOff, Run, RunInvitation, RunOrganiser

TIME_TO_RESTORE = timedelta(minutes=30)
"""How long a no to an invitation can be taken back."""


@dataclass(frozen=True, slots=True)
class Organiser(PersonSummary):
    """An organiser of a run; the viewer themselves, if they were invited to be one, has not `agreed`.

    `opens` says whether the page of the person is open to the viewer. Who is not `active` has left or is shut out.
    """

    owner: bool = False
    agreed: bool = True
    opens: bool = False
    active: bool = True


def organises(person: Person | None, run: Run) -> bool:
    """Return whether the person is an organiser of the run."""
    if person is None or run.organiser_id == person.id:
        return person is not None
    return bool(_has_role(run.id, person.id).scalar())


@built_once
def _has_role(run_id: uuid.UUID, person_id: uuid.UUID) -> Any:
    agreed = RunOrganiser.agreed_at.is_not(None)
    return select(exists().where(RunOrganiser.run_id == run_id, RunOrganiser.person_id == person_id, agreed))


def organised_by(person: Person, run: Any = Run) -> ColumnElement[bool]:
    """Return the condition that the person organises the run, as its owner or as a co-organiser who has agreed."""
    row = exists().where(
        RunOrganiser.run_id == run.id, RunOrganiser.person_id == person.id, RunOrganiser.agreed_at.is_not(None)
    )
    return or_(run.organiser_id == person.id, row)


def is_sole_organiser(person: Person, run: Run) -> bool:
    """Return whether the person owns the run and no co-organiser has agreed."""
    if run.organiser_id != person.id:
        return False
    others = exists().where(RunOrganiser.run_id == run.id, RunOrganiser.agreed_at.is_not(None))
    return not db.session.scalar(select(others))


def organisers_of(viewer: Person | None, run: Run) -> list[Organiser]:
    """Return the organisers of the run, the owner first, and last the viewer if they are invited to be one.

    Viewers who do not organise it see only people who are not hidden from them and not shut out.
    """
    if viewer is None:
        return shown_organisers(None, run, _organisers_for_visitors(run.id).all())
    values = run.id, viewer.id, viewer.phone, hidden_ids(viewer), clock.now()
    rows = _organisers_for(*values, is_operator=viewer.is_operator).all()
    return shown_organisers(viewer, run, rows, invited=bool(rows) and rows[0].invited)


@built_once
def _organisers_for_visitors(run_id: uuid.UUID) -> Any:
    return _in_order(select_organisers(run_id, page_opens_to(None)))


@built_once
def _organisers_for(
    run_id: uuid.UUID, viewer_id: uuid.UUID, phone: str, hidden: list[uuid.UUID], now: datetime, *, is_operator: bool
) -> Any:
    invited = select(is_invited_to(viewer_id, phone, hidden, now)).where(Run.id == run_id).scalar_subquery()
    query = select_organisers(run_id, page_opens_to_id(viewer_id, hidden, is_operator=is_operator))
    return _in_order(query.add_columns(invited.label("invited")))


def _in_order(query: Select[Any]) -> Select[Any]:
    return query.order_by(RunOrganiser.created_at.nulls_first(), RunOrganiser.id)


def shown_organisers(viewer: Person | None, run: Run, rows: Sequence[Any], *, invited: bool = False) -> list[Organiser]:
    """Return the organisers of `organisers_of` from rows of `organiser_columns`, in their order."""
    hidden = {row.id for row in rows if row.state in SHUT_OUT}.union(hidden_ids(viewer))
    if viewer is not None and viewer.id in {row.id for row in rows}:
        hidden = set()
    organisers = [
        Organiser(
            row.id,
            row.name,
            row.avatar,
            owner=row.id == run.organiser_id,
            opens=row.opens,
            active=row.state == "active",
        )
        for row in sorted(rows, key=lambda row: row.id != run.organiser_id)
        if row.id not in hidden
    ]
    if viewer is not None and invited:
        organisers.append(Organiser(viewer.id, viewer.name, viewer.avatar, agreed=False))
    return organisers


def select_organisers(run_id: Any, opens: ColumnElement[bool]) -> Select[Any]:
    """Select the organisers of a run for `shown_organisers`; `opens` is whether the page of a `Person` is open.

    `since` and `role_id` are the order, in which the owner, who has neither, comes first.
    """
    columns: tuple[Any, ...] = (Person.id, Person.name, Person.avatar, Person.state, opens.label("opens"))
    return (
        select(*columns, RunOrganiser.created_at.label("since"), RunOrganiser.id.label("role_id"))
        .outerjoin(RunOrganiser, (RunOrganiser.person_id == Person.id) & (RunOrganiser.run_id == run_id))
        .where(Person.id.in_(organiser_ids(run_id)))
    )


def runs_inviting(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the ids of runs with an invitation that the person may answer now: `is_invited`, for lists."""
    hidden = hidden_from(person.id)
    about = _is_about(person.id, person.phone, now, lambda column: column.not_in(hidden))
    return select(RunInvitation.run_id).join(Run, Run.id == RunInvitation.run_id).where(*about)


def is_invited(person: Person, run: Run, declined_since: datetime | None = None) -> list[ColumnElement[bool]]:
    """Return the conditions of the `RunInvitation` of a run that a person may answer now, or has declined since a time.

    It ends with its time, with the run, when its asker no longer organises (or owns) the run or is not active, and when
    a block hides the person from the asker or from the owner.
    """
    hidden = hidden_from(person.id)
    about = _is_about(person.id, person.phone, clock.now(), lambda column: column.not_in(hidden), declined_since)
    return [RunInvitation.run_id == run.id, exists().where(Run.id == RunInvitation.run_id, *about)]


def is_invited_to(viewer_id: Any, phone: Any, hidden: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that a person may answer an invitation to a `Run` now: `is_invited`, for kept statements.

    The values are bound parameters; `hidden` is an array of the ids of people who are hidden from the person.
    """
    about = _is_about(viewer_id, phone, now, lambda column: is_none_of(column, hidden))
    return exists().where(RunInvitation.run_id == Run.id, *about).correlate(Run)


_invitation, _role = shared_alias(RunInvitation, "asks_to_organise"), shared_alias(RunOrganiser, "asking_organiser")


def is_asked(person_id: Any, run: type[Run] = Run) -> ColumnElement[bool]:
    """Return the condition that a person is asked to organise or own a `Run`, or has said no a moment ago.

    It ends when the asker no longer organises the run. Blocks are left to the caller, and times are the database's.
    """
    invitation = _invitation
    phone = select(Person.phone).where(Person.id == person_id).correlate_except(Person).scalar_subquery()
    organises = (
        exists()
        .where(_role.run_id == run.id, _role.person_id == invitation.asker_id, _role.agreed_at.is_not(None))
        .correlate_except(_role)
    )
    return (
        exists()
        .where(
            invitation.run_id == run.id,
            or_(invitation.person_id == person_id, invitation.phone == phone),
            invitation.expires_at > func.now(),
            or_(invitation.declined_at.is_(None), invitation.declined_at > func.now() - TIME_TO_RESTORE),
            or_(invitation.asker_id == run.organiser_id, organises),
        )
        .correlate_except(invitation)
    )


def _is_about(
    person_id: Any,
    phone: Any,
    now: Any,
    is_shown: Callable[[Any], ColumnElement[bool]],
    declined_since: datetime | None = None,
) -> list[ColumnElement[bool]]:
    """Return the conditions of `is_invited` on a `RunInvitation` and its `Run`."""
    agreed = RunOrganiser.run_id == Run.id, RunOrganiser.agreed_at.is_not(None)
    asker_organises = exists().where(*agreed, RunOrganiser.person_id == RunInvitation.asker_id)
    organises_already = exists().where(*agreed, RunOrganiser.person_id == person_id)
    asker_is_active = exists().where(Person.id == RunInvitation.asker_id, Person.state.in_(constants("active")))
    return [
        or_(RunInvitation.person_id == person_id, RunInvitation.phone == phone),
        RunInvitation.declined_at.is_(None) if declined_since is None else RunInvitation.declined_at > declined_since,
        RunInvitation.expires_at > now,
        Run.cancelled_at.is_(None),
        Run.organiser_id != person_id,
        is_shown(RunInvitation.asker_id),
        is_shown(Run.organiser_id),
        asker_is_active.correlate(RunInvitation),
        or_(
            RunInvitation.asker_id == Run.organiser_id,
            and_(RunInvitation.role == ORGANISER, asker_organises.correlate(Run, RunInvitation)),
        ),
        or_(RunInvitation.role == OWNER, ~organises_already.correlate(Run)),
    ]


def organiser_ids(run_id: uuid.UUID) -> Select[Any]:
    """Return a SELECT of the ids of the organisers of a run."""
    owner = select(Run.organiser_id.label("person_id")).where(Run.id == run_id)
    others = select(RunOrganiser.person_id).where(RunOrganiser.run_id == run_id, RunOrganiser.agreed_at.is_not(None))
    return select(union_all(owner, others).subquery().c.person_id)


def organisers_to_tell(run_id: uuid.UUID) -> Sequence[Any]:
    """Return the ids of the organisers of a run, each with whether they get SMS of people who join it (`wants_sms`)."""
    return _organisers_to_tell(run_id).all()


@built_once
def _organisers_to_tell(run_id: uuid.UUID) -> Select[Any]:
    organisers = organiser_ids(run_id).subquery().c.person_id
    off = exists().where(JoinSmsOff.run_id == run_id, JoinSmsOff.person_id == organisers)
    return select(organisers.label("id"), (~off).label("wants_sms"))


def runs_organised_by(person: Person) -> Select[Any]:
    """Return a SELECT of the ids of the runs that a person organises."""
    shared = select(RunOrganiser.run_id).where(RunOrganiser.person_id == person.id, RunOrganiser.agreed_at.is_not(None))
    owned = select(Run.id.label("run_id")).where(Run.organiser_id == person.id)
    return select(union_all(owned, shared).subquery().c.run_id)
