"""Send codes, check what was typed, and count wrong codes."""

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
from hampa.auth.actions.entering import Browser, enter
from hampa.auth.models import Device, NumberTries, PhoneOwner, SignInCode
from hampa.auth.queries import DAY, browser_secret_hash
from hampa.notifications.actions.notifying import notify
from hampa.outbox.actions.writing import send_sms
from hampa.people import queries as people
from hampa.people.actions import ensure_person, reactivate
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db, locked_row
from hampa.platform.errors import TooFast
from hampa.platform.locale import phone as numbers
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.measures import waiting_time
from hampa.platform.security.crypto import keyed_hash
from hampa.platform.security.ip_addresses import network_of

log = structlog.get_logger(__name__)

TIME_TO_STAY = timedelta(minutes=10)
"""How long a right code lets a person who is leaving cancel the deletion of the account."""

WRONG_CODES_FOR_WARNING = 100

SEND_LOCK = 7_240_113
"""Key of the advisory lock under which the limits are counted and a code is added."""


@dataclass(frozen=True)
class CodeResult:
    """The result of typing a code.

    `outcome` is `right`, `wrong` (with `attempts_left`), `used`, `spent`, `newer`, `late`, `shut_out` (with `until`, None
    for good), or `leaving` if the person has to say first whether to cancel the deletion of the account. A right code is
    in `code`, or after a sign-in its owner in `person` with the token for the device's cookie.
    """

    outcome: str
    next_path: str
    attempts_left: int = 0
    code: SignInCode | None = None
    person: Person | None = None
    until: datetime | None = None
    device_token: str = ""


def send_code(
    phone: str, browser: Browser, secret: str, next_path: str = "/", purpose: str = "sign_in", wording: str = ""
) -> SignInCode:
    """Send a code for one of `PURPOSES` to a number (E.164), to be typed in the browser that holds `secret`.

    It ends an older one of this browser, never that of another, which may be the owner's.
    It takes the same work whether the number has an account or not. `wording` is a template instead of the purpose's
    own, and need not show the code. Raise TooFast when a limit is reached; the limits of all purposes are counted under
    one lock, so that none is ever passed.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(SEND_LOCK)))
    now = clock.now()
    network, browser_hash = network_of(browser.address), browser_secret_hash(secret)
    owner = queries.phone_owner(phone, browser.device_token)
    _check_wrong_codes(phone, owner)
    check_time(queries.next_code_at(phone, network, owner, browser_hash), _("You can ask for another code %(when)s."))
    past_budget = queries.budget_is_spent()
    if past_budget:
        _alert_operators(now)
    _end_older_codes(phone, purpose, browser_hash, now)
    digits, code_id = generate_code(), ids.new_id()
    code = SignInCode(
        id=code_id,
        purpose=purpose,
        phone=phone,
        prefix=numbers.prefix(phone),
        network=network,
        code_hash=_code_hash(code_id, digits),
        browser_hash=browser_hash,
        locale=browser.locale,
        next_path=next_path,
        device_id=owner.device_id,
        past_budget=past_budget,
        sent=not past_budget or owner.person_id is not None,
        attempts=0,
        expires_at=now + timedelta(seconds=settings().code_lifetime),
    )
    db.session.add(code)
    _send(code, digits, wording, locale=owner.locale or browser.locale)
    return code


def _send(code: SignInCode, digits: str, wording: str, locale: str) -> None:
    """Write the SMS; what must not be sent is written all the same, already expired, since that takes as long."""
    send_sms(
        code.phone,
        wording or f"auth/sms/{code.purpose}_code.txt",
        {"host": urlsplit(settings().base_url).hostname or ""},
        purpose=f"{code.purpose}_code",
        key=f"{code.purpose}_code:{code.id}",
        locale=locale,
        priority="code",
        expires_at=code.expires_at if code.sent else clock.now(),
        secret=digits,
    )


def sign_in_with_code(code_id: uuid.UUID, secret: str, digits: str, browser: Browser) -> CodeResult:
    """Check the digits as `check_code` does and sign in; a person who is leaving is asked first whether to stay."""
    result = check_code(code_id, secret, digits, browser, "sign_in")
    return _sign_in(result.code, browser) if result.code is not None else result


def cancel_deletion(code_id: uuid.UUID, secret: str, browser: Browser) -> CodeResult:
    """Cancel the deletion of the account and sign in, after a right code in this browser just before.

    Raise NotFound in another browser.
    """
    code = queries.code_for(code_id, secret, lock=True)
    if code.ended_as != "asked" or code.ended_at is None or code.ended_at < clock.now() - TIME_TO_STAY:
        return CodeResult("late", code.next_path)
    code.end("used", clock.now())
    reactivate(_lock_owner(code, browser))
    return _sign_in(code, browser)


def check_code(code_id: uuid.UUID, secret: str, digits: str, browser: Browser, purpose: str) -> CodeResult:
    """Check the six digits typed in the browser that holds `secret`; the result has the code if they are right.

    A wrong answer is counted in this transaction, so that it must be committed too. The code's row is locked first: of
    several right answers at one instant, one is let in. Raise NotFound in another browser, and TooFast while the number
    has to wait after wrong codes.
    """
    code = queries.code_for(code_id, secret, purpose, lock=True)
    if code.state != "open":
        return CodeResult(code.state, code.next_path)
    now = clock.now()
    owner = queries.phone_owner(code.phone, browser.device_token)
    if not owner.is_known:
        _check_number(code.phone)
    _check_wrong_codes(code.phone, owner)
    if not owner.is_known:
        _check_address(code.network)
    if not are_digits_of(code, digits):
        return _count_wrong_code(code, owner, now)
    code.end("used", now)
    if owner.is_known:
        device = update(Device).where(Device.id == owner.device_id)
        db.session.execute(device.values(wrong_in_a_row=0, waits_until=None))
    else:
        db.session.execute(delete(NumberTries).where(NumberTries.phone == code.phone))
    return CodeResult("right", code.next_path, code=code)


def _sign_in(code: SignInCode, browser: Browser) -> CodeResult:
    person = _lock_owner(code, browser)
    if person.state in queries.SHUT_OUT:
        return CodeResult("shut_out", code.next_path, until=person.suspended_until)
    if person.state == "leaving":
        code.end("asked", clock.now())
        return CodeResult("leaving", code.next_path)
    device, device_token = enter(person, browser, "code")
    code.device_id = device.id
    return CodeResult("right", code.next_path, person=person, device_token=device_token)


def _lock_owner(code: SignInCode, browser: Browser) -> Person:
    """Return the person with the code's number, made if there is none, and locked.

    A change of number or an erasure at the same moment comes before this sign-in, which is then another person's, or
    after it.
    """
    while True:
        zone = browser.timezone or browser.likely_timezone or settings().timezone
        person, _created = ensure_person(code.phone, locale=browser.locale, timezone=zone)
        locked = people.lock_person(person.id)
        if locked is not None and locked.phone == code.phone:
            return locked


def generate_code() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def unlock(phone: str) -> bool:
    """Forget the wrong codes for a number (E.164) from strangers and known devices; return whether there were any."""
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


def are_digits_of(code: SignInCode, digits: str) -> bool:
    """Return whether these are the digits of a code; nobody counts."""
    return hmac.compare_digest(code.code_hash, _code_hash(code.id, digits))


def _code_hash(code_id: uuid.UUID, digits: str) -> str:
    return keyed_hash("sign-in code", str(code_id), digits)


def _check_wrong_codes(phone: str, owner: PhoneOwner) -> None:
    tries = queries.wrong_codes(phone, owner)
    if tries is not None:
        check_time(tries.waits_until, _("Too many wrong codes were typed for this number. Try again %(when)s."))


def _check_number(phone: str) -> None:
    """Raise TooFast if unknown devices have typed as many wrong codes as a day allows; tries at a number take turns.

    A number has several open codes, one in each browser: without turns, tries at all of them would see one count.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"wrong codes {phone}", 0))))
    config = settings()
    if queries.wrong_codes_in_a_day(phone) >= config.codes_per_number_day * config.code_attempts:
        until = clock.now() + timedelta(seconds=config.wrong_code_wait_most)
        check_time(until, _("Too many wrong codes were typed for this number. Try again %(when)s."))


def _check_address(network: str) -> None:
    """Raise TooFast if too many wrong codes came from an address, for whatever numbers; tries there take turns."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"wrong codes {network}", 0))))
    if queries.wrong_codes_in_an_hour(network) >= settings().wrong_codes_per_address_hour:
        until = clock.now() + timedelta(seconds=settings().wrong_code_wait_most)
        check_time(until, _("Too many wrong codes were typed here. Try again %(when)s."))


def check_time(until: datetime | None, message: str) -> None:
    """Raise TooFast if `until` is in the future; `message` has a place for `when` that is."""
    seconds = math.ceil((until - clock.now()).total_seconds()) if until is not None else 0
    if seconds > 0:
        raise TooFast(message % {"when": waiting_time(seconds)}, seconds)


def _end_older_codes(phone: str, purpose: str, browser_hash: str, now: datetime) -> None:
    """End this browser's open code for the same purpose."""
    older = update(SignInCode).where(
        SignInCode.phone == phone,
        SignInCode.purpose == purpose,
        SignInCode.browser_hash == browser_hash,
        SignInCode.ended_as.is_(None),
        SignInCode.expires_at > now,
    )
    db.session.execute(older.values(ended_as="newer", ended_at=now))


def _count_wrong_code(code: SignInCode, owner: PhoneOwner, now: datetime) -> CodeResult:
    code.attempts += 1
    left = settings().code_attempts - code.attempts
    if left <= 0:
        code.end("spent", now)
    if owner.is_known:
        device = locked_row(Device, owner.device_id)
        device.wrong_in_a_row += 1
        device.waits_until = wait_after(device.wrong_in_a_row, now)
    else:
        _count_for_number(code.phone, owner, now)
    _log_wrong_codes()
    return CodeResult("wrong" if left > 0 else "spent", code.next_path, attempts_left=max(left, 0))


def _log_wrong_codes() -> None:
    """Log a warning from the hundredth wrong code of an hour in all on, which is what guessing at many numbers looks like.

    Each one is logged: two at the same instant don't see each other, and a single number would be missed.
    """
    db.session.flush()
    count = queries.wrong_codes_in_an_hour()
    if count >= WRONG_CODES_FOR_WARNING:
        log.warning("auth.wrong_codes", in_an_hour=count)


def _count_for_number(phone: str, owner: PhoneOwner, now: datetime) -> None:
    added = insert(NumberTries).values(phone=phone, wrong_in_a_row=1)
    tries = db.session.scalars(
        added.on_conflict_do_update(
            index_elements=[NumberTries.phone],
            set_={"wrong_in_a_row": NumberTries.wrong_in_a_row + 1, "updated_at": now},
        ).returning(NumberTries),
        execution_options={"populate_existing": True},
    ).one()
    tries.waits_until = wait_after(tries.wrong_in_a_row, now)
    far_too_many = tries.wrong_in_a_row >= settings().wrong_codes_before_day
    if far_too_many and tries.owner_told_at is None and owner.person_id is not None:
        tries.owner_told_at = now
        event = f"wrong_codes:{tries.id}:{now.isoformat()}"
        notify([owner.person_id], "account_security", subject_id=tries.id, data={"what": "wrong_codes"}, event=event)


def wait_after(wrong_in_a_row: int, now: datetime) -> datetime | None:
    """Return when the next code may be typed after so many wrong ones in a row; None means at once."""
    config = settings()
    if wrong_in_a_row >= config.wrong_codes_before_day:
        return now + DAY
    doublings = wrong_in_a_row - config.wrong_codes_before_wait
    if doublings < 0:
        return None
    return now + timedelta(seconds=min(config.wrong_code_wait * 2 ** min(doublings, 20), config.wrong_code_wait_most))


def _alert_operators(now: datetime) -> None:
    """Tell operators once a day that the site's budget of codes is used up, which is what an attack looks like."""
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
