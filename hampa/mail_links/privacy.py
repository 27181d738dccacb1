"""Links to sign in, in the export of a person and at their erasure."""

from collections.abc import Iterable
from typing import Any

from hampa.mail_links.models import MailLink
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(MailLink.person_id, noun="mail_links", fate="delete")


@privacy_registry.exports(
    "mail_links", _l("Links to sign in that were emailed to you in the last two days, without them")
)
def mail_links(person: Person) -> Iterable[dict[str, Any]]:
    """Return the links that were asked for with the person's address, without their tokens."""
    names = "id created_at purpose address network user_agent expires_at ended_as ended_at"
    return privacy_registry.rows_of(person, MailLink.person_id, names)
