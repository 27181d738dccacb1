"""Gateways and spending, as operators see them."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cachetools import TTLCache
from sqlalchemy import ColumnElement, false, func, select

from hampa.admin.models import COUNTS, SiteDay
from hampa.auth.models import Session, SignInCode
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.messages.models import Message
from hampa.moderation.models import Report
from hampa.outbox import queries as outbox
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock, ids, metrics
from hampa.platform.backups import targets
from hampa.platform.config import settings
from hampa.platform.db import db, scalar_or_404
from hampa.platform.delivery import breaker
from hampa.platform.delivery.breaker import GatewayState
from hampa.platform.delivery.gateways import gateway_names
from hampa.platform.jobs.operating import queue_depths
from hampa.platform.locale import phone as phones
from hampa.platform.metrics import Reading
from hampa.platform.texts.cleaning import fold
from hampa.platform.texts.search import parse_search, text_query
from hampa.platform.web.paging import Page, select_page
from hampa.runs.models.participation import CAME, Participation
from hampa.runs.models.run import Run

PEOPLE_ON_A_PAGE = 30
_backups: TTLCache[str, bool] = TTLCache(1, 300)


@dataclass(frozen=True)
class GatewayRow:
    """A gateway that the settings use, with its state if it has ever failed."""

    name: str
    state: GatewayState | None

    @property
    def rests(self) -> bool:
        """Return whether it gets nothing just now."""
        return self.state is not None and self.state.is_open


@dataclass(frozen=True)
class Spending:
    """What SMS have cost today in a currency, and the budget of the day if there is one."""

    currency: str
    amount: Decimal
    budget: Decimal | None

    @property
    def is_used(self) -> bool:
        """Return whether the budget is used, so that SMS to many wait."""
        return self.budget is not None and self.amount >= self.budget


def gateways() -> list[GatewayRow]:
    """Return the gateways of the settings."""
    states = {state.name: state for state in breaker.gateway_states()}
    return [GatewayRow(name, states.get(name)) for name in gateway_names()]


def spending() -> list[Spending]:
    """Return what this day has cost, by currency."""
    spent = outbox.spent_today()
    budgets = {budget.currency: budget.amount for budget in settings().sms_budget_day}
    return [
        Spending(currency, spent.get(currency, Decimal()), budgets.get(currency))
        for currency in sorted({*spent, *budgets})
    ]


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person as a row of what operators find."""

    id: uuid.UUID
    name: str
    handle: str | None
    state: str
    is_operator: bool
    created_at: datetime

    @property
    def is_closed(self) -> bool:
        """Return whether the account is shut out, or is leaving."""
        return self.state != "active"


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What operators see of a person, who may see no more: numbers, and nothing that the person wrote to others."""

    sessions: int
    organised: int
    taken_part: int
    crews: int
    reports_about: int
    reports_by: int


def find_people(text: str, after: str | None, size: int = PEOPLE_ON_A_PAGE) -> Page[FoundPerson]:
    """Return a page of people: by id, by exactly this number, by user name, or by the words of the name; newest first.

    Without a text these are the newest people.
    """
    query = select(Person.id, Person.name, Person.handle, Person.state, Person.is_operator, Person.created_at)
    query = query.where(*_like(text.strip()))
    query = select_page(query, after, size, Person.id, descending=True)
    rows = [FoundPerson(*row) for row in db.session.execute(query)]
    return Page.of(rows, size, lambda row: (row.id,))


def _like(text: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Person.state != "erased"]
    if not text:
        return conditions
    with suppress(ValueError):
        return [*conditions, Person.id == uuid.UUID(text)]
    with suppress(phones.PhoneError):
        return [*conditions, Person.phone == phones.parse(text, settings().phone_region, any_line=True)]
    if text.startswith("@"):
        return [*conditions, Person.handle == fold(text[1:])]
    terms = parse_search(text)
    if not terms:
        return [*conditions, false()]
    return [*conditions, func.search_words(Person.name).bool_op("@@")(text_query(terms))]


def person_seen(operator: Person, person_id: uuid.UUID) -> Person:
    """Return a person, for operators. Raise NotFound, also for who is erased."""
    return scalar_or_404(select(Person).where(Person.id == person_id, Person.state != "erased"))


def facts_of(person: Person) -> PersonFacts:
    """Return the numbers of a person, in one statement."""
    open_session = (Session.person_id == person.id, Session.ended_at.is_(None))
    active = (CrewMembership.person_id == person.id, CrewMembership.status == ACTIVE)
    came = (Participation.person_id == person.id, Participation.status.in_(CAME))
    begun = (Run.starts_at <= clock.now(), Run.cancelled_at.is_(None))
    counts = (
        select(func.count()).select_from(Session).where(*open_session),
        select(func.count()).select_from(Run).where(Run.organiser_id == person.id),
        select(func.count()).select_from(Participation).join(Run, Run.id == Participation.run_id).where(*came, *begun),
        select(func.count()).select_from(CrewMembership).where(*active),
        select(func.count()).select_from(Report).where(Report.about_id == person.id),
        select(func.count()).select_from(Report).where(Report.reporter_id == person.id),
    )
    return PersonFacts(*db.session.execute(select(*(count.scalar_subquery() for count in counts))).one())


@dataclass(frozen=True, slots=True)
class DayRow:
    """What happened on a day of the site."""

    day: dt.date
    signups: int = 0
    runs: int = 0
    joins: int = 0
    messages: int = 0
    sms: int = 0


def days_of_site(span: int) -> list[DayRow]:
    """Return the last days of the site in order, today included; days without a count are zeros."""
    last = site_today()
    first = last - timedelta(days=span - 1)
    columns = (SiteDay.day, *(getattr(SiteDay, name) for name in COUNTS))
    rows = db.session.execute(select(*columns).where(SiteDay.day.between(first, last)))
    by_day = {row.day: DayRow(*row) for row in rows}
    return [by_day.get(day) or DayRow(day) for day in (first + timedelta(days=nth) for nth in range(span))]


def site_today() -> dt.date:
    """Return the present day in the time zone of the site."""
    return clock.now().astimezone(ZoneInfo(settings().timezone)).date()


def has_days() -> bool:
    """Return whether any day but the last two has been counted."""
    earlier = SiteDay.day < site_today() - timedelta(days=1)
    return bool(db.session.scalar(select(select(SiteDay.id).where(earlier).exists())))


def counts_of_day(day: dt.date) -> dict[str, int]:
    """Count what happened on a day of the site, in one statement.

    Ids sort by the time at which they were made, so that each count reads a range of a primary key.
    """
    zone = ZoneInfo(settings().timezone)
    begins, ends = (datetime.combine(one, dt.time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    first, end = ids.first_of(begins), ids.first_of(ends)

    def made(model: Any, *conditions: Any) -> Any:
        return select(func.count()).select_from(model).where(model.id >= first, model.id < end, *conditions)

    sms = (
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.sent_at >= begins, OutboxMessage.sent_at < ends, OutboxMessage.kind == "sms")
    )
    counts = (made(Person, Person.is_demo.is_(False)), made(Run), made(Participation), made(Message), sms)
    row = db.session.execute(select(*(count.scalar_subquery() for count in counts))).one()
    return dict(zip(COUNTS, row, strict=True))


@metrics.reads
def site_readings() -> Iterator[Reading]:
    """Read what waits, what was sent and spent, and who came, in a few statements."""
    for depth in outbox.depths():
        labels = (("priority", depth.priority),)
        for state, number in (("due", depth.due), ("later", depth.later), ("sending", depth.held)):
            words = "Messages that are not sent yet"
            yield Reading("hampa_outbox_messages", words, number, (*labels, ("state", state)))
        yield Reading("hampa_outbox_oldest_seconds", "How long the oldest one is due", _age(depth.oldest), labels)
    for queue in queue_depths():
        named = (("queue", queue.queue),)
        yield Reading("hampa_jobs_due", "Jobs that are due", queue.due, named)
        yield Reading("hampa_jobs_running", "Jobs that run", queue.running, named)
        yield Reading("hampa_jobs_oldest_seconds", "How long the oldest one is due", _age(queue.oldest), named)
    for spent in spending():
        yield Reading(
            "hampa_sms_spent_today", "What SMS cost today", float(spent.amount), (("currency", spent.currency),)
        )
    codes = select(func.count()).where(SignInCode.created_at > clock.now() - timedelta(hours=1))
    yield Reading("hampa_sign_in_codes_hour", "Sign-in codes of the last hour", db.session.scalar(codes) or 0)
    midnight = ids.first_of(outbox.today())
    came = select(func.count()).where(Person.id >= midnight, Person.is_demo.is_(False))
    yield Reading("hampa_sign_ups_today", "Sign-ups of this day", db.session.scalar(came) or 0)


@metrics.reads
def backup_readings() -> Iterator[Reading]:
    """Read whether the newest backup is late; nothing where no backups are made. It is looked up every five minutes."""
    if not settings().backup_target:
        return
    if "late" not in _backups:
        _backups["late"] = targets.is_late()
    yield Reading("hampa_backup_late", "Whether the newest backup is older than 36 hours", int(_backups["late"]))


def _age(moment: datetime | None) -> float:
    return max(0.0, (clock.now() - moment).total_seconds()) if moment is not None else 0.0
