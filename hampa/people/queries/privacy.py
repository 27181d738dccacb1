"""Who may see what of a person.

Whoever looks stands in one circle around the person, and that alone says what they see: what a page shows is asked for
by circle, for those who look as for the person who wants to know how others see them.
"""

from __future__ import annotations

import uuid
from typing import Final, Literal

from sqlalchemy import ColumnElement, Select, and_, or_, true

from hampa.people.models.person import Person
from hampa.people.queries.blocks import hidden_from

Circle = Literal["visitor", "stranger", "companion", "self", "operator"]

OPEN_TO: Final[dict[str, tuple[str, ...]]] = {
    "visitor": ("everyone",),
    "stranger": ("everyone", "signed_in"),
    "companion": ("everyone", "signed_in", "companions"),
}
"""The settings (`CIRCLES`) that let each circle in. One's own page is open to oneself, and to operators."""


def opens(setting: str, circle: Circle) -> bool:
    """Whether a setting of a person's privacy lets this circle in."""
    return circle not in OPEN_TO or setting in OPEN_TO[circle]


def page_opens(viewer: Person | None, companions: Select[tuple[uuid.UUID]] | None) -> ColumnElement[bool]:
    """Whether the page of a `Person` opens to a viewer whose `companions` these are: the same rule, for lists."""
    active = Person.state == "active"
    if viewer is None or companions is None:
        return and_(active, Person.profile_visibility.in_(OPEN_TO["visitor"]))
    if viewer.is_operator:
        return true()
    return and_(
        active,
        Person.id.not_in(hidden_from(viewer.id)),
        or_(Person.profile_visibility.in_(OPEN_TO["stranger"]), Person.id == viewer.id, Person.id.in_(companions)),
    )
