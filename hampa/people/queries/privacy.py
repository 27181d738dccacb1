"""What a viewer may see of a person.

Each viewer belongs to one circle around the person, and the circle alone decides what they see. Pages ask by circle,
for viewers and for the preview of how others see a person.
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
"""The settings (of `CIRCLES`) that admit each circle; the person and operators are always admitted."""


def opens(setting: str, circle: Circle) -> bool:
    """Return whether a privacy setting of a person admits this circle."""
    return circle not in OPEN_TO or setting in OPEN_TO[circle]


def page_opens(viewer: Person | None, companions: Select[tuple[uuid.UUID]] | None) -> ColumnElement[bool]:
    """Return the condition that a viewer with these companions may see the page of a `Person`: `opens`, for lists."""
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
