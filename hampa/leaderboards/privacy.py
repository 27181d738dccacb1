"""Export and erasure of what leaderboards have of a person."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, update

from hampa.leaderboards.actions.following import note_change
from hampa.leaderboards.models.standings import ActivityFlag, Standing
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(Standing.person_id, noun="leaderboard_standings", fate="delete")
privacy_registry.holds(ActivityFlag.person_id, noun="activity_flags", fate="delete")
privacy_registry.holds(ActivityFlag.flagged_by_id, noun="activity_flags_raised", fate="empty")
privacy_registry.holds(
    ActivityFlag.decided_by_id, left_out="a decision belongs to the person about whose activity it is", fate="empty"
)


@privacy_registry.exports("leaderboard_standings", _l("Which boards you are on"))
def export_standings(person: Person) -> Iterable[dict[str, Any]]:
    """Return the crews and plans on whose boards the person stands; without either, the boards of everybody."""
    return privacy_registry.rows_of(person, Standing.person_id, "crew_id plan_id created_at")


@privacy_registry.exports("activity_flags", _l("Activities of yours that others found implausible"))
def export_flags(person: Person) -> Iterable[dict[str, Any]]:
    """Return the flags of the person's activities, without who raised them."""
    columns = "activity_id reason state appeal appealed_at answer decided_at created_at updated_at"
    return privacy_registry.rows_of(person, ActivityFlag.person_id, columns)


@privacy_registry.exports("activity_flags_raised", _l("Activities of others that you found implausible"))
def export_raised_flags(person: Person) -> Iterable[dict[str, Any]]:
    """Return the reasons that the person gave, without whose activities they were about."""
    return privacy_registry.rows_of(person, ActivityFlag.flagged_by_id, "reason state created_at")


@privacy_registry.erases
def leave_boards(person: Person) -> None:
    """Take the person off all boards, and delete what they wrote about activities of others; the decisions stay."""
    for statement in (
        update(ActivityFlag).where(ActivityFlag.flagged_by_id == person.id).values(reason=""),
        update(ActivityFlag).where(ActivityFlag.decided_by_id == person.id).values(answer=""),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
    db.session.execute(delete(Standing).where(Standing.person_id == person.id))
    note_change([person.id], gone=True)
