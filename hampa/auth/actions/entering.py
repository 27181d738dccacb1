"""Let a person in who has shown by any method who they are."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from hampa.auth.actions.sessions import open_session
from hampa.auth.models import Device
from hampa.auth.queries import device_token_hash, is_device
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.security import user_agent


@dataclass(frozen=True)
class Browser:
    """A browser that asks for a code or types one; `device_token` is from its cookie.

    It can be a program too (`is_program`), whose device token is a secret that it has made itself.

    `timezone` is what the browser said, `likely_timezone` stands for it in a new account.
    """

    address: str
    user_agent: str = ""
    locale: str = "fa"
    timezone: str = ""
    likely_timezone: str = ""
    device_token: str | None = None
    is_program: bool = False


def enter(person: Person, browser: Browser, method: str) -> tuple[Device, str]:
    """Open a session of a person, who is locked and may sign in; return the browser as their device, and its token.

    The person is notified of a device that is new and not their first.
    """
    device, device_token, is_new = _recognise_device(person, browser, clock.now())
    open_session(
        person,
        address=browser.address,
        agent=browser.user_agent,
        timezone=browser.timezone,
        method=method,
        is_program=browser.is_program,
    )
    if is_new:
        notify(
            [person.id],
            "account_security",
            subject_id=device.id,
            data={
                "what": "new_program" if browser.is_program else "new_device",
                "browser": user_agent.browser(browser.user_agent),
                "system": user_agent.system(browser.user_agent),
            },
            event=f"new_device:{device.id}",
        )
    return device, device_token


def _recognise_device(person: Person, browser: Browser, now: datetime) -> tuple[Device, str, bool]:
    """Return the browser as a device of the person's, its token, and whether it is new and not the first one."""
    is_first = not db.session.scalar(select(exists().where(Device.person_id == person.id)))
    token = browser.device_token or secrets.token_urlsafe(32)
    is_this = Device.person_id == person.id, is_device(token)
    known = select(Device.id).where(*is_this)
    token_hash = device_token_hash(token)
    created = db.session.scalar(known) is None and db.session.scalar(
        insert(Device)
        .values(person_id=person.id, token_hash=token_hash, last_sign_in_at=now)
        .on_conflict_do_nothing(index_elements=[Device.person_id, Device.token_hash])
        .returning(Device.id)
    )
    device = db.session.scalars(select(Device).where(*is_this).limit(1)).one()
    device.last_sign_in_at, device.token_hash = now, token_hash
    return device, token, bool(created) and not is_first
