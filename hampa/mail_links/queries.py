"""Questions about links by mail: whether they are sent, whose an address is, when the next one may be asked for."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, func, literal, or_, select

from hampa.auth.models import Device
from hampa.auth.queries import HOUR, browser_secret_hash, device_token_hash
from hampa.mail_links.models import MailLink
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security.crypto import keyed_hash

KNOWN_LINKS = timedelta(hours=1)
"""How long the page of a link says why the link is void, after which it is not known any more."""


def mail_links_are_sent() -> bool:
    """Return whether the site sends links by mail: when mail leaves it, or stays in sight of who develops it."""
    return settings().mail_gateway != "console" or not settings().production


def link_token_hash(token: str) -> str:
    """Return the stored hash of the token of a link."""
    return keyed_hash("mail link", token)


def address_owner(address: str, device_token: str | None) -> Row[uuid.UUID, str, str | None, uuid.UUID] | None:
    """Return id, language and address of the person who has verified an address, and this browser if it is known to them.

    The statement is the same whether somebody has the address or not.
    """
    device = and_(Device.person_id == Person.id, Device.token_hash == device_token_hash(device_token or ""))
    return db.session.execute(
        select(Person.id, Person.locale, Person.email, Device.id.label("device_id"))
        .select_from(Person)
        .outerjoin(Device, device)
        .where(
            func.lower(Person.email) == address.lower(), Person.email_verified_at.is_not(None), Person.state == "active"
        )
    ).one_or_none()


def link_by_token(token: str, *, lock: bool = False) -> MailLink:
    """Return a link by its token, locked until the transaction ends if `lock`. Raise NotFound for an unknown one."""
    query = select(MailLink).where(
        MailLink.token_hash == link_token_hash(token), MailLink.created_at > clock.now() - KNOWN_LINKS
    )
    if lock:
        query = query.with_for_update()
    link = db.session.scalar(query.execution_options(populate_existing=True))
    if link is None:
        raise NotFound(_("This link is too old, or not whole. Ask for a new one where you sign in."))
    return link


def link_of_browser(link_id: uuid.UUID, secret: str) -> MailLink | None:
    """Return a link that the browser with this secret asked for."""
    query = select(MailLink).where(MailLink.id == link_id, MailLink.browser_hash == browser_secret_hash(secret))
    return db.session.scalar(query)


def next_link_at(address: str, network: str, browser_hash: str, *, is_known: bool) -> datetime | None:
    """Return when the next link may be asked for here; the wait doubles with each within an hour that was not used.

    That a link was used counts in browsers alone that are known to its person (`is_known`): who waits elsewhere for a
    link to somebody's address does not learn when that person signs in.
    """
    used = (
        select(func.max(MailLink.ended_at))
        .where(MailLink.address == address, MailLink.ended_as == "used", literal(is_known))
        .scalar_subquery()
    )
    count, last = db.session.execute(
        select(func.count(), func.max(MailLink.created_at)).where(
            MailLink.address == address,
            or_(MailLink.network == network, MailLink.browser_hash == browser_hash),
            MailLink.created_at > clock.now() - HOUR,
            or_(used.is_(None), MailLink.created_at > used),
        )
    ).one()
    if not count:
        return None
    until: datetime = last + min(HOUR, timedelta(seconds=settings().code_wait * 2 ** min(count - 1, 12)))
    return until
