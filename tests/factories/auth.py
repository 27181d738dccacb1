"""What sign-in leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hampa.auth.models import Session, SignInCode
from hampa.mail_links.models import MailLink
from hampa.mail_links.queries import link_token_hash
from hampa.passkeys.models import Passkey
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.locale import phone as numbers
from tests.factories.base import made, number

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def make_session(person: Person, **given: Any) -> Session:
    """Make a session of a person in another browser; nobody has its token."""
    now = clock.now()
    values = {
        "person_id": person.id,
        "token_hash": f"token {number()}",
        "method": "code",
        "address": "127.0.0.1",
        "user_agent": BROWSER,
        "proved_at": now,
        "last_seen_at": now,
    }
    return made(Session, **(values | given))


def make_code(phone: str, **given: Any) -> SignInCode:
    """Make a code that was sent to a number and not used; nobody knows it."""
    now = clock.now()
    values = {
        "phone": phone,
        "prefix": numbers.prefix(phone),
        "network": f"198.51.100.{number() % 250}",
        "code_hash": "a code",
        "browser_hash": "a browser",
        "locale": "en",
        "next_path": "/",
        "sent": True,
        "expires_at": now + timedelta(minutes=5),
    }
    return made(SignInCode, **(values | given))


def make_mail_link(person: Person, address: str, token: str, **given: Any) -> MailLink:
    """Make a link to sign in that another browser asked for just now."""
    values = {
        "person_id": person.id,
        "address": address,
        "token_hash": link_token_hash(token),
        "browser_hash": "a browser",
        "network": "198.51.100.7",
        "user_agent": BROWSER,
        "expires_at": clock.now() + timedelta(minutes=15),
    }
    return made(MailLink, **(values | given))


def make_passkey(person: Person, **given: Any) -> Passkey:
    """Make a passkey that no authenticator has."""
    values = {
        "person_id": person.id,
        "credential_id": f"credential {number()}".encode(),
        "public_key": b"a key",
        "user_handle": person.id.bytes,
        "name": "Chrome on Android",
        "sign_count": 0,
        "is_synced": False,
        "transports": ["internal"],
    }
    return made(Passkey, **(values | given))
