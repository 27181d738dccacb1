"""Mail addresses: asked for, verified by a link, taken away."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import func, select

from hampa.notifications.actions import notify
from hampa.outbox.actions import send_mail
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Conflict, Gone, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security.keys import keyed_hash
from hampa.profile.models.email import EmailVerification
from hampa.profile.queries.email import is_verified, newest_link, verification_for, why_void

LINK_LASTS = timedelta(hours=24)
HOUR = timedelta(hours=1)
LINKS_PER_HOUR = 3
"""To one person; and as many to one address, whoever asks."""
TOKEN_BYTES = 18


class EmailTaken(Conflict):
    """The address belongs to somebody else."""

    name = "EMAIL_ALREADY_EXISTS"


def ask_for_email(person: Person, address: str) -> None:
    """Mail a link to an address (of `EmailField`), by which the person says that they read what comes there.

    Whether somebody else has the address is only said to who follows the link: they read its mail, others learn
    nothing. For the same reason a link too many to one address is written and never sent. Nothing
    that the person wrote stands in it: whose address it is, is not known yet. Raises `Refused` for the address
    that the person has, and `TooFast`.
    """
    if person.email is not None and person.email.lower() == address.lower():
        raise Refused(_("This is your address already."), "email")
    limit(person, "profile.email_link", LINKS_PER_HOUR, per="hour", error=_too_many)
    now = clock.now()
    recent = EmailVerification.created_at > now - HOUR
    same = EmailVerification.person_id != person.id, func.lower(EmailVerification.address) == address.lower(), recent
    to_address = db.session.scalar(select(func.count()).select_from(EmailVerification).where(*same)) or 0
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = EmailVerification(
        person_id=person.id,
        address=address,
        token_hash=keyed_hash("email", token),
        created_at=now,
        expires_at=now + LINK_LASTS,
    )
    db.session.add(link)
    db.session.flush()
    send_mail(
        address,
        "profile/mail/email_link.txt",
        {"site": settings().base_url},
        purpose="email_link",
        key=f"email_link:{link.id}",
        locale=person.locale,
        person_id=person.id,
        secret=token,
        expires_at=link.expires_at if to_address < LINKS_PER_HOUR else now,
    )


def verify_email(person: Person, token: str) -> str:
    """The address behind a link is the person's from now on; it is given back, also when they followed it before.

    Raises `NotFound`, `Gone` for a link that was used, is too old or not the newest, and `EmailTaken`: that an address
    belongs to one person the database holds, also when two follow their links at once.
    """
    link = verification_for(person, token, lock=True)
    if is_verified(person, link):
        return link.address
    void = why_void(person, link)
    if void:
        raise Gone(void)
    former = person.email
    with raise_if_taken("uq_people_email", _taken):
        person.email, person.email_verified_at, link.used_at = link.address, clock.now(), clock.now()
    _tell(person, former, str(link.id), "changed" if former else "added")
    return link.address


def _too_many(seconds: int) -> TooFast:
    text = _("That was the third link within an hour. Look for it among the unwanted mail, or try later.")
    return TooFast(text, seconds, "email")


def _taken() -> EmailTaken:
    return EmailTaken(
        _("This address belongs to another account. Sign in there and remove it first, or use another address.")
    )


def remove_email(person: Person) -> None:
    """Have no address any more, and none that waits to be verified."""
    former = person.email
    if former is not None:
        person.email = person.email_verified_at = None
        _tell(person, former, f"removed:{clock.now().isoformat()}", "removed")
    drop_link(person)


def drop_link(person: Person) -> None:
    """Let the link that waits to be followed verify nothing; the address in use stays."""
    link = newest_link(person)
    if link is not None and link.used_at is None:
        link.expires_at = min(link.expires_at, clock.now())


def _tell(person: Person, former: str | None, event: str, what: str) -> None:
    """In the app, and by mail where their account has been written to until now."""
    notify([person.id], "email_changed", subject_id=person.id, data={"what": what}, event=event)
    if former is not None:
        send_mail(
            former,
            "profile/mail/email_gone.txt",
            {"name": person.name, "site": settings().base_url},
            purpose="email_changed",
            key=f"email_gone:{event}:{person.id}",
            locale=person.locale,
            person_id=person.id,
        )
