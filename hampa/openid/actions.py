"""Begin a sign-in at the provider, take its answer once, and link accounts."""

import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.auth.actions.entering import Browser, enter
from hampa.auth.actions.theft import ends_on_theft
from hampa.auth.queries import SHUT_OUT, browser_secret_hash
from hampa.notifications.actions.notifying import notify
from hampa.openid import queries
from hampa.openid.models import FLOW_LIFETIME, OpenIdAccount, OpenIdFlow
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Conflict, TooFast
from hampa.platform.limits import limit, subject_named
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.measures import waiting_time
from hampa.platform.openid import Identity
from hampa.platform.security.ip_addresses import network_of

KEEP_FLOWS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """What comes of an answer of the provider.

    `in` (with the person and the token for the device's cookie), `linked`, `confirm` (an account has the address),
    `number` (nobody has it), or why not: `unverified`, `taken` (the account there is linked to another one here),
    `address_taken`, `another` (the person has linked another one), `shut_out` (with `until`), `leaving`, `late`.
    """

    outcome: str
    person: Person | None = None
    device_token: str = ""
    until: datetime | None = None


def start(browser: Browser, *, next_path: str, act: str = "", person: Person | None = None) -> tuple[OpenIdFlow, str]:
    """Begin a sign-in, or, for a person who is signed in, a link; return it with the secret of the browser.

    Raise TooFast.
    """
    source = subject_named("openid", network_of(browser.address))
    limit(source, "openid.starts", settings().openid_starts_per_address_hour, per="hour", error=_too_many)
    secret, flow_id = secrets.token_urlsafe(24), ids.new_id()
    flow = OpenIdFlow(
        id=flow_id,
        purpose="link" if person is not None else "sign_in",
        person_id=person.id if person is not None else None,
        session_id=person.session_id if person is not None else None,
        state_hash=queries.state_hash(queries.state_of(secret, flow_id)),
        browser_hash=browser_secret_hash(secret),
        next_path=next_path,
        act=act,
        expires_at=clock.now() + FLOW_LIFETIME,
    )
    db.session.add(flow)
    return flow, secret


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("Too many tries from here. Try again %(when)s.", when=waiting_time(seconds)), seconds)


def take_answer(flow_id: uuid.UUID, secret: str, state: str) -> OpenIdFlow | None:
    """Take the answer with this state, once: of several at one instant, one. None if it is not this browser's."""
    flow = queries.flow_of_browser(flow_id, secret, lock=True)
    if flow is None or not flow.is_at("started") or flow.state_hash != queries.state_hash(state):
        return None
    flow.stage = "answered"
    return flow


def settle(
    flow_id: uuid.UUID, secret: str, identity: Identity, browser: Browser, viewer: Person | None = None
) -> Settled:
    """Sign in or link by a verified answer, or keep it until the person has said more.

    A link is made in the session alone that began it, which the viewer has to be in.
    """
    flow = queries.flow_of_browser(flow_id, secret, lock=True)
    if flow is None or not flow.is_at("answered"):
        return Settled("late")
    flow.stage = "done"
    account = queries.account_at(identity.issuer, identity.subject)
    if flow.purpose == "link":
        if viewer is None or flow.session_id is None or viewer.session_id != flow.session_id:
            return Settled("late")
        return _link_to_asker(flow, identity, account)
    if account is not None:
        return _enter(account, browser)
    if not identity.email:
        return Settled("unverified")
    owner = queries.owner_of_address(identity.email)
    if owner is not None and queries.has_account_at(owner.id, identity.issuer):
        return Settled("another")
    flow.stage, flow.expires_at = "waits", clock.now() + FLOW_LIFETIME
    flow.issuer, flow.subject, flow.email = identity.issuer, identity.subject, identity.email
    return Settled("confirm" if owner is not None else "number")


def confirm(flow_id: uuid.UUID, secret: str, browser: Browser) -> Settled:
    """Link the account at the provider to the one here that has its verified address, and sign in."""
    flow = queries.flow_of_browser(flow_id, secret, lock=True)
    owner = queries.owner_of_address(flow.email) if flow is not None and flow.is_at("waits") else None
    if flow is None or owner is None:
        return Settled("late")
    flow.stage = "done"
    person = lock_person(owner.id)
    if person is None or person.email_verified_at is None or (person.email or "").lower() != flow.email.lower():
        return Settled("late")
    refusal = _refusal(person) or _link(person, flow.issuer, flow.subject, flow.email)
    if refusal is not None:
        return refusal
    _device, device_token = enter(person, browser, "openid")
    return Settled("in", person, device_token)


def link_after_code(flow_id: uuid.UUID, secret: str, person: Person, asked_at: datetime) -> Settled:
    """Link an account at the provider, whose address nobody had, to the person who has just typed a code.

    Only a code that was asked for when the page of sign-in told of the link (`asked_at`) links.
    """
    flow = queries.flow_of_browser(flow_id, secret, lock=True)
    if flow is None or not flow.is_at("waits") or asked_at < flow.waits_since:
        return Settled("late")
    flow.stage = "done"
    owner = queries.owner_of_address(flow.email)
    if owner is not None and owner.id != person.id:
        return Settled("address_taken")
    refusal = _link(person, flow.issuer, flow.subject, flow.email)
    if refusal is not None:
        return refusal
    if person.email is None and owner is None:
        _adopt_address(person, flow.email)
    return Settled("linked", person)


def forget(flow_id: uuid.UUID, secret: str) -> None:
    """End a sign-in that waits, because the person goes on without it."""
    flow = queries.flow_of_browser(flow_id, secret, lock=True)
    if flow is not None:
        flow.stage = "done"


def unlink(person: Person) -> bool:
    """Remove the person's accounts at providers; return whether there were any. Their number always remains."""
    removed = delete(OpenIdAccount).where(OpenIdAccount.person_id == person.id).returning(OpenIdAccount.id)
    found = db.session.scalars(removed).all()
    if found:
        _tell(person, "openid_removed", found[0])
    return bool(found)


@ends_on_theft(OpenIdAccount, OpenIdFlow)
def unlink_all(person: Person, _since: datetime) -> None:
    """Remove the accounts at providers, and those that are about to be linked."""
    db.session.execute(delete(OpenIdFlow).where(OpenIdFlow.person_id == person.id))
    unlink(person)


def delete_old_flows() -> None:
    """Delete the sign-ins of some days ago."""
    db.session.execute(delete(OpenIdFlow).where(OpenIdFlow.created_at < clock.now() - KEEP_FLOWS))


def _link_to_asker(flow: OpenIdFlow, identity: Identity, account: OpenIdAccount | None) -> Settled:
    """Link to the person who began this in the settings."""
    person = lock_person(flow.person_id) if flow.person_id is not None else None
    if person is None or person.state != "active":
        return Settled("late")
    if account is not None:
        return Settled("linked" if account.person_id == person.id else "taken")
    if not identity.email:
        return Settled("unverified")
    owner = queries.owner_of_address(identity.email)
    if owner is not None and owner.id != person.id:
        return Settled("address_taken")
    return _link(person, identity.issuer, identity.subject, identity.email) or Settled("linked", person)


def _link(person: Person, issuer: str, subject: str, email: str) -> Settled | None:
    """Link an account, unless it, or the person, has another one, which the database decides. Return why not."""
    values = {"issuer": issuer, "subject": subject, "email": email, "person_id": person.id}
    statement = insert(OpenIdAccount).values(last_used_at=clock.now(), **values).on_conflict_do_nothing()
    added = db.session.scalar(statement.returning(OpenIdAccount.id))
    if added is not None:
        _tell(person, "openid_added", added)
        return None
    account = queries.account_at(issuer, subject)
    if account is None:
        return Settled("another")
    return None if account.person_id == person.id else Settled("taken")


def _adopt_address(person: Person, email: str) -> None:
    """Give a person without an address the one that the provider has verified, unless somebody was quicker."""
    with suppress(Conflict), raise_if_taken("uq_people_email", Conflict):
        person.email, person.email_verified_at = email, clock.now()
        db.session.flush()


def _enter(account: OpenIdAccount, browser: Browser) -> Settled:
    person = lock_person(account.person_id)
    if person is None:
        return Settled("late")
    if (refusal := _refusal(person)) is not None:
        return refusal
    account.last_used_at = clock.now()
    _device, device_token = enter(person, browser, "openid")
    return Settled("in", person, device_token)


def _refusal(person: Person) -> Settled | None:
    if person.state in SHUT_OUT:
        return Settled("shut_out", until=person.suspended_until)
    return Settled("leaving") if person.state == "leaving" else None


def _tell(person: Person, what: str, subject_id: uuid.UUID) -> None:
    event = f"{what}:{subject_id}"
    name = settings().openid_name
    notify([person.id], "way_changed", subject_id=subject_id, data={"what": what, "name": name}, event=event)
