"""Export of a person's own row, and of their blocks."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models import Block, HiddenZone, Person
from hampa.platform.locale.i18n import lazy_gettext as _l

PROFILE = (
    "id created_at phone name bio city gender birth_year shows_age handle email email_verified_at avatar locale"
    " timezone calendar units reminders new_run_notices recap_notices quiet_from quiet_to quiet_days emergency_name emergency_phone profile_visibility"
    " message_visibility shares_reading shows_past_runs shows_online is_operator last_sign_in_at last_active_at"
)

privacy_registry.holds(Block.blocker_id, noun="blocks", fate="delete")
privacy_registry.holds(Block.blocked_id, left_out="who blocked somebody is never told", fate="delete")

privacy_registry.holds(HiddenZone.person_id, noun="hidden_zones", fate="delete")


@privacy_registry.exports("profile", _l("Who you are, and what you chose in the settings"))
def profile(person: Person) -> Iterable[dict[str, Any]]:
    """Return one row: the person."""
    return privacy_registry.rows(select(*privacy_registry.columns(Person, PROFILE)).where(Person.id == person.id))


@privacy_registry.exports("blocks", _l("People you blocked"))
def blocks(person: Person) -> Iterable[dict[str, Any]]:
    """Return the ids of the people whom the person blocked; their names are hidden from the person."""
    query = select(Block.blocked_id.label("person_id"), Block.created_at).where(Block.blocker_id == person.id)
    return privacy_registry.rows_in_order(query, Block)


@privacy_registry.exports("hidden_zones", _l("The areas that are cut out of your routes for others"))
def hidden_zones(person: Person) -> Iterable[dict[str, Any]]:
    """Return the middles of the areas, in degrees; a middle is not the place that it hides."""
    columns = privacy_registry.columns(HiddenZone, "created_at north east")
    query = select(*columns).where(HiddenZone.person_id == person.id)
    return privacy_registry.rows_in_order(query, HiddenZone)
