"""Sign in with a passkey, and prove with one in an open session."""

from dataclasses import dataclass
from datetime import datetime

from hampa.auth.actions import sessions
from hampa.auth.actions.attempts import count_attempt
from hampa.auth.actions.entering import Browser, enter
from hampa.auth.queries import SHUT_OUT
from hampa.passkeys import queries
from hampa.passkeys.actions import challenges
from hampa.passkeys.actions.keys import stop_passkey
from hampa.passkeys.models import Passkey
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock
from hampa.platform.config import settings


@dataclass(frozen=True)
class PasskeyResult:
    """The result of signing in with a passkey.

    `outcome` is `right` (with the person, and the token for the device's cookie), `late`, `unknown`, `wrong`, `stopped`,
    `leaving`, or `shut_out` (with `until`, None for good).
    """

    outcome: str
    person: Person | None = None
    device_token: str = ""
    until: datetime | None = None


def sign_in_with_passkey(secret: str, sent: str, browser: Browser) -> PasskeyResult:
    """Sign in whose passkey has signed a challenge of the browser that holds `secret`.

    What it writes has to be committed whatever the outcome: a try counts, and a challenge is spent. Raise TooFast after
    too many tries from an address.
    """
    count_attempt(browser)
    answer = challenges.read_answer(sent)
    if answer is None or challenges.spend("sign_in", secret, answer) is None:
        return PasskeyResult("late")
    found = queries.passkey_by_credential(answer.credential_id)
    person = lock_person(found.person_id) if found else None
    passkey = queries.passkey_by_credential(answer.credential_id, lock=True) if person else None
    if person is None or passkey is None:
        return PasskeyResult("unknown")
    outcome = _use(passkey, answer)
    if outcome != "right":
        return PasskeyResult(outcome)
    if person.state in SHUT_OUT:
        return PasskeyResult("shut_out", until=person.suspended_until)
    if person.state == "leaving":
        return PasskeyResult("leaving")
    _device, device_token = enter(person, browser, "passkey")
    return PasskeyResult("right", person, device_token)


def prove_with_passkey(person: Person, secret: str, sent: str, browser: Browser) -> str:
    """Record a proof if one of the person's passkeys has signed; return the outcome, as in `PasskeyResult`."""
    count_attempt(browser)
    answer = challenges.read_answer(sent)
    if answer is None or challenges.spend("prove", secret, answer, person) is None:
        return "late"
    passkey = queries.passkey_by_credential(answer.credential_id, lock=True)
    if passkey is None or passkey.person_id != person.id:
        return "unknown"
    outcome = _use(passkey, answer)
    if outcome == "right":
        sessions.record_proof(person, "passkey")
    return outcome


def _use(passkey: Passkey, answer: challenges.Answer) -> str:
    """Check what a passkey, which is locked, has signed; return `right`, `wrong` or `stopped`.

    The counter is looked at last: nobody without the key can have a passkey stopped.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    handle = answer.fields["response"].get("userHandle")
    if handle and challenges.verified(lambda: base64url_to_bytes(handle)) != passkey.user_handle:
        return "wrong"
    use = challenges.verified(
        lambda: verify_authentication_response(
            credential=answer.fields,
            expected_challenge=answer.challenge,
            expected_rp_id=queries.site_id(),
            expected_origin=settings().base_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    )
    if use is None:
        return "wrong"
    counts = use.new_sign_count > 0 or passkey.sign_count > 0
    if passkey.stopped_at is None and counts and use.new_sign_count <= passkey.sign_count:
        stop_passkey(passkey)
    if passkey.stopped_at is not None:
        return "stopped"
    passkey.sign_count, passkey.is_synced = use.new_sign_count, use.credential_backed_up
    passkey.last_used_at = clock.now()
    return "right"
