"""What operators of the site do with a crew that was reported; all its members are told."""

import uuid

from hampa.crews.actions.events import tell_changed
from hampa.crews.actions.logging import log
from hampa.crews.actions.pictures import drop_pictures
from hampa.crews.models import Crew, CrewNotice, CrewPicture
from hampa.crews.queries.people import all_members
from hampa.notifications.actions.notifying import notify
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.live import publish


def _reported(crew_id: uuid.UUID) -> Crew | None:
    return db.session.get(Crew, crew_id, with_for_update={"key_share": True}, populate_existing=True)


def close_reported_crew(crew_id: uuid.UUID) -> None:
    """Close a crew, which its admins then don't open again."""
    crew = _reported(crew_id)
    if crew is None or crew.closed_by_operators:
        return
    crew.closed_by_operators, crew.closed_at = True, crew.closed_at or clock.now()
    log(crew_id, "closed", None)
    tell_changed(crew_id, ["closed_at"])
    publish(f"crew:{crew_id}", "settings")
    event = f"{crew_id}:operators:{clock.now().isoformat()}"
    notify(all_members(crew_id), "crew_closed", subject_id=crew_id, data={"by": "operators"}, event=event)


def hide_reported_crew(crew_id: uuid.UUID) -> None:
    """Keep a crew from all who do not belong to it."""
    crew = _reported(crew_id)
    if crew is None or crew.hidden_at is not None:
        return
    crew.hidden_at, crew.is_listed = clock.now(), False
    log(crew_id, "hidden", None)
    tell_changed(crew_id, ["is_listed"])
    _tell(crew_id, "hidden")


def show_reported_crew(crew_id: uuid.UUID) -> None:
    """Undo what operators did to a crew: open it, and let its admins list it again."""
    crew = _reported(crew_id)
    if crew is None or not (crew.closed_by_operators or crew.hidden_at):
        return
    if crew.closed_by_operators:
        crew.closed_by_operators, crew.closed_at = False, None
    crew.hidden_at = None
    log(crew_id, "opened", None)
    tell_changed(crew_id, ["closed_at"])
    publish(f"crew:{crew_id}", "settings")
    _tell(crew_id, "shown")


def delete_reported_notice(notice_id: uuid.UUID) -> None:
    """Delete a notice that was reported."""
    notice = db.session.get(CrewNotice, notice_id)
    if notice is not None:
        db.session.delete(notice)


def delete_reported_picture(picture_id: uuid.UUID) -> None:
    """Delete the picture of a crew that was reported."""
    picture = db.session.get(CrewPicture, picture_id)
    if picture is not None:
        log(picture.crew_id, "picture", None)
        drop_pictures(picture.crew_id)


def _tell(crew_id: uuid.UUID, what: str) -> None:
    event = f"{crew_id}:{clock.now().isoformat()}"
    notify(all_members(crew_id), "crew_hidden", subject_id=crew_id, data={"what": what}, event=event)
