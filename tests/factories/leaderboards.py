"""Who stands on boards, and flags."""

from __future__ import annotations

from typing import Any

from hampa.leaderboards.actions.flags import appeal, flag_activity
from hampa.leaderboards.models.standings import LIFTED, ActivityFlag, Standing
from hampa.people.models import Person
from hampa.platform import clock
from hampa.training.actions.gear import warn_of_worn_gear
from hampa.training.models.activities import Activity
from tests.factories.base import made
from tests.factories.crews import make_crew
from tests.factories.training import make_activity, make_gear


def make_standing(person: Person, **given: Any) -> Standing:
    """Let a person stand on the boards of everybody, or of the crew or the plan that is given."""
    return made(Standing, person_id=person.id, **given)


def stand_and_flag(person: Person, friend: Person, reason: str) -> None:
    """Let a person stand on a board, be flagged for a reason, flag somebody, and decide about it."""
    make_standing(person)
    make_flag(make_activity(person), friend, reason=reason)
    make_flag(make_activity(friend), person, state=LIFTED, decided_by_id=person.id, decided_at=clock.now())


def tell_of_flags(actor: Person, reader: Person, mark: str) -> None:
    """Tell a reader what somebody says to a flag of theirs, and of shoes whose name has a mark."""
    make_crew(reader, actor)
    activity = make_activity(actor, visibility="crew", note=f"{mark} note")
    flag_activity(reader, activity.id, f"{mark} reason")
    appeal(actor, activity.id, f"{mark} words")
    make_gear(reader, name=f"{mark} shoes", before_m=9_000, limit_m=8_000)
    warn_of_worn_gear()


def make_flag(activity: Activity, by: Person, **given: Any) -> ActivityFlag:
    """Flag an activity."""
    usual = {"reason": "Eighty kilometres in an hour"}
    return made(
        ActivityFlag, activity_id=activity.id, person_id=activity.person_id, flagged_by_id=by.id, **(usual | given)
    )
