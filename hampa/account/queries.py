"""Questions about an account as a whole: exports, phone changes, and what a deletion leaves behind."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, exists, func, select

from hampa.account.models import GOOD_FOR, OBJECTION, READY, WAITING, Export, PhoneChange
from hampa.cards.models import PENDING, Card, Interest
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, by_phone, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media import storage
from hampa.platform.security import signed_links
from hampa.runs.models.participation import TAKING_PART, Participation
from hampa.runs.models.run import Run, RunOrganiser
from hampa.series.models import Series, SeriesMembership

STALE = timedelta(days=1)
"""An export that was not made by then is never made: its job has failed at each try."""
PROOF_HOLDS = timedelta(minutes=10)
"""How long it counts for the last step of a change of number, which waits for a second code."""
OBJECTION_LINK = "p"


@dataclass(slots=True)
class OwnedRun:
    """A run to come, or a series with all its runs to come.

    `id` is the run's or the series', `starts_at` that of the first run, `runs` their number, `people` how many go or
    wait. `successors` organise it with the owner, the one who has done so longest first.
    """

    id: uuid.UUID
    title: str
    starts_at: datetime
    timezone: str
    is_series: bool
    runs: int = 0
    people: int = 0
    successors: list[PersonSummary] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeletionConsequences:
    """What ends when a person deletes the account.

    `places` is the number of runs that they take part in; the requests are those to run together that are not answered.
    """

    owned_runs: list[OwnedRun]
    places: int
    cards: int
    requests_received: int
    requests_sent: int


def latest_export(person: Person) -> Export | None:
    """Return the person's last export, in whatever state."""
    query = select(Export).where(Export.person_id == person.id)
    return db.session.scalar(query.order_by(Export.created_at.desc(), Export.id.desc()).limit(1))


def export_for(person: Person, export_id: uuid.UUID) -> Export:
    """Return an export that can be downloaded.

    Raise NotFound for other people's exports and those that are not ready, Gone once the day is over.
    """
    export = db.session.scalar(select(Export).where(Export.id == export_id, Export.person_id == person.id))
    if export is None or export.ready_at is None:
        raise NotFound
    if not export.can_be_fetched or not storage.exists(export.file):
        raise Gone(_("This copy could be downloaded for a day, which is over. Ask for a new one."))
    return export


def waiting_export(export_id: uuid.UUID) -> Row[Export, Person] | None:
    """Return an export that has to be made and its person, None if there is nothing to do any more."""
    return db.session.execute(
        select(Export, Person)
        .join(Person, Person.id == Export.person_id)
        .where(Export.id == export_id, Export.status == WAITING, Person.state == "active")
    ).one_or_none()


def expired_exports() -> Sequence[Export]:
    """Return the exports that were ready for a day."""
    query = select(Export).where(Export.status == READY, Export.ready_at <= clock.now() - GOOD_FOR)
    return db.session.scalars(query).all()


def stuck_exports() -> Sequence[Export]:
    """Return the exports that should have been made long ago."""
    query = select(Export).where(Export.status == WAITING, Export.created_at <= clock.now() - STALE)
    return db.session.scalars(query).all()


def is_taken(phone: str) -> bool:
    """Return whether a person signs in with this number (E.164)."""
    return by_phone(phone) is not None


def change_for_link(token: str) -> tuple[PhoneChange, Person]:
    """Return the change that the holder of the old number may undo, and its person.

    Raise NotFound for a forged link, Gone if the change was undone, is too old, or the person has the old number again.
    It does not matter whether the number has changed again since: somebody who stole an account would do just that.
    """
    link = signed_links.parse_token(token)
    row = None
    if link is not None and link.purpose == OBJECTION_LINK:
        row = db.session.execute(
            select(PhoneChange, Person)
            .join(Person, Person.id == PhoneChange.person_id)
            .where(PhoneChange.id == link.subject_id)
        ).one_or_none()
    if link is None or row is None or not link.is_valid_for(row[0].old_phone):
        raise NotFound
    change, person = row
    if person.phone == change.old_phone:
        raise Gone(_("It is taken back: this number is the one that counts. Sign in with it."))
    if change.undone_at is not None or change.created_at < clock.now() - OBJECTION:
        raise Gone(_("This change can't be undone any more. Write to the operators of this site."))
    return change, person


def deletion_consequences(person: Person) -> DeletionConsequences:
    """Return what ends when the person deletes the account."""
    joined = select(func.count()).select_from(Run).where(Run.organiser_id != person.id, _takes_part(person))
    pending = select(func.count()).where(Interest.status == PENDING)
    return DeletionConsequences(
        owned_runs=owned_runs(person),
        places=_count(joined.where(*_upcoming())),
        cards=_count(select(func.count()).where(Card.owner_id == person.id)),
        requests_received=_count(pending.where(Interest.owner_id == person.id)),
        requests_sent=_count(pending.where(Interest.sender_id == person.id)),
    )


def owned_runs(person: Person) -> list[OwnedRun]:
    """Return the runs and series to come that need another owner, soonest first, in two statements."""
    series_id = select(Series.id).where(Series.id == Run.series_id, Series.organiser_id == person.id).scalar_subquery()
    people = Run.taken - Run.offered + Run.waiting
    rows = db.session.execute(
        select(Run.id, Run.title, Run.starts_at, Run.timezone, people.label("people"), series_id.label("series_id"))
        .where(Run.organiser_id == person.id, *_upcoming())
        .order_by(Run.starts_at, Run.id)
    ).all()
    successors = _successors([row.id for row in rows])
    owned: dict[uuid.UUID, OwnedRun] = {}
    for row in rows:
        key = row.series_id or row.id
        item = owned.setdefault(key, OwnedRun(key, row.title, row.starts_at, row.timezone, row.series_id is not None))
        item.runs += 1
        item.people += row.people
        item.successors += [other for other in successors[row.id] if other not in item.successors]
    return list(owned.values())


def successors_of(run_id: uuid.UUID) -> list[PersonSummary]:
    """Return the people who could own a run, the one who has organised it longest first."""
    return _successors([run_id])[run_id]


def may_take_over_series(person_id: uuid.UUID, series_id: uuid.UUID) -> bool:
    """Return whether a person agreed to own a run to come of the series, if its owner leaves."""
    run_ids = list(db.session.scalars(select(Run.id).where(Run.series_id == series_id, *_upcoming())))
    return any(person.id == person_id for people in _successors(run_ids).values() for person in people)


def next_membership(person: Person) -> uuid.UUID | None:
    """Return a series whose member the person is."""
    query = select(SeriesMembership.series_id).where(SeriesMembership.person_id == person.id)
    return db.session.scalar(query.order_by(SeriesMembership.series_id).limit(1))


def next_owned_series(person: Person) -> uuid.UUID | None:
    """Return a series of the person's that still makes runs."""
    query = select(Series.id).where(Series.organiser_id == person.id, Series.ended_at.is_(None))
    return db.session.scalar(query.order_by(Series.id).limit(1))


def next_owned_run(person: Person) -> Row[uuid.UUID, uuid.UUID | None] | None:
    """Return the next run that the person owns, as `id` and `series_id`."""
    return _next_run(Run.organiser_id == person.id)


def next_shared_run(person: Person) -> Row[uuid.UUID, uuid.UUID | None] | None:
    """Return the next run that the person organises with its owner, as `id` and `series_id`."""
    organises = exists().where(
        RunOrganiser.run_id == Run.id, RunOrganiser.person_id == person.id, RunOrganiser.agreed_at.is_not(None)
    )
    return _next_run(organises)


def next_joined_run(person: Person) -> Row[uuid.UUID, uuid.UUID | None] | None:
    """Return the next run in which the person takes part, as `id` and `series_id`."""
    return _next_run(_takes_part(person))


def _next_run(condition: ColumnElement[bool]) -> Row[uuid.UUID, uuid.UUID | None] | None:
    query = select(Run.id, Run.series_id).where(condition, *_upcoming())
    return db.session.execute(query.order_by(Run.starts_at, Run.id).limit(1)).one_or_none()


def _takes_part(person: Person) -> ColumnElement[bool]:
    return exists().where(
        Participation.run_id == Run.id, Participation.person_id == person.id, Participation.status.in_(TAKING_PART)
    )


def _upcoming() -> tuple[ColumnElement[bool], ...]:
    return Run.cancelled_at.is_(None), Run.starts_at > clock.now()


def _successors(run_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[PersonSummary]]:
    rows = db.session.execute(
        select(RunOrganiser.run_id, summary_columns())
        .join(Person, Person.id == RunOrganiser.person_id)
        .where(
            RunOrganiser.run_id.in_(run_ids),
            RunOrganiser.agreed_at.is_not(None),
            RunOrganiser.takes_over,
            Person.state == "active",
        )
        .order_by(RunOrganiser.created_at, RunOrganiser.id)
    )
    successors: dict[uuid.UUID, list[PersonSummary]] = defaultdict(list)
    for run_id, person in rows:
        successors[run_id].append(person)
    return successors


def _count(query: Select[int]) -> int:
    return db.session.scalar(query) or 0
