"""Starting a crew, its settings, notices, access code, closing, and the log."""

import secrets
import uuid
from typing import Any

from sqlalchemy import delete

from hampa.crews.actions.agreements import renew_agreement
from hampa.crews.actions.endings import tell_closed
from hampa.crews.actions.events import tell, tell_changed
from hampa.crews.actions.logging import log
from hampa.crews.models import ADMIN, CLOSING_PERIOD, Crew, CrewInvitation, CrewMembership, CrewNotice
from hampa.crews.queries import crews as queries
from hampa.crews.queries.groups import group_in
from hampa.crews.queries.people import people_to_tell
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import lock_people
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.live import publish
from hampa.platform.locale.i18n import gettext as _, number

CREWS_A_DAY = 5
CODE_LENGTH = 8
NOTICES_A_DAY = 5


def create_crew(person: Person, values: dict[str, Any]) -> uuid.UUID:
    """Create a crew of which the person is the admin, and return its id. Raise Refused and TooFast."""
    limit(person, "crews.create", CREWS_A_DAY, per="day", error=_too_many_crews)
    check_room(person)
    crew = Crew(**values)
    db.session.add(crew)
    db.session.flush()
    now = clock.now()
    db.session.add(
        CrewMembership(
            crew_id=crew.id,
            person_id=person.id,
            role=ADMIN,
            joined_at=now,
            last_active_at=now,
            agreed_at=now,
            agreed_version=1,
        )
    )
    log(crew.id, "created", person)
    db.session.flush()
    return crew.id


def check_room(person: Person, *, is_asked: bool = True) -> None:
    """Raise Refused if a person is in as many crews as one can be; the person is locked.

    The words are for the person if they have asked for it, else for an organiser, who learns no number.
    """
    lock_people(person.id)
    if len(queries.crews_of(person)) >= queries.MOST_CREWS:
        if not is_asked:
            raise Refused(_("They can't come in just now."))
        text = _("You are in %(most)s crews already. Leave one of them first.", most=number(queries.MOST_CREWS))
        raise Refused(text)


def change_crew(person: Person, crew_id: uuid.UUID, values: dict[str, Any]) -> None:
    """Change some settings of a crew; the members are asked to accept another agreement.

    Raise Forbidden, NotFound, and Refused for fewer places than members, and for a crew that operators keep hidden.
    """
    crew = queries.locked_crew(crew_id)
    membership = queries.member_with(person, crew_id, "edit")
    if values.get("max_members", crew.max_members) < crew.members:
        raise Refused(_("The crew has %(members)s members already.", members=number(crew.members)), "max_members")
    if values.get("is_listed") and not crew.is_listed and crew.hidden_at is not None:
        raise Refused(_("Operators of the site hide this crew from strangers."), "is_listed")
    changed = [name for name, value in values.items() if getattr(crew, name) != value]
    for name in changed:
        setattr(crew, name, values[name])
    if changed:
        log(crew.id, "settings", person, note=", ".join(changed)[:200])
        tell_changed(crew.id, changed)
        publish(f"crew:{crew.id}", "settings")
    if "agreement" in changed:
        renew_agreement(person, crew, membership)


def change_code(person: Person, crew_id: uuid.UUID, *, remove: bool = False) -> uuid.UUID:
    """Give a crew a new access code, or none, and return its id: the one before lets nobody in any more.

    Raise Forbidden and NotFound.
    """
    crew = queries.locked_crew(crew_id)
    queries.member_with(person, crew_id, "edit")
    crew.access_code = None if remove else "".join(secrets.choice(ids.SHORT_ALPHABET) for _each in range(CODE_LENGTH))
    log(crew.id, "code", person)
    tell_changed(crew.id, ["access_code"])
    return crew.id


def post_notice(person: Person, crew_id: uuid.UUID, text: str, group_id: uuid.UUID | None = None) -> uuid.UUID:
    """Post a notice to all members, or to those of a sub-group, who are notified.

    Raise Forbidden, NotFound, also for a sub-group of another crew, and TooFast.
    """
    membership = queries.member_with(person, crew_id, "post")
    if group_id is not None:
        group_in(crew_id, group_id)
    limit(membership.crew, "crews.notices", NOTICES_A_DAY, per="day", error=_too_many_notices)
    notice = CrewNotice(crew_id=crew_id, author_id=person.id, text=text, group_id=group_id)
    db.session.add(notice)
    log(crew_id, "posted", person)
    db.session.flush()
    tell(crew_id, "crew.notice_posted", notice_id=str(notice.id), person_id=str(person.id))
    publish(f"crew:{crew_id}", "posted", person=person.id)
    notify(
        people_to_tell(crew_id, person.id, group_id=group_id),
        "crew_notice",
        actor_id=person.id,
        subject_id=crew_id,
        data={"notice": str(notice.id)},
        event=str(notice.id),
    )
    return notice.id


def close_crew(person: Person, crew_id: uuid.UUID, *, cancels_runs: bool = False) -> None:
    """Close a crew, of which the members are told; it is only read from then on. Raise Forbidden and NotFound.

    Its runs to come stay with their organisers, unless they are cancelled.
    """
    crew = queries.locked_crew(crew_id)
    queries.admin_of(person, crew_id)
    if crew.closed_at is not None:
        return
    crew.closed_at = clock.now()
    log(crew.id, "closed", person)
    tell_changed(crew.id, ["closed_at"])
    publish(f"crew:{crew.id}", "settings")
    tell_closed(crew.id, person.id, cancels_runs=cancels_runs)
    notify(
        people_to_tell(crew_id, person.id),
        "crew_closed",
        actor_id=person.id,
        subject_id=crew_id,
        data={},
        event=f"{crew_id}:{crew.closed_at.date()}",  # once a day, however often it is opened and closed
    )


def open_crew(person: Person, crew_id: uuid.UUID) -> None:
    """Open a closed crew again. Raise Forbidden, NotFound, and Refused for one that operators closed."""
    crew = queries.locked_crew(crew_id)
    queries.admin_of(person, crew_id)
    if crew.closed_at is None:
        return
    if crew.closed_by_operators:
        raise Refused(closed_by_operators())
    crew.closed_at = None
    log(crew.id, "opened", person)
    tell_changed(crew.id, ["closed_at"])
    publish(f"crew:{crew.id}", "settings")


def delete_closed_crews() -> None:
    """Delete crews that were closed long enough ago, and links that nobody can use any more."""
    now = clock.now()
    for statement in (
        delete(Crew).where(Crew.closed_at <= now - CLOSING_PERIOD),
        delete(CrewInvitation).where(CrewInvitation.expires_at <= now - CLOSING_PERIOD),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


def closed_by_operators() -> str:
    """Return why admins don't open a crew that operators closed."""
    return _("Operators of the site closed this crew. Only they open it again.")


def forbid_for_member(membership: CrewMembership, other: CrewMembership) -> None:
    """Raise Forbidden if a member may not act on another: moderators not on admins and other moderators."""
    if membership.role != ADMIN and other.role != "member":
        raise Forbidden(_("Only admins of the crew can do that to its organisers."))


def _too_many_crews(seconds: int) -> TooFast:
    return TooFast(_("You started several crews today. Try again tomorrow."), seconds)


def _too_many_notices(seconds: int) -> TooFast:
    return TooFast(_("The crew had several notices today. Try again tomorrow."), seconds, "text")
