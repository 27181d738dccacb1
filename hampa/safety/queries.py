"""Questions about watches and about looks at emergency contacts."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from hampa.notifications.models import Reference, Words
from hampa.outbox.queries import count_sent
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, summary_columns
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import constants, db, scalar_or_404
from hampa.platform.errors import Gone, NotFound
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.security import signed_links
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, select_page
from hampa.roster.queries.roster import phone_opened
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import organised_run
from hampa.safety.models import RUNNING, TOLD, ContactLook, Watch

CONTACT_PURPOSE = "home_safe_contact"
"""The purpose of SMS to contacts; those to the runner have another."""
KEPT_FOR_WATCH = 2
"""SMS that are kept for a watch when it starts: an alert, and the word that its runner is home."""
LINK_PURPOSE = "h"
"""Purpose of the links by which a runner says that they are home."""
PAST_SHOWN = 10
DAY = timedelta(days=1)
SHOWN_FOR = timedelta(hours=1)
"""How long a contact stays visible after a look; then the organiser has to look again."""
LOOKS_A_PAGE = 20


def _contact_of_watch(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    ids = {one.subject_id for one in references}
    rows = db.session.execute(select(Watch.id, Watch.contact_name).where(Watch.id.in_(ids)))
    names = {row.id: row.contact_name for row in rows}
    return {one.id: {"contact": names[one.subject_id]} for one in references if one.subject_id in names}


CONTACT = Words(_contact_of_watch, gone={"contact": _l("your contact")})
"""The name of a watch's contact (`contact`)."""


def active_watch(person: Person) -> Watch | None:
    """Return the person's running watch with its run."""
    return _active_watch(person.id).scalar()


def expected_back(person: Person) -> Any:
    """Return when the person of a running watch is awaited (`expected_at`, in `zone`), None without one."""
    return _expected_back(person.id).first()


@built_once
def _expected_back(person_id: uuid.UUID) -> Any:
    running = Watch.person_id == person_id, Watch.status.in_(constants(*RUNNING))
    zone = Run.timezone.label("zone")
    return select(Watch.expected_at, zone).outerjoin(Run, Run.id == Watch.run_id).where(*running)


@built_once
def _active_watch(person_id: uuid.UUID) -> Any:
    query = select(Watch).where(Watch.person_id == person_id, Watch.status.in_(constants(*RUNNING)))
    return query.options(joinedload(Watch.run))


def has_watch(person: Person) -> ColumnElement[bool]:
    """Return the condition that a watch of the person is running."""
    return exists().where(Watch.person_id == person.id, Watch.status.in_(RUNNING))


def past_watches(person: Person) -> Sequence[Watch]:
    """Return the person's last watches that have ended, the newest first, with their runs."""
    query = select(Watch).where(Watch.person_id == person.id, Watch.ended_at.is_not(None))
    query = query.order_by(Watch.created_at.desc(), Watch.id.desc()).limit(PAST_SHOWN)
    return db.session.scalars(query.options(joinedload(Watch.run))).all()


def last_contact(person: Person) -> tuple[str, str]:
    """Return name and number (E.164) of the last watch's contact, else the emergency contact; "" without either."""
    query = select(Watch.contact_name, Watch.contact_phone).where(Watch.person_id == person.id)
    row = db.session.execute(query.order_by(Watch.created_at.desc(), Watch.id.desc()).limit(1)).first()
    return (row.contact_name, row.contact_phone) if row else (person.emergency_name, person.emergency_phone or "")


def watch_for(person: Person, watch_id: uuid.UUID) -> Watch:
    """Return one of the person's watches with its person and run, or raise NotFound."""
    return scalar_or_404(_watches(Watch.id == watch_id, Watch.person_id == person.id))


def watch_for_link(token: str) -> Watch:
    """Return the watch of a link, with its person and run.

    A suspended person may still say that they are home: a dead link would frighten their contact for nothing. Raise
    NotFound for a forged link, Gone for one that is too old.
    """
    link = signed_links.parse_token(token)
    if link is not None and link.purpose == LINK_PURPOSE:
        watch = db.session.scalar(_watches(Watch.id == link.subject_id))
        if watch is not None and watch.person.state != "erased" and link.is_valid_for(watch.person.phone):
            if watch.link_ended(clock.now()):
                raise Gone(_("This link has done its work. Whoever waits for you has long been told."))
            return watch
    raise NotFound(_("This link does not work. Perhaps a part of it is missing: tap it in the message once more."))


def lock_watch(watch_id: uuid.UUID) -> Watch:
    """Return a watch with its person and run, locked until the transaction ends, or raise NotFound."""
    query = _watches(Watch.id == watch_id).with_for_update(of=Watch).execution_options(populate_existing=True)
    return scalar_or_404(query)


def next_due_watch(without: Collection[uuid.UUID] = ()) -> Watch | None:
    """Return the watch whose step has been due longest, locked, except those in `without` and those locked already."""
    query = (
        select(Watch)
        .join(Watch.person)
        .where(Watch.next_at <= clock.now(), Watch.id.not_in(without), Person.state != "erased")
        .order_by(Watch.next_at)
        .limit(1)
        .options(contains_eager(Watch.person), joinedload(Watch.run))
    )
    return db.session.scalar(query.with_for_update(of=Watch, skip_locked=True))


def alerts_sent(contact_phone: str) -> int:
    """Return how many alerts a number got within a day, or may get by running watches, whoever named it."""
    query = select(func.coalesce(func.sum(func.greatest(Watch.alerts_sent, 1)), 0)).where(
        Watch.contact_phone == contact_phone, or_(Watch.status.in_(RUNNING), Watch.told_at > clock.now() - DAY)
    )
    return int(db.session.scalar(query) or 0)


def room_for_contact(contact_phone: str, runner_id: uuid.UUID) -> int:
    """Return how many SMS a contact may still get today because of a runner, besides those that are kept.

    A running watch keeps two: the alert, until it is sent, and the word that its runner is home. They are therefore
    never refused, whatever others have a number told meanwhile. One runner may cause half of what a contact gets, so
    that nobody uses up alone what others need.
    """
    is_runner = Watch.person_id == runner_id
    kept = select(
        func.count() + func.count().filter(Watch.status != TOLD),
        func.count().filter(is_runner) + func.count().filter(is_runner, Watch.status != TOLD),
    ).where(Watch.contact_phone == contact_phone, Watch.status.in_(RUNNING))
    by_all, by_runner = db.session.execute(kept).one()
    most = settings().texts_per_contact_day
    left = most - by_all - count_sent(contact_phone, CONTACT_PURPOSE)
    left_of_runner = most // 2 - by_runner - count_sent(contact_phone, CONTACT_PURPOSE, because_of=runner_id)
    return int(min(left, left_of_runner))


def contact_for_organiser(organiser: Person, run_id: uuid.UUID, participation_id: uuid.UUID) -> tuple[Run, Person]:
    """Return a run and a participant whose emergency contact its organiser may look at now.

    Raise Forbidden if the person does not organise the run, and NotFound at other hours, for somebody who does not take
    part or was added by an organiser, and for a person without a contact.
    """
    run = organised_run(organiser, run_id)
    participant = (
        select(Person)
        .join(Participation, Participation.person_id == Person.id)
        .where(
            Participation.run_id == run.id,
            Participation.id == participation_id,
            phone_opened(run),
            Person.emergency_phone.is_not(None),
        )
    )
    person = db.session.scalar(participant) if run.cancelled_at is None else None
    if person is None:
        raise NotFound
    return run, person


def has_looked(organiser: Person, run: Run, person: Person) -> bool:
    """Return whether the organiser has looked at the person's contact and may still see it."""
    look = select(ContactLook.id).where(
        ContactLook.organiser_id == organiser.id,
        ContactLook.person_id == person.id,
        ContactLook.run_id == run.id,
        ContactLook.created_at > clock.now() - SHOWN_FOR,
    )
    return db.session.scalar(look.limit(1)) is not None


def contact_looks(
    person: Person, after: str | None = None, size: int = LOOKS_A_PAGE
) -> Page[Row[uuid.UUID, datetime, str | None, PersonSummary]]:
    """Return the looks at the person's contact, the last one first: `id`, `created_at`, `run_title`, `organiser`.

    `run_title` is what the run is called now, None if there is no such run any more.
    """
    query = (
        select(ContactLook.id, ContactLook.created_at, Run.title.label("run_title"), summary_columns("organiser"))
        .join(Person, Person.id == ContactLook.organiser_id)
        .outerjoin(Run, Run.id == ContactLook.run_id)
        .where(ContactLook.person_id == person.id)
    )
    query = select_page(query, after, size, ContactLook.created_at, ContactLook.id, descending=True)
    return Page.of(db.session.execute(query).all(), size, lambda look: (look.created_at, look.id))


def _watches(*conditions: ColumnElement[bool]) -> Select[Watch]:
    return select(Watch).where(*conditions).options(joinedload(Watch.person), joinedload(Watch.run))
