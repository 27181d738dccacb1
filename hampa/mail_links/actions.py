"""Send links by mail, and let in who opens them."""

import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from hampa.auth.actions.entering import Browser, enter
from hampa.auth.actions.theft import ends_on_theft
from hampa.auth.queries import SHUT_OUT, browser_secret_hash
from hampa.mail_links import queries
from hampa.mail_links.models import LINK_LIFETIME, MailLink
from hampa.outbox.actions.writing import send_mail
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit, subject_named
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.locale.measures import waiting_time
from hampa.platform.security import user_agent
from hampa.platform.security.ip_addresses import network_of

TOKEN_BYTES = 24
KEEP_LINKS = timedelta(days=2)
REASONS = {
    "used": _l("This link has been used. A link signs in once: ask for a new one."),
    "newer": _l("A newer link was sent, so this one no longer works. Open the newest email, or ask for a new link."),
    "late": _l("This link was good for 15 minutes, which are over. Ask for a new one."),
    "gone": _l("The account that this link was for does not use this address any more. Sign in with your number."),
    "leaving": _l("This account is being deleted. Sign in with your number if you want to stay."),
    "shut_out": _l("This account has been suspended. Write to the operators of this site."),
}


@dataclass(frozen=True)
class LinkResult:
    """The result of using a link.

    `outcome` is `right` (with the person, and the token for the device's cookie), `used`, `newer`, `late`, `gone`,
    `leaving`, or `shut_out` (with `until`, None for good).
    """

    outcome: str
    link: MailLink
    person: Person | None = None
    device_token: str = ""
    until: datetime | None = None


def send_link(
    address: str, browser: Browser, secret: str, next_path: str = "/", act: str = "", purpose: str = "sign_in"
) -> MailLink:
    """Mail a link to an address (of `EmailField`), asked for in the browser that holds `secret`.

    A link for a new password signs in too: who has just come by it may set one. It takes the same work, and the same
    limits hold, whether somebody has verified the address or not. An older link that this browser asked for is void.
    Raise TooFast when a limit is reached.
    """
    lower = address.lower()
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"mail links {lower}", 0))))
    network, browser_hash = network_of(browser.address), browser_secret_hash(secret)
    owner = queries.address_owner(lower, browser.device_token)
    _check_limits(lower, network, browser_hash, str(owner.device_id) if owner and owner.device_id else "")
    older = update(MailLink).where(
        MailLink.address == lower, MailLink.browser_hash == browser_hash, MailLink.ended_as.is_(None)
    )
    db.session.execute(older.values(ended_as="newer", ended_at=clock.now()))
    token, now = secrets.token_urlsafe(TOKEN_BYTES), clock.now()
    link = MailLink(
        id=ids.new_id(),
        purpose=purpose,
        address=lower,
        person_id=owner.id if owner else None,
        token_hash=queries.link_token_hash(token),
        browser_hash=browser_hash,
        network=network,
        user_agent=browser.user_agent[:300],
        next_path=next_path,
        act=act,
        created_at=now,
        expires_at=now + LINK_LIFETIME,
    )
    db.session.add(link)
    db.session.flush()
    send_mail(
        (owner.email if owner else None) or address,  # as it was verified, not as somebody writes it
        f"mail_links/mail/{purpose}_link.txt",
        {
            "site": settings().base_url,
            "browser": user_agent.browser(browser.user_agent),
            "system": user_agent.system(browser.user_agent),
        },
        purpose=f"{purpose}_link",
        key=f"{purpose}_link:{link.id}",
        locale=owner.locale if owner else browser.locale,
        person_id=owner.id if owner else None,
        priority="safety",  # at once, and again while servers for mail put it off, as many do with a first mail
        secret=token,
        expires_at=link.expires_at if owner else now,
    )
    return link


def _check_limits(address: str, network: str, browser_hash: str, device: str) -> None:
    """Count a link. A known device is counted apart, so that nothing that strangers do slows it."""
    until = queries.next_link_at(address, network, browser_hash, is_known=bool(device))
    if until is not None and until > clock.now():
        raise _too_fast(math.ceil((until - clock.now()).total_seconds()))
    config = settings()
    here = subject_named("mail link", address, device)
    limit(here, "mail_links.links_hour", config.mail_links_per_mail_hour, per="hour", error=_too_fast)
    limit(here, "mail_links.links_day", config.mail_links_per_mail_day, per="day", error=_too_fast)
    if not device:
        source = subject_named("mail link", network)
        limit(source, "mail_links.links", config.mail_links_per_address_hour, per="hour", error=_too_fast)


def _too_fast(seconds: int) -> TooFast:
    return TooFast(_("You can ask for another link %(when)s.", when=waiting_time(seconds)), seconds)


@ends_on_theft(MailLink)
def end_links(person: Person, _since: datetime) -> None:
    """End the links that were sent to the person's address and not used."""
    waiting = update(MailLink).where(MailLink.person_id == person.id, MailLink.ended_as.is_(None))
    db.session.execute(waiting.values(ended_as="gone", ended_at=clock.now()))


def use_link(token: str, browser: Browser) -> LinkResult:
    """Sign in by a link, in whatever browser it was opened, or by a program.

    Its row is locked first: of several presses at one instant, one is let in. Raise NotFound for an unknown token.
    """
    link = queries.link_by_token(token, lock=True)
    if link.state != "open":
        return LinkResult(link.state, link)
    person = lock_person(link.person_id) if link.person_id else None
    if person is None or person.email_verified_at is None or (person.email or "").lower() != link.address:
        link.end("gone")
        return LinkResult("gone", link)
    if person.state in SHUT_OUT:
        return LinkResult("shut_out", link, until=person.suspended_until)
    if person.state == "leaving":
        return LinkResult("leaving", link)
    link.end("used")
    others = update(MailLink).where(
        MailLink.person_id == person.id, MailLink.purpose == link.purpose, MailLink.ended_as.is_(None)
    )
    db.session.execute(others.values(ended_as="newer", ended_at=clock.now()))
    _device, device_token = enter(person, browser, "mail")
    return LinkResult("right", link, person, device_token)


def refusal_of(result: LinkResult) -> str:
    """Return in words why a link signs nobody in."""
    if result.until is not None:
        return _("Your account is suspended until %(when)s.", when=dates.when(result.until))
    return str(REASONS[result.outcome])


def delete_old_links() -> None:
    """Delete the links of some days ago."""
    db.session.execute(delete(MailLink).where(MailLink.created_at < clock.now() - KEEP_LINKS))
