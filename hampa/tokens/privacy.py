"""Tokens of a person, in their export and at their erasure."""

from collections.abc import Iterable
from typing import Any

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.tokens.models import PersonalToken

privacy_registry.holds(PersonalToken.person_id, noun="tokens", fate="delete")


@privacy_registry.exports("tokens", _l("Tokens that you made for programs, without the tokens themselves"))
def tokens(person: Person) -> Iterable[dict[str, Any]]:
    """Return the personal tokens; those of sign-ins belong to a session, and are no data beyond it."""
    names = "id created_at name last_letters scopes expires_at last_used_at ended_at"
    return privacy_registry.rows_of(person, PersonalToken.person_id, names)
