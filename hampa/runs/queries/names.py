"""The name, id and picture under which a person stands in the lists of a run."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, null

from hampa.people.models import Person
from hampa.people.queries import is_visible_to
from hampa.runs.models.participation import Participation


def display_name_column(row: Any = Participation) -> ColumnElement[str]:
    """Return the name of a `Person` in the lists of a run: a walk-in has the name that the organiser chose.

    A walk-in who is deleting their account has none. One who is suspended keeps the chosen name: their own would tell
    whose number it is.
    """
    return case((and_(row.display_name != "", Person.state != "leaving"), row.display_name), else_=Person.name)


def listed_id_column(row: Any = Participation) -> ColumnElement[Any]:
    """Return the id of a `Person` in the lists of a run, that of the participation for a walk-in.

    Pages show it: as the colour of a face without a picture.
    """
    return case((row.display_name != "", row.id), else_=Person.id)


def avatar_column(viewer: Person, row: Any = Participation) -> ColumnElement[str | None]:
    """Return the picture of a `Person` in the lists of a run, as far as the viewer may see it.

    A walk-in has none: a face tells as much as a name. Neither have people whom an organiser sees only in order to
    count heads, because they are hidden from the organiser or shut out.
    """
    shown = and_(row.display_name == "", is_visible_to(viewer, Person.id))
    return case((shown, Person.avatar), else_=null())
