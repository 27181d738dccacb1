"""Set, remove and check passwords, and sign in with them."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.auth.actions.attempts import count_attempt, too_many_attempts
from hampa.auth.actions.codes import check_time, wait_after
from hampa.auth.actions.entering import Browser, enter
from hampa.auth.actions.theft import ends_on_theft
from hampa.auth.models import Device
from hampa.auth.queries import SHUT_OUT
from hampa.notifications.actions.notifying import notify
from hampa.passwords import queries
from hampa.passwords.models import SHORTEST, Password, PasswordTries
from hampa.passwords.queries import NameOwner
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db, locked_row
from hampa.platform.errors import Refused, TooFast
from hampa.platform.limits import NamedSubject, count_within, limit, subject_named
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.security.ip_addresses import network_of

if TYPE_CHECKING:
    from argon2 import PasswordHasher

HASHES_AT_ONCE = 2
"""How many passwords a process hashes at once: each takes 19 MiB, and a core for a moment."""
LONGEST_WAIT = 5
"""Seconds that a request waits for its turn to hash."""
KEEP_TRIES = timedelta(days=90)
TOO_MANY_SECONDS = 600
"""When strangers may try again after very many wrong passwords at all names; codes sign in meanwhile."""

MOST_OF_STRANGERS = 3
"""How many threads of a process hash for strangers, or wait for it; the others go on with pages."""

_turns = threading.BoundedSemaphore(HASHES_AT_ONCE)
_of_strangers = threading.BoundedSemaphore(MOST_OF_STRANGERS)
_all = threading.BoundedSemaphore(MOST_OF_STRANGERS + 1)


@dataclass(frozen=True)
class PasswordResult:
    """The result of signing in with a password.

    `outcome` is `right` (with the person, and the token for the device's cookie), `wrong`, `leaving`, or `shut_out` (with
    `until`, None for good).
    """

    outcome: str
    person: Person | None = None
    device_token: str = ""
    until: datetime | None = None


def hashed(password: str) -> str:
    """Return the hash of a new password that was checked, without the database. Raise TooFast if too many wait."""
    with _turn(is_known=True):
        return hasher().hash(queries.normalised(password))


def set_hashed(person: Person, password_hash: str) -> None:
    """Give a person the password with a hash, in place of any other, and notify them."""
    lock_person(person.id)
    what = "password_changed" if queries.has_password(person) else "password_set"
    added = insert(Password).values(person_id=person.id, hash=password_hash)
    changed = {"hash": password_hash, "updated_at": clock.now(), "version": Password.version + 1}
    db.session.execute(added.on_conflict_do_update(index_elements=[Password.person_id], set_=changed))
    _tell(person, what)


def check_password(password: str, person: Person | None = None) -> None:
    """Raise Refused if a password is too short, or easily guessed; the person's own words count too, if known."""
    password = queries.normalised(password)
    if len(password) < SHORTEST:
        raise Refused(
            ngettext("Enter at least %(num)d character.", "Enter at least %(num)d characters.", SHORTEST), "password"
        )
    if queries.is_easily_guessed(password, person):
        raise Refused(
            _("This one is among the first that anybody tries. Take a few words that only you join."), "password"
        )


def remove_password(person: Person) -> None:
    """Take a person's password away, and notify them; nothing happens if they have none."""
    if db.session.execute(delete(Password).where(Password.person_id == person.id).returning(Password.id)).all():
        _tell(person, "password_removed")


ends_on_theft(Password)(lambda person, _since: remove_password(person))


@dataclass(frozen=True)
class PasswordTry:
    """A password that is tried at a name, and is counted as a wrong one until it proves to be right."""

    name: str
    password: str
    browser: Browser
    owner: NameOwner

    @property
    def is_known(self) -> bool:
        """Whether the browser is one of the owner's; one of somebody else's is a stranger's."""
        return self.owner.device_id is not None


def begin_try(name: str, password: str, browser: Browser) -> PasswordTry:
    """Count a try to sign in with a number (E.164) or an address (in lower case), and a password.

    It takes the same work whether somebody has the name and a password or not. Raise TooFast while there are too many
    tries. The caller commits, so that nothing is locked and no connection waits while the password is hashed.
    """
    made = PasswordTry(name, queries.normalised(password), browser, queries.owner_of(name, browser.device_token))
    if not made.is_known:
        count_attempt(browser, anywhere=True)
        for subject, named, most in _of_all(browser):
            wrong = count_within(subject, named, per="hour")
            if wrong >= most:
                raise TooFast(_("Too many wrong passwords just now. Sign in with a code."), TOO_MANY_SECONDS)
    _check_wait(name, made.owner)
    _count_wrong(name, made.owner)
    return made


def is_right(made: PasswordTry) -> bool:
    """Return whether the password is the owner's, without the database. Raise TooFast if too many wait for their turn."""
    return _is_right(made.owner.hash, made.password, is_known=made.is_known)


def finish_try(made: PasswordTry, *, right: bool) -> PasswordResult:
    """Sign in by a password that is right; count a wrong one among those of all names, too."""
    owner = made.owner
    if not right and not made.is_known:
        for subject, named, most in _of_all(made.browser):
            with suppress(TooFast):  # as many were tried at this moment
                limit(subject, named, most, per="hour", error=too_many_attempts)
    person = lock_person(owner.person_id) if right and owner.person_id else None
    if person is None or not queries.is_still(owner):
        return PasswordResult("wrong")
    _forget_wrong(made.name, owner)
    if person.state in SHUT_OUT:
        return PasswordResult("shut_out", until=person.suspended_until)
    if person.state == "leaving":
        return PasswordResult("leaving")
    _device, device_token = enter(person, made.browser, "password")
    return PasswordResult("right", person, device_token)


def refusal_of(result: PasswordResult) -> str:
    """Return why nobody was signed in; the same for a wrong name and a wrong password."""
    if result.until is not None:
        return _("Your account is suspended until %(when)s.", when=dates.when(result.until))
    if result.outcome == "shut_out":
        return _("This account has been suspended. Write to the operators of this site.")
    if result.outcome == "leaving":
        return _("This account is being deleted. Sign in with your number if you want to stay.")
    return _("These don't match. Check both, or sign in with a code.")


def delete_expired() -> None:
    """Delete the counts of wrong passwords that nobody waits for any more."""
    old = delete(PasswordTries).where(PasswordTries.updated_at < clock.now() - KEEP_TRIES)
    db.session.execute(old, execution_options={"synchronize_session": False})


@cache
def hasher() -> "PasswordHasher":
    """Return what hashes: argon2id, at OWASP's least parameters, which two of a process's threads can afford."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _hash_of_nothing() -> str:
    """Return the hash that is checked where there is none, so that this takes as long."""
    return hasher().hash("nobody has this password")


def _is_right(hashed: str | None, password: str, *, is_known: bool) -> bool:
    from argon2.exceptions import VerificationError

    with _turn(is_known=is_known):
        try:
            hasher().verify(hashed or _hash_of_nothing(), password)
        except VerificationError:
            return False
    return hashed is not None


@contextmanager
def _turn(*, is_known: bool) -> Iterator[None]:
    """Wait for a turn to hash. Raise TooFast at once if others wait already, and strangers before known devices."""
    with ExitStack() as held:
        if not is_known:
            _hold(held, _of_strangers)
        _hold(held, _all)
        _hold(held, _turns, LONGEST_WAIT)
        yield


def _hold(held: ExitStack, places: threading.BoundedSemaphore, seconds: float = 0) -> None:
    if not places.acquire(timeout=seconds):
        raise TooFast(_("Very many people are signing in just now. Try again in a moment."), LONGEST_WAIT)
    held.callback(places.release)


def _check_wait(name: str, owner: NameOwner) -> None:
    """Raise TooFast while a name has to wait; a known device has a count of its own, strangers' tries take turns."""
    if owner.device_id is not None:
        tries: Device | PasswordTries | None = db.session.get(Device, owner.device_id, populate_existing=True)
    else:
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"passwords {name}", 0))))
        tries = queries.wrong_passwords(name)
    if tries is not None:
        check_time(tries.waits_until, _("Too many wrong passwords. Try again %(when)s, or sign in with a code."))


def _of_all(browser: Browser) -> list[tuple[NamedSubject, str, int]]:
    """Return what counts wrong passwords for whatever names: of an address, and of the whole site."""
    config = settings()
    here, everywhere = subject_named("door", network_of(browser.address)), subject_named("door", "")
    return [
        (here, "passwords.wrong", config.wrong_passwords_per_address_hour),
        (everywhere, "passwords.wrong", config.wrong_passwords_per_site_hour),
    ]


def _count_wrong(name: str, owner: NameOwner) -> None:
    now = clock.now()
    if owner.device_id is not None:
        device = locked_row(Device, owner.device_id)
        device.wrong_in_a_row += 1
        device.waits_until = wait_after(device.wrong_in_a_row, now)
        return
    added = insert(PasswordTries).values(name_hash=queries.name_hash(name), wrong_in_a_row=1)
    one_more = {"wrong_in_a_row": PasswordTries.wrong_in_a_row + 1, "updated_at": now}
    tries = db.session.scalars(
        added.on_conflict_do_update(index_elements=[PasswordTries.name_hash], set_=one_more).returning(PasswordTries),
        execution_options={"populate_existing": True},
    ).one()
    tries.waits_until = wait_after(tries.wrong_in_a_row, now)
    too_many = tries.wrong_in_a_row >= settings().wrong_codes_before_day
    if too_many and tries.owner_told_at is None and owner.person_id is not None:
        tries.owner_told_at = now
        event = f"wrong_passwords:{tries.id}:{now.isoformat()}"
        notify(
            [owner.person_id], "account_security", subject_id=tries.id, data={"what": "wrong_passwords"}, event=event
        )


def _forget_wrong(name: str, owner: NameOwner) -> None:
    if owner.device_id is not None:
        device = update(Device).where(Device.id == owner.device_id)
        db.session.execute(device.values(wrong_in_a_row=0, waits_until=None))
    else:
        db.session.execute(delete(PasswordTries).where(PasswordTries.name_hash == queries.name_hash(name)))


def _tell(person: Person, what: str) -> None:
    event = f"{what}:{clock.now().isoformat()}"
    notify([person.id], "way_changed", subject_id=person.id, data={"what": what}, event=event)
