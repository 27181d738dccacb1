"""What organisers read about the people in a run: the roster, phone numbers, requests."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, literal, or_, select, true

from hampa.cards.models import Card
from hampa.cards.queries.interests import companion_ids
from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.people.queries import SHUT_OUT, PersonSummary, is_visible_to, stand_in
from hampa.platform import clock
from hampa.platform.answers import answer_columns
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once
from hampa.runs.models.participation import CAME, GOING, INVOLVED, LEFT, REQUESTED, Participation
from hampa.runs.models.run import JoinSmsOff, PaceGroup, Run, RunOrganiser
from hampa.runs.queries.names import avatar_column, display_name_column
from hampa.runs.queries.organisers import runs_organised_by
from hampa.runs.queries.waiting import OF_RUN, at_runs_ahead

BATCH_SIZE = 1_000
NAMED = 6
"""People of a run who are named on the home page of its organisers."""
PHONES_SHOWN_WITHIN = timedelta(hours=2)
"""The time before the start and after the end in which organisers see phone numbers and emergency contacts."""


AGREED_START_LASTS = timedelta(hours=14)
"""How long after an agreed start that was moved numbers are shown: the run may be later on the same day."""


def phones_are_shown(run: Run) -> bool:
    """Return whether it is the time around the run, when somebody is late or lost and organisers see phone numbers."""
    return run.starts_at - PHONES_SHOWN_WITHIN <= clock.now() <= run.ends_at + PHONES_SHOWN_WITHIN


def phone_opened(run: Run) -> ColumnElement[bool]:
    """Return the condition that the time of the run opens a participant's number and emergency contact to organisers.

    Around the run organisers may call people who come and joined by themselves. They set the start, so a start alone
    does not open anything: it stood for a day, or an earlier one is near too, to which the person agreed or which stood
    for a day while they were in the run.
    """
    if not phones_are_shown(run):
        return false()
    now = clock.now()
    since, until = now - AGREED_START_LASTS, now + PHONES_SHOWN_WITHIN
    opened: list[ColumnElement[bool]] = [Participation.agreed_starts_at.between(since, until)]
    if run.starts_stood:
        opened.append(true())
    elif run.steady_starts_at is not None and since <= run.steady_starts_at <= until:
        opened.append(Participation.agreed_starts_at.is_(None) & (Participation.created_at < run.steady_until))
    return and_(Participation.status.in_(CAME), Participation.added_by_organiser.is_(False), or_(*opened))


def phone_column(organiser: Person, run: Run) -> ColumnElement[str]:
    """Return the phone number of a participant (`Person`, `Participation` and its `Card`), "" where it is not shown.

    Around the run organisers may call people who joined by themselves; at other times the card of the participant
    decides.
    """
    accepted = and_(Card.phone_visibility == "accepted", Person.id.in_(companion_ids(organiser.id)))
    shown = [Card.phone_visibility == "public", accepted]
    if phones_are_shown(run):
        shown.append(phone_opened(run))
    return case((or_(*shown), Person.phone), else_=literal(""))


def roster_of(organiser: Person, run: Run, statuses: Sequence[str] = INVOLVED) -> Iterator[Any]:
    """Yield the people with these statuses in the order of joining, read in batches by short statements.

    `phone` is E.164, or "" where the organiser may not see it.
    """
    query = (
        select(
            Person.id,
            display_name_column().label("name"),
            Participation.status,
            Participation.rank,
            Participation.guests,
            PaceGroup.name.label("pace_group"),
            Participation.note,
            Participation.answers,
            Participation.organiser_note,
            Card.title.label("card"),
            phone_column(organiser, run).label("phone"),
            Participation.created_at.label("joined_at"),
        )
        .join(Person, Person.id == Participation.person_id)
        .outerjoin(Card, Card.id == Participation.card_id)
        .outerjoin(PaceGroup, PaceGroup.id == Participation.pace_group_id)
        .where(Participation.run_id == run.id, Participation.status.in_(statuses))
        .order_by(Participation.rank)
        .limit(BATCH_SIZE)
    )
    rows = db.session.execute(query).all()
    while rows:
        yield from rows
        after = rows[-1].rank
        rows = db.session.execute(query.where(Participation.rank > after)).all() if len(rows) == BATCH_SIZE else []


def named_participation(organiser: Person, run: Run, participation_id: uuid.UUID) -> tuple[Participation, str]:
    """Return a participation in a run that the person organises, with the name under which it is listed.

    Raise NotFound for one that is not of this run, and for one that a person left whom the organiser may not see. A
    placeholder of a walk-in stays like any other.
    """
    here = or_(
        Participation.status != LEFT,
        and_(is_visible_to(organiser, Person.id), Person.state == "active"),
        and_(Participation.walked_in, Participation.display_name != "", Person.state == "erased"),
    )
    row = db.session.execute(
        select(Participation, display_name_column())
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.id == participation_id, Participation.run_id == run.id, here)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def wants_join_sms(organiser: Person, run: Run) -> bool:
    """Return whether the organiser gets SMS of people who join the run."""
    off = exists().where(JoinSmsOff.run_id == run.id, JoinSmsOff.person_id == organiser.id)
    return not db.session.scalar(select(off))


def requests_for(organiser: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the requests to join the runs that a person organises and that have not begun."""
    columns = answer_columns(
        Participation.id,
        Run.starts_at,
        **OF_RUN,
        person_id=Participation.person_id,
        name=display_name_column(),
        avatar=avatar_column(organiser),
        line=Participation.note,
        guests=Participation.guests,
    )
    asked = Run.id.in_(runs_organised_by(organiser)), Run.requested > 0, Participation.status == REQUESTED
    return at_runs_ahead(columns, asked, now).join(Person, Person.id == Participation.person_id)


def may_have_requests(organiser: Person, now: Any) -> ColumnElement[bool]:
    """Return a condition that holds whenever somebody asks to join a run that the person organises."""
    is_asked = Run.requested > 0, Run.starts_at > now
    agreed = RunOrganiser.person_id == organiser.id, RunOrganiser.agreed_at.is_not(None)
    return or_(
        exists().where(Run.organiser_id == organiser.id, *is_asked),
        exists().where(*agreed, Run.id == RunOrganiser.run_id, *is_asked),
    )


@dataclass(frozen=True, slots=True)
class Coming(PersonSummary):
    """Somebody who comes to a run, as its organisers see them, with the minutes by which they are late."""

    late_min: int | None


def first_coming(organiser: Person, run: Run, size: int = NAMED) -> list[Coming]:
    """Return some of those who come to a run that the person organises, the late ones first."""
    return [Coming(*row) for row in _first_coming(organiser.id, run.id, size, is_operator=organiser.is_operator)]


@built_once
def _first_coming(organiser_id: uuid.UUID, run_id: uuid.UUID, size: int, *, is_operator: bool) -> Any:
    organiser = stand_in(organiser_id, is_operator=is_operator)
    return (
        select(Person.id, display_name_column(), avatar_column(organiser), Participation.late_min)
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.run_id == run_id, Participation.status == GOING, Participation.person_id != organiser_id)
        .order_by(Participation.late_min.desc().nulls_last(), Participation.rank)
        .limit(size)
    )


def _note_of_organiser(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    ids = {one.id_in("participation") for one in references} - {None}
    columns = Participation.id, Participation.status, Participation.organiser_note
    rows = {row.id: row for row in db.session.execute(select(*columns).where(Participation.id.in_(ids)))}
    writers = {one.actor_id for one in references} - {None}
    shut_out = set(db.session.scalars(select(Person.id).where(Person.id.in_(writers), Person.state.in_(SHUT_OUT))))
    return {
        one.id: {
            "note": row.organiser_note if row.status == one.data["status"] and one.actor_id not in shut_out else ""
        }
        for one in references
        if (row := rows.get(one.id_in("participation"))) is not None
    }


NOTE = Words(_note_of_organiser, gone={"note": ""})
"""The organiser's note (`note`) with a status that a person still has, by the id of the participation in `data`.

It is empty once the organiser is shut out: the status is told all the same.
"""
