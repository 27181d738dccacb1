"""Accounts at providers, in the export of a person and at their erasure."""

from collections.abc import Iterable
from typing import Any

from hampa.openid.models import OpenIdAccount, OpenIdFlow
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(OpenIdAccount.person_id, noun="openid_accounts", fate="delete")
privacy_registry.holds(
    OpenIdFlow.person_id, left_out="A link that is under way, for a quarter of an hour.", fate="delete"
)


@privacy_registry.exports("openid_accounts", _l("Accounts elsewhere, such as Google's, that sign you in"))
def openid_accounts(person: Person) -> Iterable[dict[str, Any]]:
    """Return the accounts that are linked to the person."""
    names = "id created_at issuer subject email last_used_at"
    return privacy_registry.rows_of(person, OpenIdAccount.person_id, names)
