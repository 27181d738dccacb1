"""Flagging activities as implausible, saying why one is right, and deciding about it."""

import uuid

from sqlalchemy.dialects.postgresql import insert

from hampa.leaderboards.models.standings import APPEALED, FLAGGED, LIFTED, MOST_FLAGS_A_DAY, UPHELD, ActivityFlag
from hampa.leaderboards.queries.flags import Ground, flag_of, flag_to_decide, ground_for, may_flag_again
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import operators
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.training.queries.activities import own_activity
from hampa.training.queries.visibility import activity_for


class FlaggedAlready(Conflict):
    """The activity is flagged, or operators have decided about it."""


def flag_activity(person: Person, activity_id: uuid.UUID, reason: str) -> ActivityFlag:
    """Flag an activity as implausible, so that it counts nowhere; its person is told, with the reason.

    One whose flag was lifted can be flagged again as `may_flag_again` says. Raise NotFound, Forbidden and FlaggedAlready.
    """
    activity = activity_for(person, activity_id)
    ground = ground_for(person, activity)
    if ground is None:
        raise forbidden()
    limit(person, "activity_flags.raise", MOST_FLAGS_A_DAY, per="day", error=_too_many)
    now = clock.now()
    row = {"activity_id": activity.id, "person_id": activity.person_id, "flagged_by_id": person.id, "reason": reason}
    more = {"id": ids.new_id(), "crew_id": ground.crew_id, "created_at": now, "updated_at": now}
    made = insert(ActivityFlag).values(**row, **more).on_conflict_do_nothing(index_elements=["activity_id"])
    flag = db.session.scalar(made.returning(ActivityFlag))
    if flag is None:
        flag = _raise_again(person, activity_id, ground, reason)
    _tell(flag, FLAGGED)
    return flag


def _raise_again(person: Person, activity_id: uuid.UUID, ground: Ground, reason: str) -> ActivityFlag:
    flag = flag_of(activity_id, lock=True)
    if flag is None or flag.state != LIFTED:
        raise FlaggedAlready(_("It is flagged already, and counts nowhere."), "reason")
    if not may_flag_again(person, flag):
        raise FlaggedAlready(_("Somebody has looked at it: it counts. Write to the operators."), "reason")
    flag.state, flag.reason, flag.flagged_by_id, flag.crew_id = FLAGGED, reason, person.id, ground.crew_id
    flag.appeal, flag.appealed_at, flag.answer, flag.decided_at, flag.decided_by_id = "", None, "", None, None
    db.session.flush()
    return flag


def appeal(person: Person, activity_id: uuid.UUID, words: str) -> ActivityFlag:
    """Say why an activity of one's own is right, once; operators and who flagged it are told. Raise Refused."""
    own_activity(person, activity_id)
    flag = flag_of(activity_id, lock=True)
    if flag is None:
        raise NotFound
    if not flag.may_appeal:
        raise Refused(_("You have said why, or somebody has decided already."), "words")
    flag.state, flag.appeal, flag.appealed_at = APPEALED, words, clock.now()
    db.session.flush()
    told = {one.id for one in operators()} | ({flag.flagged_by_id} if flag.flagged_by_id else set())
    notify(
        sorted(told - {person.id}),
        "flag_appealed",
        actor_id=person.id,
        subject_id=flag.id,
        data={},
        event=f"{flag.id}:{flag.version}:{APPEALED}",
    )
    return flag


def decide(person: Person, activity_id: uuid.UUID, *, lifts: bool, answer: str = "") -> ActivityFlag:
    """Lift a flag, so that the activity counts again, or uphold it; its person is told. Raise NotFound and Refused."""
    flag = flag_to_decide(person, activity_id)
    if flag.state == LIFTED:
        raise Refused(_("It counts already."))
    if not lifts and not person.is_operator:
        raise Forbidden(_("Operators decide about this."))
    if not lifts and flag.state == UPHELD:
        raise Refused(_("This is decided already."))
    flag.state, flag.answer = LIFTED if lifts else UPHELD, answer
    flag.decided_by_id, flag.decided_at = person.id, clock.now()
    db.session.flush()
    _tell(flag, flag.state)
    return flag


def own_flag(person: Person, activity_id: uuid.UUID) -> ActivityFlag:
    """Return the flag of an activity of one's own. Raise NotFound without one, and Forbidden for that of another."""
    own_activity(person, activity_id)
    flag = flag_of(activity_id)
    if flag is None:
        raise NotFound
    return flag


def forbidden() -> Forbidden:
    """Return the refusal of who may flag nothing."""
    return Forbidden(_("Moderators of a crew and operators can do that."))


def _tell(flag: ActivityFlag, what: str) -> None:
    notify(
        [flag.person_id],
        "activity_flagged",
        subject_id=flag.activity_id,
        data={"what": what},
        event=f"{flag.id}:{flag.version}:{what}",
    )


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("That is enough flags for one day. Try again tomorrow."), seconds)
