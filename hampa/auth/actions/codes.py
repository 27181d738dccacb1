"""Codes are sent and answered, and wrong answers counted."""

from __future__ import annotations

import hmac
import math
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.auth import queries
from hampa.auth.actions.sessions import open_session
from hampa.auth.models import Device, NumberTries, SignInCode
from hampa.auth.queries import DAY, Asker, hash_of_browser, hash_of_device
from hampa.notifications.actions import notify
from hampa.outbox.actions import send_sms
from hampa.people.actions import ensure_person, reactivate
from hampa.people.models.person import Person
from hampa.people.queries import people
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.locale import phone as numbers
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.security import user_agent
from hampa.platform.security.ip_addresses import network_of
from hampa.platform.security.keys import keyed_hash

log = structlog.get_logger(__name__)

TIME_TO_STAY = timedelta(minutes=10)
"""How long who is leaving and typed a right code can take to say whether they stay."""

ONE_CODE_AT_A_TIME = 7_240_113
"""Key of the advisory lock under which the limits of sent codes are counted and a code is added."""


@dataclass(frozen=True)
class Browser:
    """What we know of the browser that asks. `device_token` is in its cookie, if it has one."""

    address: str
    user_agent: str = ""
    locale: str = "fa"
    timezone: str = ""
    device_token: str | None = None


@dataclass(frozen=True)
class Answer:
    """How the answer to a code turned out.

    `how` is `right`, `wrong` (with `attempts_left`), `used`, `spent`, `newer`, `late`, `shut_out`, or `leaving` when a
    right code of who is leaving waits for them to `stay`. Who is shut out is told `until` when, None for good. When it is
    right: the code, or who is in by it and the tokens for the browser's cookies.
    """

    how: str
    next_path: str
    attempts_left: int = 0
    code: SignInCode | None = None
    person: Person | None = None
    until: datetime | None = None
    session_token: str = ""
    device_token: str = ""


def send_code(
    phone: str, browser: Browser, secret: str, next_path: str = "/", purpose: str = "sign_in", wording: str = ""
) -> SignInCode:
    """Send a code to a number (E.164), for the browser that holds `secret` and one of `PURPOSES`.

    Does the same work whether the number has an account or not. `wording` is a template that stands for the purpose's
    own, and need not say the code. Raises `TooFast` when a limit is reached; all of them, for all purposes, are counted
    under one lock, so that none is ever passed.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(ONE_CODE_AT_A_TIME)))
    now = clock.now()
    network = network_of(browser.address)
    who = queries.asker(phone, browser.device_token)
    _refuse_while_waiting(phone, who)
    _refuse_until(queries.next_code_at(phone, network, who), _("You can ask for another code %(when)s."))
    past_budget = queries.budget_is_spent()
    if past_budget:
        _tell_operators_of_budget(now)
    _end_older_codes(phone, who, purpose, now)
    digits = draw_digits()
    code_id = ids.new_id()
    code = SignInCode(
        id=code_id,
        purpose=purpose,
        phone=phone,
        prefix=numbers.prefix(phone),
        network=network,
        code_hash=_hash_of_code(code_id, digits),
        browser_hash=hash_of_browser(secret),
        locale=browser.locale,
        next_path=next_path,
        device_id=who.device_id,
        past_budget=past_budget,
        sent=not past_budget or who.person_id is not None,
        attempts=0,
        expires_at=now + timedelta(seconds=settings().code_lifetime),
    )
    db.session.add(code)
    # What is not to be sent is written all the same, expired from the start: that takes as long.
    send_sms(
        phone,
        wording or f"auth/sms/{purpose}_code.txt",
        {"host": urlsplit(settings().base_url).hostname or ""},
        purpose=f"{purpose}_code",
        key=f"{purpose}_code:{code_id}",
        locale=who.locale or browser.locale,
        priority="code",
        expires_at=code.expires_at if code.sent else now,
        secret=digits,
    )
    return code


def answer_code(code_id: uuid.UUID, secret: str, digits: str, browser: Browser) -> Answer:
    """Take the six digits typed in the browser that holds `secret`; when they are right, sign in.

    Who is leaving is asked first whether to stay. As `check_code` otherwise.
    """
    answer = check_code(code_id, secret, digits, browser, "sign_in")
    return _sign_in(answer.code, browser) if answer.code is not None else answer


def stay(code_id: uuid.UUID, secret: str, browser: Browser) -> Answer:
    """Sign in whoever is leaving, typed a right code in this browser just before, and says now that they stay.

    Raises `NotFound` in another browser.
    """
    code = queries.code_for(code_id, secret, lock=True)
    if code.ended_as != "asked" or code.ended_at is None or code.ended_at < clock.now() - TIME_TO_STAY:
        return Answer("late", code.next_path)
    code.end("used", clock.now())
    reactivate(_owner_of(code, browser))
    return _sign_in(code, browser)


def check_code(code_id: uuid.UUID, secret: str, digits: str, browser: Browser, purpose: str) -> Answer:
    """Take the six digits typed in the browser that holds `secret`; when they are right, the answer has the code.

    A wrong answer is counted in this transaction, so it must be committed too. The code's row is
    locked first: of any number of right answers at one instant, one is let in. Raises `NotFound` in
    another browser, `TooFast` while wrong codes have to wait.
    """
    code = queries.code_for(code_id, secret, purpose, lock=True)
    if code.state != "open":
        return Answer(code.state, code.next_path)
    now = clock.now()
    who = queries.asker(code.phone, browser.device_token)
    _refuse_while_waiting(code.phone, who)
    if not hmac.compare_digest(code.code_hash, _hash_of_code(code.id, digits)):
        return _count_wrong_answer(code, who, now)
    code.end("used", now)
    _forget_wrong_answers(code.phone, who)
    return Answer("right", code.next_path, code=code)


def _sign_in(code: SignInCode, browser: Browser) -> Answer:
    """Let in whose number the code was sent to."""
    now = clock.now()
    person = _owner_of(code, browser)
    if person.state in queries.SHUT_OUT:
        return Answer("shut_out", code.next_path, until=person.suspended_until)
    if person.state == "leaving":
        code.end("asked", now)
        return Answer("leaving", code.next_path)
    device, device_token, is_new = _recognise_device(person, browser, now)
    code.device_id = device.id
    session_token = open_session(
        person, address=browser.address, agent=browser.user_agent, timezone=browser.timezone, method="code"
    )
    if is_new:
        _tell_of_new_device(person, device, browser)
    return Answer("right", code.next_path, person=person, session_token=session_token, device_token=device_token)


def _owner_of(code: SignInCode, browser: Browser) -> Person:
    """The person with the code's number, made if there is none, and locked: whoever changes their number or is erased at
    this moment does so before this sign-in, which is somebody else's then, or after it.
    """
    while True:
        zone = browser.timezone or settings().timezone
        found, _made = ensure_person(code.phone, locale=browser.locale, timezone=zone)
        person = people.locked(found.id)
        if person is not None and person.phone == code.phone:
            return person


def draw_digits() -> str:
    """Six digits that nobody can foresee."""
    return f"{secrets.randbelow(1_000_000):06d}"


def unlock(phone: str) -> bool:
    """Forget the wrong codes for a number (E.164), of strangers and of its own devices; whether there were any."""
    owner = select(Person.id).where(Person.phone == phone)
    devices = db.session.execute(
        update(Device)
        .where(Device.person_id.in_(owner), Device.wrong_in_a_row > 0)
        .values(wrong_in_a_row=0, waits_until=None)
        .returning(Device.id)
    ).all()
    strangers = db.session.execute(
        delete(NumberTries).where(NumberTries.phone == phone).returning(NumberTries.id)
    ).all()
    return bool(devices or strangers)


def _hash_of_code(code_id: uuid.UUID, digits: str) -> str:
    return keyed_hash("sign-in code", str(code_id), digits)


def _refuse_until(until: datetime | None, message: str) -> None:
    """Raise `TooFast` when `until` lies ahead; `message` has a place for when that is."""
    if until is None:
        return
    seconds = math.ceil((until - clock.now()).total_seconds())
    if seconds > 0:
        raise TooFast(message % {"when": in_words(seconds)}, seconds)


def _refuse_while_waiting(phone: str, who: Asker) -> None:
    tries = queries.tries_of(phone, who)
    if tries is not None:
        _refuse_until(tries.waits_until, _("Too many wrong codes were typed for this number. Try again %(when)s."))


def in_words(seconds: int) -> str:
    """How long to wait, rounded up: “in 45 seconds”, “in 3 min”, “in 2 h”."""
    if seconds < 100:
        return ngettext("in %(num)d second", "in %(num)d seconds", seconds)
    minutes = math.ceil(seconds / 60)
    if minutes < 100:
        return ngettext("in %(num)d min", "in %(num)d min", minutes)
    return ngettext("in %(num)d h", "in %(num)d h", math.ceil(minutes / 60))


def _end_older_codes(phone: str, who: Asker, purpose: str, now: datetime) -> None:
    """A new code ends those before it for the same purpose; a stranger's does not end that of a known device."""
    older = update(SignInCode).where(
        SignInCode.phone == phone,
        SignInCode.purpose == purpose,
        SignInCode.ended_as.is_(None),
        SignInCode.expires_at > now,
    )
    if not who.is_known:
        older = older.where(SignInCode.device_id.is_(None))
    db.session.execute(older.values(ended_as="newer", ended_at=now))


def _count_wrong_answer(code: SignInCode, who: Asker, now: datetime) -> Answer:
    code.attempts += 1
    left = settings().code_attempts - code.attempts
    if left <= 0:
        code.end("spent", now)
    if who.is_known:
        _count_for_device(who, now)
    else:
        _count_for_number(code.phone, who, now)
    return Answer("wrong" if left > 0 else "spent", code.next_path, attempts_left=max(left, 0))


def _count_for_device(who: Asker, now: datetime) -> None:
    device = db.session.get_one(Device, who.device_id, with_for_update=True, populate_existing=True)
    device.wrong_in_a_row += 1
    device.waits_until = _waits_until(device.wrong_in_a_row, now)


def _count_for_number(phone: str, who: Asker, now: datetime) -> None:
    added = insert(NumberTries).values(phone=phone, wrong_in_a_row=1)
    counted = db.session.scalars(
        added.on_conflict_do_update(
            index_elements=[NumberTries.phone],
            set_={"wrong_in_a_row": NumberTries.wrong_in_a_row + 1, "updated_at": now},
        ).returning(NumberTries),
        execution_options={"populate_existing": True},
    ).one()
    counted.waits_until = _waits_until(counted.wrong_in_a_row, now)
    far_too_many = counted.wrong_in_a_row >= settings().wrong_codes_before_day
    if far_too_many and counted.owner_told_at is None and who.person_id is not None:
        counted.owner_told_at = now
        notify(
            [who.person_id],
            "account_security",
            subject_id=counted.id,
            data={"what": "wrong_codes"},
            event=f"wrong_codes:{counted.id}:{now.isoformat()}",
        )


def _waits_until(in_a_row: int, now: datetime) -> datetime | None:
    """Until when the next try waits after so many wrong ones in a row."""
    given = settings()
    if in_a_row >= given.wrong_codes_before_day:
        return now + DAY
    doublings = in_a_row - given.wrong_codes_before_wait
    if doublings < 0:
        return None
    return now + timedelta(seconds=min(given.wrong_code_wait * 2 ** min(doublings, 20), given.wrong_code_wait_most))


def _forget_wrong_answers(phone: str, who: Asker) -> None:
    """A right answer ends the row of wrong ones that was counted for this browser."""
    if who.is_known:
        device = update(Device).where(Device.id == who.device_id)
        db.session.execute(device.values(wrong_in_a_row=0, waits_until=None))
    else:
        db.session.execute(delete(NumberTries).where(NumberTries.phone == phone))


def _recognise_device(person: Person, browser: Browser, now: datetime) -> tuple[Device, str, bool]:
    """This browser as a device of the person's, its token, and whether it is a new one beside others."""
    is_first = queries.is_first_device(person.id)
    token = browser.device_token or secrets.token_urlsafe(32)
    made = db.session.scalar(
        insert(Device)
        .values(person_id=person.id, token_hash=hash_of_device(token), last_sign_in_at=now)
        .on_conflict_do_nothing(index_elements=[Device.person_id, Device.token_hash])
        .returning(Device.id)
    )
    device = db.session.scalars(
        select(Device).where(Device.person_id == person.id, Device.token_hash == hash_of_device(token))
    ).one()
    device.last_sign_in_at = now
    return device, token, made is not None and not is_first


def _tell_of_new_device(person: Person, device: Device, browser: Browser) -> None:
    notify(
        [person.id],
        "account_security",
        subject_id=device.id,
        data={
            "what": "new_device",
            "browser": user_agent.browser(browser.user_agent),
            "system": user_agent.system(browser.user_agent),
        },
        event=f"new_device:{device.id}",
    )


def _tell_operators_of_budget(now: datetime) -> None:
    """Once a day: the site's budget of codes is used up, which is what an attack looks like."""
    log.warning("the site's budget of sign-in codes is used up")
    for operator in people.operators():
        send_sms(
            operator.phone,
            "auth/sms/budget_spent.txt",
            {"most": settings().codes_per_site_hour},
            purpose="operator_alert",
            key=f"code_budget:{now.date()}:{operator.id}",
            locale=operator.locale,
            person_id=operator.id,
        )
