"""Links that were mailed to verify an address."""

from __future__ import annotations

from sqlalchemy import select

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security.keys import keyed_hash
from hampa.profile.models.email import EmailVerification


def newest_link(person: Person) -> EmailVerification | None:
    """The link that was asked for last."""
    newest = select(EmailVerification).where(EmailVerification.person_id == person.id)
    return db.session.scalar(newest.order_by(EmailVerification.created_at.desc()).limit(1))


def waiting_link(person: Person) -> EmailVerification | None:
    """The link that the person may still follow."""
    link = newest_link(person)
    return link if link is not None and link.used_at is None and link.expires_at > clock.now() else None


def verification_for(person: Person, token: str, *, lock: bool = False) -> EmailVerification:
    """What a link of this person is about. Raises `NotFound`, also for those of others."""
    query = select(EmailVerification).where(
        EmailVerification.token_hash == keyed_hash("email", token), EmailVerification.person_id == person.id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    link = db.session.scalar(query)
    if link is None:
        raise NotFound(
            _("This link does not work here. Open it where you are signed in with the account that asked for it.")
        )
    return link


def why_void(person: Person, link: EmailVerification) -> str:
    """Why a link of this person verifies nothing, in words; "" while it does."""
    if link.used_at is not None or link.expires_at <= clock.now():
        return _("This link has been used or is too old. Ask for a new one.")
    newest = newest_link(person)
    if newest is None or newest.id != link.id:
        return _("A newer link was sent, so this one is void.")
    return ""


def is_verified(person: Person, link: EmailVerification) -> bool:
    """Whether the link was followed, and its address is the one that counts: following it again changes nothing."""
    return link.used_at is not None and person.email == link.address
