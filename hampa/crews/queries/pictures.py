"""The picture of a crew, as its pages and the operators see it."""

import uuid

from sqlalchemy import select

from hampa.crews.models import Crew, CrewPicture, picture_file_name
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.media import pictures


def newest_picture(crew_id: uuid.UUID) -> CrewPicture | None:
    """Return the picture that was added last: finished, waiting to be processed, or refused."""
    return pictures.newest_picture(CrewPicture, CrewPicture.crew_id == crew_id)


def picture_file(crew_id: uuid.UUID, picture: str, width: int) -> str:
    """Return the name of a file of the picture that a crew shows. Raise NotFound.

    The id of a picture cannot be guessed, and is on the pages of the crew and of invitations alone, which show it also to
    people without an account.
    """
    query = select(Crew.id).where(Crew.id == crew_id, Crew.picture == picture)
    if db.session.scalar(query) is None:
        raise NotFound
    return picture_file_name(crew_id, picture, width)
