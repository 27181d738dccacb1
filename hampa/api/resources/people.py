"""People, as far as they may be seen, and blocks."""

import uuid
from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.resources.cards import ListedCardData, listed_card_as_data
from hampa.api.shapes import Stamps, Summary, stamps_as_data
from hampa.blocks.actions import block
from hampa.people import queries as people
from hampa.people.actions import unblock
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.profile import queries

resource = Resource("people", _l("People"))


class PeopleQuery(Paging):
    """Whom to look for."""

    q: str = Field(min_length=2, max_length=60, description="The beginning of a name, or of a user name.")


class FoundPerson(Summary):
    """A person whom you may see."""

    handle: str | None
    city: str


class SharedCrew(TypedDict):
    """A crew to which you both belong."""

    id: uuid.UUID
    name: str


class ProfileData(TypedDict):
    """The page of a person as you see it; what you do not see is null or empty."""

    id: uuid.UUID
    name: str
    handle: str | None
    avatar: str | None
    bio: str
    city: str
    phone: str | None
    circle: people.Circle
    can_write: bool
    birth_year: int | None
    last_active_at: datetime | None
    crews: list[SharedCrew]
    cards: list[ListedCardData]


class BlockData(Stamps):
    """A person whom you blocked, and since when."""

    id: uuid.UUID
    name: str


@resource.get("/people")
def find_people(query: PeopleQuery) -> Page[FoundPerson]:
    """Find people by the beginning of their name or user name, among those whom you may see."""
    return people.people_called(me(), query.q, query.after, query.limit).of_rows(
        lambda one: {"id": one.id, "name": one.name, "avatar": one.avatar, "handle": one.handle, "city": one.city}
    )


@resource.get("/people/<uuid:person_id>", public=True)
def read_person(person_id: uuid.UUID) -> ProfileData:
    """Return the page of a person, as far as you may see it."""
    profile = queries.profile_by_id(me(), person_id)
    return {
        "id": profile.id,
        "name": profile.name,
        "handle": profile.handle,
        "avatar": profile.avatar,
        "bio": profile.bio,
        "city": profile.city,
        "phone": profile.phone,
        "circle": profile.circle,
        "can_write": profile.way_to_write is not None,
        "birth_year": profile.born if profile.circle == "self" else None,
        "last_active_at": profile.last_active_at,
        "crews": [{"id": crew.id, "name": crew.name} for crew in profile.crews],
        "cards": [listed_card_as_data(card) for card in profile.cards],
    }


@resource.get("/me/blocks")
def list_blocks(query: Paging) -> Page[BlockData]:
    """List the people whom you blocked, the latest first."""
    return people.blocked_by(me(), query.after, query.limit).of_rows(
        lambda one: {"id": one.id, "name": one.name, **stamps_as_data(one)}
    )


@resource.put("/people/<uuid:person_id>/block")
def block_person(person_id: uuid.UUID) -> None:
    """Block a person: you two do not see each other any more, and they are not told."""
    block(me(), person_id)


@resource.delete("/people/<uuid:person_id>/block")
def unblock_person(person_id: uuid.UUID) -> None:
    """End your block of a person."""
    unblock(me(), person_id)
