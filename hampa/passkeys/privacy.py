"""Passkeys, in the export of a person and at their erasure."""

from collections.abc import Iterable
from typing import Any

from hampa.passkeys.models import Passkey, PasskeyChallenge
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(Passkey.person_id, noun="passkeys", fate="delete")
privacy_registry.holds(
    PasskeyChallenge.person_id, left_out="random bytes, which mean nothing after five minutes", fate="delete"
)


@privacy_registry.exports("passkeys", _l("Your passkeys, without the keys"))
def passkeys(person: Person) -> Iterable[dict[str, Any]]:
    """Return the passkeys, without what they are recognised by."""
    names = "id created_at name sign_count is_synced transports last_used_at stopped_at"
    return privacy_registry.rows_of(person, Passkey.person_id, names)
