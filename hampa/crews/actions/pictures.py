"""The picture of a crew."""

import uuid
from typing import IO

from sqlalchemy import select, update

from hampa.crews.actions.events import tell_changed
from hampa.crews.actions.logging import log
from hampa.crews.models import PICTURE_WIDTHS, Crew, CrewPicture
from hampa.crews.queries import crews as queries
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit
from hampa.platform.live import publish
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media.pictures import PicturePipeline, PictureSizes, register_pictures, remove_picture

PICTURES_A_DAY = 20
SIZES = PictureSizes(PICTURE_WIDTHS, ratio=1.0, fill=True)


def add_picture(person: Person, crew_id: uuid.UUID, source: IO[bytes]) -> uuid.UUID:
    """Add a picture, which the worker processes, and return its id; the one before stays until then.

    Raise Forbidden, NotFound, TooFast and `storage.StorageFull`.
    """
    membership = queries.member_with(person, crew_id, "edit")
    limit(membership.crew, "crews.picture", PICTURES_A_DAY, per="day", error=_too_many)
    picture = CrewPicture(crew_id=crew_id, person_id=person.id)
    pipeline.add(picture, source)
    log(crew_id, "picture", person)
    return picture.id


def remove_pictures(person: Person, crew_id: uuid.UUID) -> None:
    """Remove the picture of a crew. Raise Forbidden and NotFound."""
    queries.member_with(person, crew_id, "edit")
    if drop_pictures(crew_id):
        log(crew_id, "picture", person)


def drop_pictures(crew_id: uuid.UUID) -> bool:
    """Delete the pictures of a crew with their files, and return whether there were any."""
    pictures = db.session.scalars(select(CrewPicture).where(CrewPicture.crew_id == crew_id)).all()
    for picture in pictures:
        remove_picture(picture)
    if pictures:
        _show(crew_id, None)
    return bool(pictures)


def _show(crew_id: uuid.UUID, picture: str | None) -> None:
    """Set the picture that is shown, by a statement because the row of the crew may be changing just now."""
    values = {"picture": picture, "version": Crew.version + 1, "updated_at": clock.now()}
    statement = update(Crew).where(Crew.id == crew_id).values(values)
    db.session.execute(statement.execution_options(synchronize_session=False))
    tell_changed(crew_id, ["picture"])
    publish(f"crew:{crew_id}", "settings")


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("The crew had several pictures today. Try again tomorrow."), seconds, "picture")


pipeline = register_pictures(
    PicturePipeline(
        table=CrewPicture,
        folder="crews",
        owner_id=Crew.id,
        sizes=lambda picture: SIZES,
        rivals=lambda picture: CrewPicture.crew_id == picture.crew_id,
        on_finished=lambda picture: _show(picture.crew_id, str(picture.id)),
    )
)
