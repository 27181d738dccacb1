"""Drawn faces of the people of the demo, and pictures of their runs, finished as the worker would leave them."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from hampa.demo.actions.people import demo_id
from hampa.people.models import Person
from hampa.photos.models import COVER, PHOTO, RunPicture, file_of
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.profile.models import PersonPicture, picture_file_name
from hampa.runs.models.run import Run

FACES = {512: 256, 256: 256, 64: 64}
"""The widths of a face that pages ask for, and those in which it is drawn."""
WIDTHS = {PHOTO: (960, 400), COVER: (960, 480)}
COVER_SIZE = (960, 480)
WITHOUT_FACE = 9
"""Every n-th person has no picture, as in life."""


def make_faces(people: Sequence[Person]) -> None:
    """Draw the faces of people who never had one; a picture that a person changed or took away stays so."""
    from hampa.demo.actions import drawing  # Pillow is for who makes a demo alone

    ids = [demo_id("face", number) for number in range(len(people))]
    existing = set(db.session.scalars(select(PersonPicture.id).where(PersonPicture.id.in_(ids))))
    for number, (person, picture_id) in enumerate(zip(people, ids, strict=True), start=1):
        if picture_id in existing or person.avatar or number % WITHOUT_FACE == WITHOUT_FACE - 1:
            continue
        image = drawing.portrait(number, person.gender or "")
        contents = {width: drawing.webp(image, width) for width in set(FACES.values())}
        for width, drawn in FACES.items():
            storage.put(picture_file_name(person.id, str(picture_id), width), contents[drawn])
        db.session.add(PersonPicture(id=picture_id, person_id=person.id, widths=[256, 64], height=256))
        person.avatar = str(picture_id)
    db.session.flush()


def add_photo(run: Run, person_id: uuid.UUID, number: int, kind: str = PHOTO) -> None:
    """Add a drawn photo or the cover of a run."""
    from hampa.demo.actions import drawing

    picture_id = demo_id("picture", run.id.int % 1_000_000_007, number)
    size = COVER_SIZE if kind == COVER else drawing.VIEW
    image = drawing.view(run.id.int % 1_000 + number, size)
    for width in WIDTHS[kind]:
        storage.put(file_of(run.id, picture_id, width), drawing.webp(image, width))
    height = round(size[1] * WIDTHS[kind][0] / size[0])
    picture = RunPicture(
        id=picture_id, run_id=run.id, person_id=person_id, kind=kind, widths=list(WIDTHS[kind]), height=height
    )
    db.session.add(picture)
