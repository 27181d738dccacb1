"""Export and erasure of invites."""

from collections.abc import Iterable
from typing import Any

from hampa.invites.models import RunInvite
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(RunInvite.person_id, noun="run_invites", fate="delete")
privacy_registry.holds(RunInvite.asker_id, noun="run_invites_sent", fate="delete")


@privacy_registry.exports("run_invites", _l("Runs that companions invited you along to"))
def export_invites(person: Person) -> Iterable[dict[str, Any]]:
    """Return the invites to the person."""
    return privacy_registry.rows_of(person, RunInvite.person_id, "run_id created_at declined_at")


@privacy_registry.exports("run_invites_sent", _l("Companions you invited along to a run"))
def export_sent_invites(person: Person) -> Iterable[dict[str, Any]]:
    """Return the invites by the person; who said no is told to nobody."""
    return privacy_registry.rows_of(person, RunInvite.asker_id, "run_id person_id created_at")
