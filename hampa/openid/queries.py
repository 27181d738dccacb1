"""Questions about accounts at the provider, and sign-ins under way there."""

import uuid
from typing import Any

from sqlalchemy import func, select

from hampa.auth.queries import browser_secret_hash
from hampa.openid.models import OpenIdAccount, OpenIdFlow
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.security.crypto import keyed_hash
from hampa.platform.statements import built_once


def state_of(secret: str, flow_id: uuid.UUID) -> str:
    """Return the state that goes with a request to the provider and comes back with its answer."""
    return keyed_hash("openid state", secret, str(flow_id))


def state_hash(state: str) -> str:
    """Return the stored hash of a state."""
    return keyed_hash("openid state hash", state)


def nonce_of(state: str) -> str:
    """Return the nonce that the id_token has to repeat."""
    return keyed_hash("openid nonce", state)


def verifier_of(state: str) -> str:
    """Return the secret of PKCE, which shows that who began takes the code (RFC 7636: 43 to 128 characters)."""
    return keyed_hash("openid verifier", state)


def flow_of_browser(flow_id: uuid.UUID, secret: str, *, lock: bool = False) -> OpenIdFlow | None:
    """Return a sign-in that the browser with this secret began, locked until the transaction ends if `lock`."""
    query = select(OpenIdFlow).where(OpenIdFlow.id == flow_id, OpenIdFlow.browser_hash == browser_secret_hash(secret))
    if lock:
        query = query.with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def account_at(issuer: str, subject: str) -> OpenIdAccount | None:
    """Return an account at the provider that is linked to a person here."""
    query = select(OpenIdAccount).where(OpenIdAccount.issuer == issuer, OpenIdAccount.subject == subject)
    return db.session.scalar(query)


def account_of(person: Person) -> OpenIdAccount | None:
    """Return the person's account at a provider, the newest one if the operator has changed the provider."""
    return _account(person.id).scalar_one_or_none()


@built_once
def _account(person_id: uuid.UUID) -> Any:
    query = select(OpenIdAccount).where(OpenIdAccount.person_id == person_id)
    return query.order_by(OpenIdAccount.created_at.desc()).limit(1)


def has_account_at(person_id: uuid.UUID, issuer: str) -> bool:
    """Return whether the person has an account at this provider."""
    query = select(OpenIdAccount.id).where(OpenIdAccount.person_id == person_id, OpenIdAccount.issuer == issuer)
    return db.session.scalar(query) is not None


def owner_of_address(email: str) -> Person | None:
    """Return the person who has verified a mail address here."""
    query = select(Person).where(func.lower(Person.email) == email.lower(), Person.email_verified_at.is_not(None))
    return db.session.scalar(query)
