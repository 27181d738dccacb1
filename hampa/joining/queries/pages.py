"""What the page of a run asks about it, its viewer and its people: one statement each."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Integer,
    Text,
    Uuid,
    and_,
    case,
    cast,
    exists,
    false,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from hampa.cards.models import Card
from hampa.cards.queries.interests import companion_ids, is_companion_of, page_opens_to_id
from hampa.cards.queries.veiling import veiled_among
from hampa.crews.models import Crew
from hampa.crews.queries.crews import CrewName, is_known_to
from hampa.people.models import Person
from hampa.people.queries import hidden_ids, is_none_of
from hampa.platform import clock
from hampa.platform.caches import TTLCache
from hampa.platform.db import constants, db
from hampa.platform.statements import built_once
from hampa.runs.admission import Admission, admission_of
from hampa.runs.models.participation import GOING, HAD_PLACE, LEFT, OFFERED, WAITLISTED, Participation
from hampa.runs.models.run import LONGEST_DURATION, Run, RunOrganiser
from hampa.runs.queries.names import display_name_column, listed_id_column
from hampa.runs.queries.organisers import Organiser, is_invited_to, organisers_of, select_organisers, shown_organisers
from hampa.runs.queries.people import (
    NOBODY,
    SeenGroup,
    groups_column,
    is_shown_to,
    participation_of,
    people_ahead,
    read_groups,
    viewer_row,
)
from hampa.runs.queries.runs import is_in_circle, refuse_gone

FACES_SHOWN = 8
MOST_RUNS = 1_000
_STATE = literal_column("runs.xmin::text || runs.ctid::text", Text)
"""What changes with each change of the row of a run, and with nothing else."""
_OF_ORGANISERS, _OF_VIEWER, _OF_OTHERS = (literal_column(place, Integer) for place in "012")
"""The order in which the people on a page are read."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Another run at the same time as this one."""

    id: uuid.UUID
    title: str


@dataclass(frozen=True, slots=True)
class RunSeen:
    """A run as a viewer sees it: what they may do there, whether they are asked to organise it, and what else is then.

    `groups` are its pace groups, `crew` is the crew that it belongs to, if the viewer may know of it.
    `run` is shared with other requests until its row changes: it belongs to no session and must not be changed.
    """

    run: Run
    admission: Admission
    groups: list[SeenGroup]
    invited: bool
    clash: Clash | None
    crew: CrewName | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """A participant on the page of a run: their card if it is seen in full, and what the viewer is to them and may open."""

    id: uuid.UUID
    name: str
    avatar: str | None
    is_viewer: bool
    companion: bool
    opens: bool
    card_id: uuid.UUID | None


_kept_runs: TTLCache[tuple[uuid.UUID, str], Run] = TTLCache(MOST_RUNS, seconds=600, name="run")


def run_seen(viewer: Person | None, run_id: uuid.UUID) -> RunSeen:
    """Return the run, if this person may see it, with what its page says to them. Raise NotFound and Gone.

    Who may see a run is said at `run_for`.
    """
    if viewer is None:
        row = _state(run_id, NOBODY, []).first() or refuse_gone(run_id)
        run = _kept_run(run_id, row.state)
        admission = admission_of(None, run, None, 0)
        return RunSeen(run, admission, read_groups(row.groups), invited=False, clash=None, crew=_crew_in(row))
    values = run_id, viewer.id, viewer.phone, hidden_ids(viewer), clock.now()
    row = _seen(*values, is_operator=viewer.is_operator).first() or refuse_gone(run_id)
    run = _kept_run(run_id, row.state)
    participation = participation_of(viewer, run_id) if row.place_id else None
    admission = admission_of(viewer, run, participation, row.ahead if participation else 0)
    clash = Clash(row.clash_id, row.clash_title) if row.clash_id else None
    return RunSeen(run, admission, read_groups(row.groups), row.invited, clash, _crew_in(row))


def _crew_in(row: Any) -> CrewName | None:
    return CrewName(row.crew_id, row.crew) if row.crew_id else None


def _with_crew(query: Any, viewer_id: Any) -> Any:
    """Add the id and the name of the crew of a `Run`, if the viewer may know of it."""
    is_named = and_(Crew.id == Run.crew_id, is_known_to(viewer_id))
    return query.add_columns(Crew.id.label("crew_id"), Crew.name.label("crew")).outerjoin(Crew, is_named)


@built_once
def _state(run_id: uuid.UUID, nobody: uuid.UUID, hidden: list[uuid.UUID]) -> Any:
    groups = groups_column(Run.id, nobody, hidden, is_operator=False)
    columns = _STATE.label("state"), groups.label("groups")
    return _with_crew(select(*columns).select_from(Run), None).where(Run.id == run_id, is_in_circle(None))


@built_once
def _seen(
    run_id: uuid.UUID, viewer_id: uuid.UUID, phone: str, hidden: list[uuid.UUID], now: datetime, *, is_operator: bool
) -> Any:
    clash = _clash(viewer_id)
    organises = exists().where(
        RunOrganiser.run_id == Run.id, RunOrganiser.person_id == viewer_id, RunOrganiser.agreed_at.is_not(None)
    )
    is_in = viewer_row.status.not_in(constants(LEFT))  # NULL without a row
    is_part = or_(Run.organiser_id == viewer_id, is_in, organises.correlate(Run))
    query = (
        select(
            viewer_row.id.label("place_id"),
            people_ahead().label("ahead"),
            _STATE.label("state"),
            groups_column(Run.id, viewer_id, hidden, is_operator=is_operator).label("groups"),
            is_invited_to(viewer_id, phone, hidden, now).label("invited"),
            clash.c.id.label("clash_id"),
            clash.c.title.label("clash_title"),
        )
        .select_from(Run)
        .outerjoin(viewer_row, and_(viewer_row.run_id == Run.id, viewer_row.person_id == viewer_id))
        .outerjoin(clash, true())
        .where(Run.id == run_id, or_(and_(is_none_of(Run.organiser_id, hidden), is_in_circle(viewer_id)), is_part))
    )
    return _with_crew(query, viewer_id)


def _clash(viewer_id: Any) -> Any:
    """Select the first other run at the time of a `Run` that the person goes to or may get a place in."""
    other, going = aliased(Run), aliased(Participation)
    return (
        select(other.id, other.title)
        .join(going, going.run_id == other.id)
        .where(
            going.person_id == viewer_id,
            going.status.in_(constants(GOING, OFFERED, WAITLISTED)),
            other.id != Run.id,
            other.cancelled_at.is_(None),
            other.starts_at.between(Run.starts_at - LONGEST_DURATION, Run.ends_at),
            other.starts_at < Run.ends_at,
            other.ends_at > Run.starts_at,
        )
        .order_by(other.starts_at, other.id)
        .limit(1)
        .correlate(Run)
        .lateral()
    )


def _kept_run(run_id: uuid.UUID, state: str) -> Run:
    """Return the run in this state, read when its row has changed; the run belongs to no session."""
    run = _kept_runs.get((run_id, state))
    if run is None:
        row = db.session.execute(
            select(Run, _STATE).where(Run.id == run_id).execution_options(populate_existing=True)
        ).first()
        run, state = row or refuse_gone(run_id)
        db.session.expunge(run)
        _kept_runs[run_id, state] = run
    return run


def people_of_page(viewer: Person | None, seen: RunSeen) -> tuple[list[Organiser], list[Face]]:
    """Return the organisers of a run, as `organisers_of` does, and its first participants, for visitors none.

    The viewer comes first among the participants. After the run these are all who had a place, so that nobody learns
    who did not come.
    """
    if viewer is None:
        return organisers_of(None, seen.run), []
    statuses = HAD_PLACE if clock.now() >= seen.run.ends_at else (GOING,)
    values = seen.run.id, viewer.id, hidden_ids(viewer)
    rows: Sequence[Any] = _people(*values, is_operator=viewer.is_operator, statuses=statuses).all()
    organisers = shown_organisers(viewer, seen.run, [row for row in rows if row.place == 0], invited=seen.invited)
    veiled = veiled_among(viewer, [(row.card_id, row.id) for row in rows if row.card_id])
    faces = [
        Face(
            *(row.id, row.name, row.avatar, row.place == 1, row.companion, row.opens),
            card_id=None if row.card_id in veiled else row.card_id,
        )
        for row in rows
        if row.place != 0
    ]
    return organisers, faces[:FACES_SHOWN]


@built_once
def _people(
    run_id: uuid.UUID, viewer_id: uuid.UUID, hidden: list[uuid.UUID], *, is_operator: bool, statuses: tuple[str, ...]
) -> Any:
    opens = page_opens_to_id(viewer_id, hidden, is_operator=is_operator)
    companion = is_companion_of(viewer_id, hidden, Person.id)
    organisers = select_organisers(run_id, opens).add_columns(
        _OF_ORGANISERS.label("place"),
        literal_column("0").label("rank"),
        false().label("companion"),
        cast(null(), Uuid).label("card_id"),
    )
    shown = (
        select(Participation.id)
        .join(Person, Person.id == Participation.person_id)
        .where(
            Participation.run_id == run_id,
            Participation.status.in_(constants(*statuses)),
            is_shown_to(hidden, is_operator=is_operator),
        )
    )
    own = shown.where(Participation.person_id == viewer_id).add_columns(_OF_VIEWER.label("place"))
    others = shown.where(Participation.person_id != viewer_id).add_columns(_OF_OTHERS.label("place"))
    first = union_all(own, others.order_by(Participation.rank).limit(FACES_SHOWN).subquery().select()).subquery()
    named = Participation.display_name == ""
    participants = (
        select(
            listed_id_column().label("id"),
            display_name_column().label("name"),
            case((named, Person.avatar), else_=null()).label("avatar"),
            Person.state,
            and_(opens, named).label("opens"),
            Participation.created_at.label("since"),
            Participation.id.label("role_id"),
            first.c.place,
            Participation.rank,
            and_(named, companion).label("companion"),
            Card.id.label("card_id"),
        )
        .select_from(first)
        .join(Participation, Participation.id == first.c.id)
        .join(Person, Person.id == Participation.person_id)
        .outerjoin(Card, and_(Card.id == Participation.card_id, Card.state.in_(constants("active"))))
    )
    rows = union_all(organisers, participants).subquery()
    since = case((rows.c.place == _OF_ORGANISERS, rows.c.since))
    return select(rows).order_by(rows.c.place, since.nulls_first(), rows.c.rank, rows.c.role_id)


def waiting_companions(person: Person, run: Run) -> Sequence[Any]:
    """Return the ids and names of companions who wait for a place too and may share one request for two places."""
    query = (
        select(Person.id, Person.name)
        .join(Participation, Participation.person_id == Person.id)
        .where(
            Participation.run_id == run.id,
            Participation.status == WAITLISTED,
            Person.id.in_(companion_ids(person.id)),
            Person.state == "active",
        )
        .order_by(Participation.rank)
    )
    return db.session.execute(query).all()
