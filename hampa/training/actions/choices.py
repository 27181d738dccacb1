"""Choosing who sees activities, from now on and up to now."""

from collections.abc import Mapping

from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert

from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.training.models.activities import Activity
from hampa.training.models.choices import TrainingChoices


def choose_circles(person: Person, circles: Mapping[str, str], *, so_far: bool = False) -> None:
    """Choose who sees new activities of a person, and also those of up to now if they say so."""
    now = clock.now()
    row = {"id": ids.new_id(), "person_id": person.id, "created_at": now, "updated_at": now, **circles}
    changed = {**circles, "updated_at": now, "version": TrainingChoices.version + 1}
    statement = insert(TrainingChoices).values(**row)
    db.session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=changed))
    if so_far:
        differs = or_(*(getattr(Activity, name) != circle for name, circle in circles.items()))
        everything = update(Activity).where(Activity.person_id == person.id, differs)
        db.session.execute(
            everything.values(**circles, updated_at=now, version=Activity.version + 1).execution_options(
                synchronize_session=False
            )
        )
    db.session.flush()
