"""Challenges: made for a browser, sent to it with what it has to do, and spent by its answer.

What a browser sends is checked by py_webauthn. It is imported where it is used: a web process that sees no passkey does
not hold its parsers of CBOR and X.509.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import orjson
from sqlalchemy import delete

from hampa.auth.actions.attempts import too_many_attempts
from hampa.auth.actions.entering import Browser
from hampa.auth.queries import browser_secret_hash
from hampa.passkeys import queries
from hampa.passkeys.models import CHALLENGE_LIFETIME, PasskeyChallenge
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.limits import limit, subject_named
from hampa.platform.security.ip_addresses import network_of

BYTES = 32
LONGEST_ANSWER = 20_000
"""Characters of what a browser sends: a few hundred, with an authenticator's certificates a few thousand."""
TIMEOUT_MILLISECONDS = int(CHALLENGE_LIFETIME.total_seconds() * 1000)

Options = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What an authenticator has signed: the fields as they were sent, and the challenge in them."""

    fields: dict[str, Any]
    credential_id: bytes
    challenge: bytes


def options_to_add(person: Person, secret: str) -> Options:
    """Return what a browser needs to make a passkey of a person, with a challenge for the browser that holds `secret`."""
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    passkeys = queries.passkeys_of(person)
    handle = passkeys[0].user_handle if passkeys else secrets.token_bytes(BYTES)
    options = generate_registration_options(
        rp_id=queries.site_id(),
        rp_name="Hampa",
        user_name=person.name or person.phone,
        user_id=handle,
        challenge=_make_challenge("add", secret, person, handle),
        timeout=TIMEOUT_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in passkeys],
    )
    return dict(options_to_json_dict(options))


def options_to_sign(purpose: str, secret: str, browser: Browser, person: Person | None = None) -> Options:
    """Return what a browser needs to sign in with any passkey of the site, or to prove with one of a person.

    Raise TooFast for too many challenges of one address.
    """
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    source, most = (
        subject_named("passkey", network_of(browser.address)),
        settings().passkey_challenges_per_address_minute,
    )
    limit(source, "passkeys.challenges", most, per=timedelta(minutes=1), error=too_many_attempts)
    passkeys = queries.passkeys_of(person) if person else ()
    options = generate_authentication_options(
        rp_id=queries.site_id(),
        challenge=_make_challenge(purpose, secret, person),
        timeout=TIMEOUT_MILLISECONDS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in passkeys],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options_to_json_dict(options))


def read_answer(text: str) -> Answer | None:
    """Return what a browser has sent, None if it can't be read."""
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json

    def read() -> Answer:
        fields = orjson.loads(text[:LONGEST_ANSWER])
        client_data = parse_client_data_json(base64url_to_bytes(fields["response"]["clientDataJSON"]))
        return Answer(fields, base64url_to_bytes(fields["id"]), client_data.challenge)

    return verified(read)


def spend(purpose: str, secret: str, answer: Answer, person: Person | None = None) -> PasskeyChallenge | None:
    """Delete the challenge of an answer, and return it; None if there is none for this purpose, browser and person."""
    spent = (
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == answer.challenge,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.browser_hash == browser_secret_hash(secret),
            PasskeyChallenge.person_id.is_not_distinct_from(person.id if person else None),
            PasskeyChallenge.created_at > clock.now() - CHALLENGE_LIFETIME,
        )
        .returning(PasskeyChallenge)
    )
    return db.session.scalar(spent)


def verified(verify: Callable[[], T]) -> T | None:
    """Return what `verify` returns; None if it refuses what a browser has sent, or can't read it."""
    try:
        return verify()
    except Exception:  # its parsers raise whatever their languages have for nonsense: CBOR, ASN.1, JSON, keys
        return None


def encoded(value: bytes) -> str:
    """Return bytes as browsers write them in JSON: base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def delete_expired() -> None:
    """Delete the challenges that nobody has answered."""
    old = delete(PasskeyChallenge).where(PasskeyChallenge.created_at <= clock.now() - CHALLENGE_LIFETIME)
    db.session.execute(old, execution_options={"synchronize_session": False})


def _make_challenge(purpose: str, secret: str, person: Person | None, handle: bytes | None = None) -> bytes:
    challenge = secrets.token_bytes(BYTES)
    db.session.add(
        PasskeyChallenge(
            id=ids.new_id(),
            purpose=purpose,
            challenge=challenge,
            browser_hash=browser_secret_hash(secret),
            person_id=person.id if person else None,
            user_handle=handle,
        )
    )
    return challenge
