"""Questions about sign-in: the owner of a number or session, the limits of codes, wrong codes."""

import math
import uuid
from collections.abc import Callable, Collection, Hashable, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import INET

from hampa.auth.models import (
    SESSION_LIFETIME,
    STRENGTH,
    CodeLimit,
    Device,
    NumberTries,
    PhoneOwner,
    Session,
    SignInCode,
    Tries,
)
from hampa.notifications.queries.listing import count_of_unread
from hampa.people.models import Person, person_version
from hampa.people.queries import all_hidden_from
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import columns_of, db, loaded, scalar_or_404
from hampa.platform.kept_rows import KeptRows
from hampa.platform.locale import phone as numbers
from hampa.platform.security.crypto import keyed_hash, keyed_hashes
from hampa.platform.security.ip_addresses import neighbourhood_of
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.web.paging import Page, decode, rows_after
from hampa.platform.web.request_limits import knows_browsers

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHUT_OUT = ("suspended", "banned", "erased")
SESSIONS_A_PAGE = 20
PROOF_LASTS = timedelta(minutes=5)
"""How long a code counts for what an open session alone may not begin: a change of number, an export."""


def session_token_hash(token: str) -> str:
    """Return the stored hash of a session's token."""
    return keyed_hash("session", token)


def device_token_hash(token: str) -> str:
    """Return the stored hash of a known device's token."""
    return keyed_hash("device", token)


def is_device(token: str) -> ColumnElement[bool]:
    """Return the condition that a token is that of a `Device`."""
    return Device.token_hash.in_(keyed_hashes("device", token))


def browser_secret_hash(secret: str) -> str:
    """Return the stored hash of the secret of the browser that requested a code."""
    return keyed_hash("sign-in browser", secret)


SessionCount = Callable[[Any, Any], ScalarSelect[int]]
_session_counts: dict[str, SessionCount] = {}


def count_with_session(name: str, count: SessionCount) -> None:
    """Register a number that every page shows to who is signed in: it is read with the session, into `Person.counts`.

    `count` returns it as part of a statement; it takes the id of the person, and the array of ids that are hidden from
    them, as columns.
    """
    _session_counts[name] = count


def load_session(token: str) -> Person | None:
    """Return the person of the session with this token, in one statement; None if there is no such session.

    The person carries which session it was (`session_id`, `session_token`, `session_seen_at`), and what each page needs
    of them: `hidden_ids`, `unread_count` and `counts`.
    """
    for token_hash in keyed_hashes("session", token):  # one, unless the secret key has changed
        if person := _viewer(("session", token_hash), partial(_session, token_hash)):
            person.session_token = token
            return person
    return None


def load_program(session_id: uuid.UUID, person_id: uuid.UUID) -> Person | None:
    """Return the person of a program's session, whose it is by its token; None if it has ended."""
    return _viewer(("program", session_id), lambda since, _now: _program(session_id, since), person_id)


viewers = KeptRows("people", 2_000, lambda person_id: (person_version(person_id), person_version(None)))


def _viewer(
    key: tuple[str, Hashable], ask: Callable[[datetime, datetime], Any], person_id: uuid.UUID | None = None
) -> Person | None:
    """Return the person of a session, whose row is kept until it, a session or a block of theirs changes.

    The numbers that pages show are never kept: who was kept reads them once they are asked for.
    """
    now = clock.now()
    row, was_kept = viewers.find(
        key, lambda: ask(now - SESSION_LIFETIME, now).one_or_none(), _columns_of_viewer(), person_id
    )
    person = viewer_of(row)
    if person is not None and was_kept and key[0] == "session":
        person.counts_later = _read_counts
    return person


def _read_counts(person: Person) -> None:
    """Read the numbers that each page shows of a person who came from the cache."""
    person.unread_count, *others = _counts(person.id, person.hidden_ids or [], clock.now()).one()
    person.counts = dict(zip(_session_counts, others, strict=True))


@built_once
def _counts(person_id: uuid.UUID, hidden: list[uuid.UUID], now: datetime) -> Select[*tuple[Any, ...]]:
    others = (count(person_id, hidden).label(name) for name, count in _session_counts.items())
    return select(count_of_unread(person_id, hidden, now), *others)


def viewer_of(row: Sequence[Any] | None) -> Person | None:
    """Return the person of a row of `select_viewer`, with what each page needs of them; None if there is no row."""
    if row is None:
        return None
    size = _columns_of_viewer()
    counts = row[size:]
    *values, session_id, seen_at, hidden = row[:size]
    person = loaded(Person, values)
    person.session_id, person.session_seen_at, person.hidden_ids = session_id, seen_at, hidden
    person.unread_count = person.counts = None
    if counts:
        person.unread_count, *others = counts
        person.counts = dict(zip(_session_counts, others, strict=True))
    return person


@cache
def _columns_of_viewer() -> int:
    return len(columns_of(Person)) + 3


@built_once
def _session(token_hash: str, since: datetime, now: datetime) -> Select[*tuple[Any, ...]]:
    joined = select_viewer(Session.id, Session.last_seen_at, counts_at=now)
    joined = joined.join(Session, Session.person_id == Person.id)
    return joined.where(Session.token_hash == token_hash, _is_active(since))


@built_once
def _program(session_id: uuid.UUID, since: datetime) -> Select[*tuple[Any, ...]]:
    joined = select_viewer(Session.id, Session.last_seen_at).join(Session, Session.person_id == Person.id)
    return joined.where(Session.id == session_id, Session.is_program, _is_active(since))


def select_viewer(session_id: Any, seen_at: Any, *, counts_at: Any = None) -> Select[*tuple[Any, ...]]:
    """Return a SELECT of people who may sign in, to be joined with what shows that one of them has.

    Its rows are for `viewer_of`: the columns of the person, those of their session, and, at a time, the numbers that each
    page shows. Programs ask for those alone, and what they ask for most costs half of it.
    """
    # LIMIT 1 has PostgreSQL read the ids once and not for each notification.
    hidden = select(all_hidden_from(Person.id).label("ids")).correlate(Person).limit(literal_column("1")).lateral()
    counts: list[Any] = []
    if counts_at is not None:
        others = (count(Person.id, hidden.c.ids).label(name) for name, count in _session_counts.items())
        counts = [count_of_unread(Person.id, hidden.c.ids, counts_at), *others]
    return (
        select(*columns_of(Person), session_id, seen_at, hidden.c.ids, *counts)
        .select_from(Person)
        .join(hidden, true())
        .where(Person.state.not_in((*SHUT_OUT, "leaving")))
    )


def phone_owner(phone: str, device_token: str | None) -> PhoneOwner:
    """Return the owner of a number; the statement is the same whether the number has an account or not."""
    device = and_(Device.person_id == Person.id, is_device(device_token or ""))
    row = db.session.execute(
        select(Person.id, Person.locale, Device.id.label("device_id"))
        .select_from(Person)
        .outerjoin(Device, device)
        .where(Person.phone == phone)
    ).one_or_none()
    return PhoneOwner(*row) if row else PhoneOwner()


@knows_browsers
def is_known_device(device_token: str | None) -> bool:
    """Return whether anybody has signed in before in the browser with this token."""
    known = exists().where(Device.token_hash == device_token_hash(device_token or ""))
    return bool(db.session.scalar(select(known)))


def code_for(code_id: uuid.UUID, secret: str, purpose: str = "sign_in", *, lock: bool = False) -> SignInCode:
    """Return the code that the browser with this secret requested, locked until the transaction ends if `lock`.

    Raise NotFound if there is none, another browser requested it, or it has another purpose.
    """
    query = select(SignInCode).where(
        SignInCode.id == code_id, SignInCode.browser_hash == browser_secret_hash(secret), SignInCode.purpose == purpose
    )
    if lock:
        query = query.with_for_update()
    return scalar_or_404(query.execution_options(populate_existing=True))


def leaver_of(code: SignInCode) -> Person | None:
    """Return the person who is leaving and has to say, after this code, whether to stay."""
    if code.ended_as != "asked":
        return None
    return db.session.scalar(select(Person).where(Person.phone == code.phone, Person.state == "leaving"))


def wrong_codes(phone: str, owner: PhoneOwner) -> Tries | None:
    """Return the count of wrong codes for this browser: its own if it is known, else the number's."""
    if owner.is_known:
        return db.session.get(Device, owner.device_id, populate_existing=True)
    query = select(NumberTries).where(NumberTries.phone == phone)
    return db.session.scalar(query.execution_options(populate_existing=True))


def next_code_at(phone: str, network: str, owner: PhoneOwner, browser_hash: str) -> datetime | None:
    """Return when this browser can have another code for a number, after all limits and waits; None means now.

    A known device's codes are counted among those of known devices of the number alone: nothing that others do, at its
    number, its neighbours or its address, slows it. A stranger's are counted among all, but one address gets half of a
    day's codes at most, and further ones are kept for networks that have asked for none that day, so that the owner,
    elsewhere, gets one in a new browser. The wait since the last code is for the browser and the address that asked.
    """
    this_number, from_here = SignInCode.phone == phone, SignInCode.network == network
    if owner.is_known:
        this_number = and_(this_number, SignInCode.device_id.is_not(None))
        wait, is_new_here = _resend_wait(phone, this_number, network)
    else:
        this_browser = SignInCode.browser_hash == browser_hash
        wait, is_new_here = _resend_wait(phone, and_(this_number, or_(from_here, this_browser)), network)
    config = settings()
    kept = not owner.is_known and is_new_here
    limits = [
        CodeLimit(config.codes_per_number_hour + kept * config.codes_kept_per_number_hour, HOUR, this_number),
        CodeLimit(config.codes_per_number_day + kept * config.codes_kept_per_number_day, DAY, this_number),
    ]
    if not owner.is_known:
        share = math.ceil(config.codes_per_number_day / 2)
        limits += [
            CodeLimit(share, DAY, and_(this_number, from_here)),
            CodeLimit(config.codes_per_address_hour, HOUR, from_here),
            CodeLimit(config.codes_per_prefix_hour, HOUR, SignInCode.prefix == numbers.prefix(phone)),
        ]
    return max((time for time in [*_reached_until(limits), *wait] if time > clock.now()), default=None)


def wrong_codes_in_an_hour(network: str | None = None) -> int:
    """Return how many wrong codes were typed in an hour, of codes that an address asked for or in all."""
    query = select(func.coalesce(func.sum(SignInCode.attempts), 0)).where(SignInCode.created_at > clock.now() - HOUR)
    return int(db.session.scalar(query if network is None else query.where(SignInCode.network == network)) or 0)


def wrong_codes_in_a_day(phone: str) -> int:
    """Return how many wrong codes unknown devices have typed for a number in a day."""
    query = select(func.coalesce(func.sum(SignInCode.attempts), 0)).where(
        SignInCode.phone == phone, SignInCode.device_id.is_(None), SignInCode.created_at > clock.now() - DAY
    )
    return int(db.session.scalar(query) or 0)


def budget_is_spent() -> bool:
    """Return whether the whole site has sent as many codes as it may in an hour."""
    return bool(_reached_until((CodeLimit(settings().codes_per_site_hour, HOUR, SignInCode.sent.is_(True)),)))


def ended_among(session_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of some sessions that are not active any more, or whose person may not sign in."""
    active = (
        select(Session.id)
        .join(Person, Person.id == Session.person_id)
        .where(
            is_one_of(Session.id, list(session_ids)),
            _is_active(clock.now() - SESSION_LIFETIME),
            Person.state.not_in((*SHUT_OUT, "leaving")),
        )
    )
    return set(session_ids).difference(db.session.scalars(active))


def session_of(person: Person, session_id: uuid.UUID) -> Session:
    """Return one of the person's active sessions, or raise NotFound."""
    active = _is_active(clock.now() - SESSION_LIFETIME)
    return scalar_or_404(select(Session).where(Session.id == session_id, Session.person_id == person.id, active))


def has_proved(person: Person, within: timedelta = PROOF_LASTS, *, strength: int = STRENGTH["code"]) -> bool:
    """Return whether the person proved in this session who they are, within some time and by a method this strong."""
    if person.session_id is None:
        return False
    session = session_of(person, person.session_id)
    return STRENGTH[session.proved_by] >= strength and session.proved_at > clock.now() - within


def sessions_of(person: Person, after: str | None = None, size: int = SESSIONS_A_PAGE) -> Page[Session]:
    """Return the person's active sessions, the newest first."""
    moment, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    since = clock.now() - SESSION_LIFETIME
    rows = _sessions_of(person.id, since, size + 1, moment, last_id, goes_on=moment is not None).scalars().all()
    return Page.of(rows, size, lambda row: (row.created_at, row.id))


@built_once
def _sessions_of(
    person_id: uuid.UUID,
    since: datetime,
    most: int,
    moment: datetime | None,
    last_id: uuid.UUID | None,
    *,
    goes_on: bool,
) -> Select[Session]:
    query = select(Session).where(Session.person_id == person_id, _is_active(since))
    return rows_after(
        query, (Session.created_at, Session.id), (moment, last_id), most, goes_on=goes_on, descending=True
    )


def count_of_sessions(person_id: Any, now: Any) -> Select[int]:
    """Return a SELECT of the number of the active sessions of a person, whose id is a value or a parameter."""
    return select(func.count()).where(Session.person_id == person_id, _is_active(now - SESSION_LIFETIME))


def _is_active(since: Any) -> ColumnElement[bool]:
    return and_(Session.ended_at.is_(None), Session.last_seen_at > since)


def _reached_until(limits: Sequence[CodeLimit]) -> list[datetime]:
    """Return, for each limit that is reached, when it lets one through again.

    It is one statement, which reads no more rows than the limits allow.
    """
    now = clock.now()
    parts = []
    for position, limit in enumerate(limits):
        newest = (
            select(SignInCode.created_at)
            .where(limit.condition, SignInCode.created_at > now - limit.window)
            .order_by(SignInCode.created_at.desc())
            .limit(limit.most)
            .subquery()
        )
        oldest = func.min(newest.c.created_at).label("oldest")
        parts.append(
            select(literal(position).label("position"), func.count().label("number"), oldest).select_from(newest)
        )
    rows = db.session.execute(union_all(*parts))
    return [row.oldest + limits[row.position].window for row in rows if row.number >= limits[row.position].most]


def _resend_wait(phone: str, who: ColumnElement[bool], network: str) -> tuple[list[datetime], bool]:
    """Return when the wait since the last code ends, and whether nobody near the address asked for one within a day.

    `who` is the condition of the codes that count for the wait, which doubles with each that was not used. It ends when
    one of them is used, and not when another is: else a stranger who waits elsewhere learns when the owner signs in.
    """
    used = (
        select(func.max(SignInCode.ended_at))
        .where(SignInCode.phone == phone, SignInCode.ended_as == "used", who)
        .scalar_subquery()
    )
    now = clock.now()
    counts = and_(who, SignInCode.created_at > now - HOUR, or_(used.is_(None), SignInCode.created_at > used))
    around = neighbourhood_of(network)
    source = cast(func.nullif(SignInCode.network, ""), INET)
    near = source.op("<<=")(cast(around, INET)) if around else SignInCode.network == ""
    count, last, neighbours = db.session.execute(
        select(
            func.count().filter(counts), func.max(SignInCode.created_at).filter(counts), func.count().filter(near)
        ).where(SignInCode.phone == phone, SignInCode.created_at > now - DAY)
    ).one()
    wait = [last + min(HOUR, timedelta(seconds=settings().code_wait * 2 ** min(count - 1, 12)))] if count else []
    return wait, neighbours == 0
