"""The picture of a crew, as its pages and the operators see it."""

import uuid
from collections.abc import Callable

from sqlalchemy import select

from hampa.crews.models import Crew, CrewPicture, picture_file_name
from hampa.crews.queries.crews import is_known_to
from hampa.crews.queries.members import invitation_for
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound
from hampa.platform.media import pictures

CrewOfLink = Callable[[Person | None, str], uuid.UUID | None]
"""Returns the id of the crew that a link shows to a viewer, None for a text that is no link of its kind.

Raises NotFound and Gone as the page of the link does.
"""

_links: list[CrewOfLink] = []


def opened_by(crew_of_link: CrewOfLink) -> CrewOfLink:
    """Let a kind of link show the picture of a crew, as the page of the link shows the crew."""
    _links.append(crew_of_link)
    return crew_of_link


@opened_by
def crew_of_invitation(viewer: Person | None, link: str) -> uuid.UUID | None:
    """Return the id of the crew of an invitation link."""
    try:
        invitation_id = uuid.UUID(link)
    except ValueError:
        return None
    return invitation_for(viewer, invitation_id)[1].id


def newest_picture(crew_id: uuid.UUID) -> CrewPicture | None:
    """Return the picture that was added last: finished, waiting to be processed, or refused."""
    return pictures.newest_picture(CrewPicture, CrewPicture.crew_id == crew_id)


def picture_file(viewer: Person | None, crew_id: uuid.UUID, picture: str, width: int, link: str = "") -> str:
    """Return the name of a file of the picture that a crew shows.

    Raise NotFound for who may not know of the crew, and was not shown it by a link that is good now: the address of the
    picture alone shows nobody a hidden crew.
    """
    query = select(Crew.id, is_known_to(viewer.id if viewer else None)).where(
        Crew.id == crew_id, Crew.picture == picture
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    is_known = row[1] or (viewer is not None and viewer.is_operator)
    if not is_known and not (link and _opens(viewer, link, crew_id)):
        raise NotFound
    return picture_file_name(crew_id, picture, width)


def _opens(viewer: Person | None, link: str, crew_id: uuid.UUID) -> bool:
    for crew_of_link in _links:
        try:
            if crew_of_link(viewer, link) == crew_id:
                return True
        except (NotFound, Gone):
            continue
    return False
