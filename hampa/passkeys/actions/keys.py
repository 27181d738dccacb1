"""Add, name, remove and stop passkeys; their owner is told of all but the name."""

from datetime import datetime

from sqlalchemy import delete, select

from hampa.auth.actions.theft import ends_on_theft
from hampa.notifications.actions.notifying import notify
from hampa.passkeys import queries
from hampa.passkeys.actions import challenges
from hampa.passkeys.models import MOST_PASSKEYS, Passkey, PasskeyChallenge
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _

TRANSPORTS = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})


def add_passkey(person: Person, secret: str, sent: str, name: str) -> Passkey:
    """Add the passkey that a browser has made, and notify its owner.

    Raise Refused if it is not what was asked for in the browser that holds `secret`; the challenge is spent all the same.
    """
    from webauthn import verify_registration_response

    answer = challenges.read_answer(sent)
    challenge = challenges.spend("add", secret, answer, person) if answer else None
    if answer is None or challenge is None:
        raise Refused(_("That took too long, or was answered elsewhere. Try once more."))
    key = challenges.verified(
        lambda: verify_registration_response(
            credential=answer.fields,
            expected_challenge=challenge.challenge,
            expected_rp_id=queries.site_id(),
            expected_origin=settings().base_url,
            require_user_verification=True,
        )
    )
    if key is None:
        raise Refused(_("This device did not make a passkey that Hampa can use. Try another one."))
    lock_person(person.id)
    if len(queries.passkeys_of(person)) >= MOST_PASSKEYS:
        raise Refused(_("You have very many passkeys. First remove one that you do not use."))
    if queries.passkey_by_credential(key.credential_id) is not None:
        raise Refused(_("This passkey is here already."))
    transports = answer.fields["response"].get("transports")
    passkey = Passkey(
        id=ids.new_id(),
        person_id=person.id,
        credential_id=key.credential_id,
        public_key=key.credential_public_key,
        user_handle=challenge.user_handle,
        name=name,
        sign_count=key.sign_count,
        is_synced=key.credential_backed_up,
        transports=sorted(TRANSPORTS.intersection(map(str, transports if isinstance(transports, list) else ()))),
    )
    db.session.add(passkey)
    _tell(passkey, "passkey_added")
    return passkey


def rename_passkey(passkey: Passkey, name: str) -> None:
    """Give a passkey another name."""
    passkey.name = name


def remove_passkey(passkey: Passkey) -> None:
    """Remove a passkey, which opens nothing from now on, and notify its owner."""
    _tell(passkey, "passkey_removed")
    db.session.delete(passkey)


@ends_on_theft(Passkey, PasskeyChallenge)
def remove_passkeys(person: Person, _since: datetime) -> None:
    """Remove all passkeys, and those that are about to be added."""
    for passkey in db.session.scalars(select(Passkey).where(Passkey.person_id == person.id)):
        remove_passkey(passkey)
    db.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.person_id == person.id))


def stop_passkey(passkey: Passkey) -> None:
    """Let a passkey that may have been copied open nothing any more, and notify its owner."""
    passkey.stopped_at = clock.now()
    _tell(passkey, "passkey_stopped")


def _tell(passkey: Passkey, what: str) -> None:
    notify(
        [passkey.person_id],
        "way_changed",
        subject_id=passkey.id,
        data={"what": what, "name": passkey.name},
        event=f"{what}:{passkey.id}",
    )
