"""Questions about sign-in: who is behind a number or a session, and what was tried before."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, or_, select, tuple_, union_all

from hampa.auth.models import SESSION_LIFETIME, Device, NumberTries, Session, SignInCode, Tries
from hampa.people.models.person import Person
from hampa.people.queries.blocks import has_hidden
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale import phone as numbers
from hampa.platform.security.keys import keyed_hash
from hampa.platform.web.paging import Page, decode

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHUT_OUT = ("suspended", "banned", "erased")
SESSIONS_A_PAGE = 20


@dataclass(frozen=True)
class Asker:
    """Who is behind a number, as seen from one browser; all None when the number has no account.

    `device_id` is set when the person has signed in in this browser before.
    """

    person_id: uuid.UUID | None = None
    locale: str | None = None
    device_id: uuid.UUID | None = None

    @property
    def is_known(self) -> bool:
        return self.device_id is not None


@dataclass(frozen=True)
class Limit:
    """So many codes, of those that `which` finds, in a window of time."""

    most: int
    window: timedelta
    which: ColumnElement[bool]


def hash_of_session(token: str) -> str:
    """What is kept of a session's token."""
    return keyed_hash("session", token)


def hash_of_device(token: str) -> str:
    """What is kept of a known device's token."""
    return keyed_hash("device", token)


def hash_of_browser(secret: str) -> str:
    """What is kept of the secret of the browser that asked for a code."""
    return keyed_hash("sign-in browser", secret)


def load_session(token: str) -> Person | None:
    """The person whose session this token opens, in one statement; None when it opens nothing.

    The person carries which session it was (`session_id`, `session_token`, `session_seen_at`).
    """
    given = {"token_hash": hash_of_session(token), "since": clock.now() - SESSION_LIFETIME}
    found = db.session.execute(_whose_session(), given).one_or_none()
    if found is None:
        return None
    person: Person = found[0]
    person.session_id, person.session_seen_at, person.session_token = found[1], found[2], token
    person.meets_all = not found[3]
    return person


@cache
def _whose_session() -> Select[Person, uuid.UUID, datetime, bool]:
    """By `token_hash` and `since`. Made once: each request of who is signed in asks it, and making it anew took longer
    than its answer.
    """
    return (
        select(Person, Session.id, Session.last_seen_at, has_hidden(Person.id))
        .join(Session, Session.person_id == Person.id)
        .where(
            Session.token_hash == bindparam("token_hash"),
            _alive(bindparam("since")),
            Person.state.not_in((*SHUT_OUT, "leaving")),
        )
    )


def asker(phone: str, device_token: str | None) -> Asker:
    """Who is behind a number. The same statement whether anybody is or not."""
    device = and_(Device.person_id == Person.id, Device.token_hash == hash_of_device(device_token or ""))
    row = db.session.execute(
        select(Person.id, Person.locale, Device.id.label("device_id"))
        .select_from(Person)
        .outerjoin(Device, device)
        .where(Person.phone == phone)
    ).one_or_none()
    return Asker(row.id, row.locale, row.device_id) if row else Asker()


def code_for(code_id: uuid.UUID, secret: str, purpose: str = "sign_in", *, lock: bool = False) -> SignInCode:
    """The code that this browser asked for, locked until the transaction ends when it is to change.

    Raises `NotFound` when there is none, another browser asked for it, or it is for something else.
    """
    query = select(SignInCode).where(
        SignInCode.id == code_id, SignInCode.browser_hash == hash_of_browser(secret), SignInCode.purpose == purpose
    )
    if lock:
        query = query.with_for_update()
    code = db.session.scalar(query.execution_options(populate_existing=True))
    if code is None:
        raise NotFound
    return code


def leaver_of(code: SignInCode) -> Person | None:
    """Who is leaving, and is asked by this code whether to stay."""
    if code.ended_as != "asked":
        return None
    return db.session.scalar(select(Person).where(Person.phone == code.phone, Person.state == "leaving"))


def tries_of(phone: str, who: Asker) -> Tries | None:
    """The count of wrong codes that goes for this browser: its own when it is known, else the number's."""
    if who.is_known:
        return db.session.get(Device, who.device_id, populate_existing=True)
    query = select(NumberTries).where(NumberTries.phone == phone)
    return db.session.scalar(query.execution_options(populate_existing=True))


def next_code_at(phone: str, network: str, who: Asker) -> datetime | None:
    """When this number can have another code, past all limits and waits; None when it can now.

    A stranger's codes are counted among all of the number's; a known device's only among those of
    known devices, so that strangers can't use up the owner's.
    """
    this_number = SignInCode.phone == phone
    if who.is_known:
        this_number = and_(this_number, SignInCode.device_id.is_not(None))
    given = settings()
    limits = (
        Limit(given.codes_per_number_hour, HOUR, this_number),
        Limit(given.codes_per_number_day, DAY, this_number),
        Limit(given.codes_per_address_hour, HOUR, SignInCode.network == network),
        Limit(given.codes_per_prefix_hour, HOUR, SignInCode.prefix == numbers.prefix(phone)),
    )
    times = [*_full_until(limits), *_waits_until(phone, this_number)]
    return max((time for time in times if time > clock.now()), default=None)


def budget_is_spent() -> bool:
    """Whether the whole site has sent as many codes as it may in an hour."""
    limit = Limit(settings().codes_per_site_hour, HOUR, SignInCode.sent.is_(True))
    return bool(_full_until((limit,)))


def seconds_to_next_code(phone: str, network: str, device_token: str | None) -> int:
    """How long this browser has to wait before another code can be asked for; 0 when it need not."""
    until = next_code_at(phone, network, asker(phone, device_token))
    return math.ceil((until - clock.now()).total_seconds()) if until else 0


def is_first_device(person_id: uuid.UUID) -> bool:
    """Whether the person has not signed in in any browser yet."""
    return not db.session.scalar(select(select(Device.id).where(Device.person_id == person_id).exists()))


def session_of(person: Person, session_id: uuid.UUID) -> Session:
    """One of the person's sessions that are not over; raises `NotFound`."""
    found = db.session.scalar(
        select(Session).where(
            Session.id == session_id, Session.person_id == person.id, _alive(clock.now() - SESSION_LIFETIME)
        )
    )
    if found is None:
        raise NotFound
    return found


def sessions_of(person: Person, after: str | None = None) -> Page[Session]:
    """The person's sessions that are not over, the newest first."""
    query = (
        select(Session)
        .where(Session.person_id == person.id, _alive(clock.now() - SESSION_LIFETIME))
        .order_by(Session.created_at.desc(), Session.id.desc())
        .limit(SESSIONS_A_PAGE + 1)
    )
    cursor = decode(after, datetime, uuid.UUID)
    if cursor:
        query = query.where(tuple_(Session.created_at, Session.id) < tuple_(*map(literal, cursor)))
    return Page.of(db.session.scalars(query).all(), SESSIONS_A_PAGE, lambda row: (row.created_at, row.id))


def _alive(since: Any) -> ColumnElement[bool]:
    """Sessions that were not ended, nor forgotten since then."""
    return and_(Session.ended_at.is_(None), Session.last_seen_at > since)


def _full_until(limits: tuple[Limit, ...]) -> list[datetime]:
    """Of the limits that are reached, when each lets one through again. One statement, which reads
    no more rows than the limits allow."""
    now = clock.now()
    parts = []
    for position, limit in enumerate(limits):
        newest = (
            select(SignInCode.created_at)
            .where(limit.which, SignInCode.created_at > now - limit.window)
            .order_by(SignInCode.created_at.desc())
            .limit(limit.most)
            .subquery()
        )
        oldest = func.min(newest.c.created_at).label("oldest")
        parts.append(
            select(literal(position).label("position"), func.count().label("found"), oldest).select_from(newest)
        )
    rows = db.session.execute(union_all(*parts))
    return [row.oldest + limits[row.position].window for row in rows if row.found >= limits[row.position].most]


def _waits_until(phone: str, this_number: ColumnElement[bool]) -> list[datetime]:
    """When the wait since the last code ends, if there was one: it doubles with each that was not used."""
    used = (
        select(func.max(SignInCode.ended_at))
        .where(SignInCode.phone == phone, SignInCode.ended_as == "used")
        .scalar_subquery()
    )
    count, last = db.session.execute(
        select(func.count(), func.max(SignInCode.created_at)).where(
            this_number,
            SignInCode.created_at > clock.now() - HOUR,
            or_(used.is_(None), SignInCode.created_at > used),
        )
    ).one()
    return [last + min(HOUR, timedelta(seconds=settings().code_wait * 2 ** min(count - 1, 12)))] if count else []
