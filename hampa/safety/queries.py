"""Questions about who is waited for."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal, or_, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload

from hampa.people.models.person import Person
from hampa.people.queries.summaries import PersonSummary, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security import signed_links
from hampa.platform.web.paging import Page, decode
from hampa.runs.models.participation import CAME, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.roster import phones_are_shown
from hampa.runs.queries.runs import organised_run
from hampa.safety.models import RUNNING, ContactLook, Watch

PURPOSE = "h"
"""Of links by which a runner says that they are home."""
PAST_SHOWN = 10
DAY = timedelta(days=1)
SHOWN_FOR = timedelta(hours=1)
"""A contact that somebody looked at stays open to them so long; after that they look again."""
LOOKS_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class ContactLookRow:
    """Somebody looked at one's emergency contact, as organiser of a run."""

    id: uuid.UUID
    created_at: datetime
    run_title: str
    organiser: PersonSummary


def running_of(person: Person) -> Watch | None:
    """The one that runs for this person, with its run."""
    query = select(Watch).where(Watch.person_id == person.id, Watch.status.in_(RUNNING))
    return db.session.scalar(query.options(joinedload(Watch.run)))


def past_of(person: Person) -> Sequence[Watch]:
    """This person's last ones that have ended, the newest first, with their runs."""
    query = select(Watch).where(Watch.person_id == person.id, Watch.ended_at.is_not(None))
    query = query.order_by(Watch.created_at.desc(), Watch.id.desc()).limit(PAST_SHOWN)
    return db.session.scalars(query.options(joinedload(Watch.run))).all()


def last_contact_of(person: Person) -> tuple[str, str]:
    """Name and number (E.164) of whom this person named last, else their emergency contact; empty without either."""
    query = select(Watch.contact_name, Watch.contact_phone).where(Watch.person_id == person.id)
    row = db.session.execute(query.order_by(Watch.created_at.desc(), Watch.id.desc()).limit(1)).first()
    return (row.contact_name, row.contact_phone) if row else (person.emergency_name, person.emergency_phone or "")


def watch_of(person: Person, watch_id: uuid.UUID) -> Watch:
    """One of the person's own, with the person and the run. Raises NotFound."""
    query = select(Watch).where(Watch.id == watch_id, Watch.person_id == person.id)
    watch = db.session.scalar(query.options(joinedload(Watch.person), joinedload(Watch.run)))
    if watch is None:
        raise NotFound
    return watch


def watch_of_link(token: str) -> Watch:
    """The one that a link is about, with its person.

    Who is suspended may still say that they are home: a link that is dead there would frighten somebody for nothing.
    Raises NotFound for a link that is forged, Gone for one that has ended.
    """
    link = signed_links.read(token)
    if link is not None and link.purpose == PURPOSE:
        query = (
            select(Watch).where(Watch.id == link.subject_id).options(joinedload(Watch.person), joinedload(Watch.run))
        )
        watch = db.session.scalar(query)
        if watch is not None and watch.person.state != "erased" and link.fits(watch.person.phone):
            if watch.link_ended(clock.now()):
                raise Gone(_("This link has done its work. Whoever waits for you has long been told."))
            return watch
    raise NotFound(_("This link does not work. Perhaps a part of it is missing: tap it in the message once more."))


def locked(watch_id: uuid.UUID) -> Watch:
    """It as it is now, with its person and its run, locked until the transaction ends. Raises NotFound."""
    query = select(Watch).where(Watch.id == watch_id).options(joinedload(Watch.person), joinedload(Watch.run))
    watch = db.session.scalar(query.with_for_update(of=Watch).execution_options(populate_existing=True))
    if watch is None:
        raise NotFound
    return watch


def next_due(but: Collection[uuid.UUID] = ()) -> Watch | None:
    """The one whose step has been due longest, locked; those that somebody else holds, and `but`, are left out."""
    query = (
        select(Watch)
        .join(Watch.person)
        .where(Watch.next_at <= clock.now(), Watch.id.not_in(but), Person.state != "erased")
        .order_by(Watch.next_at)
        .limit(1)
        .options(contains_eager(Watch.person), joinedload(Watch.run))
    )
    return db.session.scalar(query.with_for_update(of=Watch, skip_locked=True))


def alerts_sent(contact_phone: str) -> int:
    """How often the holder of a number was told within a day, or may be by what runs now, whoever named them."""
    query = select(func.coalesce(func.sum(func.greatest(Watch.tellings, 1)), 0)).where(
        Watch.contact_phone == contact_phone,
        or_(Watch.status.in_(RUNNING), Watch.told_at > clock.now() - DAY),
    )
    return int(db.session.scalar(query) or 0)


def contact_for_organiser(organiser: Person, run_id: uuid.UUID, person_id: uuid.UUID) -> tuple[Run, Person]:
    """A run and somebody who goes to it by their own word, whose emergency contact its organiser may look at now.

    Raises `Forbidden` for who does not organise it, and `NotFound`: at other hours, for who does not go, and for who
    named nobody.
    """
    run = organised_run(organiser, run_id)
    goes = (
        select(Person)
        .join(Participation, Participation.person_id == Person.id)
        .where(
            Participation.run_id == run.id,
            Participation.person_id == person_id,
            Participation.status.in_(CAME),
            Participation.added_by_organiser.is_(False),
            Person.emergency_phone.is_not(None),
        )
    )
    person = db.session.scalar(goes) if phones_are_shown(run) and run.cancelled_at is None else None
    if person is None:
        raise NotFound
    return run, person


def looked_lately(organiser: Person, run: Run, person: Person) -> bool:
    """Whether the organiser has looked at the person's contact, and may still see it."""
    look = select(ContactLook.id).where(
        ContactLook.organiser_id == organiser.id,
        ContactLook.person_id == person.id,
        ContactLook.run_id == run.id,
        ContactLook.created_at > clock.now() - SHOWN_FOR,
    )
    return db.session.scalar(look.limit(1)) is not None


def contact_looks_of(person: Person, after: str | None = None) -> Page[ContactLookRow]:
    """Who looked at this person's emergency contact, the last one first."""
    query = (
        select(ContactLook.id, ContactLook.created_at, ContactLook.run_title, summary_columns("organiser"))
        .join(Person, Person.id == ContactLook.organiser_id)
        .where(ContactLook.person_id == person.id)
        .order_by(ContactLook.created_at.desc(), ContactLook.id.desc())
        .limit(LOOKS_A_PAGE + 1)
    )
    cursor = decode(after, datetime, uuid.UUID)
    if cursor:
        query = query.where(tuple_(ContactLook.created_at, ContactLook.id) < tuple_(*map(literal, cursor)))
    rows = [ContactLookRow(row.id, row.created_at, row.run_title, row.organiser) for row in db.session.execute(query)]
    return Page.of(rows, LOOKS_A_PAGE, lambda look: (look.created_at, look.id))
