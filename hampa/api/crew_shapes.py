"""Shapes of data about crews that several resources share."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from flask import url_for
from pydantic import Field
from typing_extensions import TypedDict

from hampa.crews.models import FREQUENCIES, JOINING, PICTURE_WIDTHS, RIGHTS, ROLES, Crew, CrewMembership
from hampa.crews.queries import crews as queries, members
from hampa.crews.queries.crews import CrewRow
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.db import db
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

Role = Annotated[str, OneOf(*ROLES)]
Right = Annotated[str, OneOf(*RIGHTS)]
Joining = Annotated[str, OneOf(*JOINING)]
Frequency = Annotated[str, OneOf(*FREQUENCIES)]
Days = Annotated[int, Field(json_schema_extra={"enum": [1, 7, 30]})]


class ListedCrewData(TypedDict):
    """A crew of a list; `role` is yours, null if you are no member. `picture` is the address of its picture."""

    id: uuid.UUID
    name: str
    description: str
    joining: Joining
    members: int
    max_members: int
    is_closed: bool
    picture: str | None
    role: Role | None
    created_at: datetime
    updated_at: datetime
    version: int


class CrewData(TypedDict):
    """A crew. `role` and `rights` are yours, null and empty if you are no member; `asked` is whether you ask to get in.

    `welcome`, which new members read, is for members. `first_day` is the ISO number of the day on which a week of
    check-ins begins. A closed crew (`closed_at`) is only read, and deleted on `deleted_from`.
    """

    id: uuid.UUID
    name: str
    description: str
    picture: str | None
    guide: str
    agreement: str
    agreement_version: int
    welcome: str
    timezone: str
    is_listed: bool
    joining: Joining
    members: int
    max_members: int
    members_may_invite: bool
    members_may_publish: bool
    frequency: Frequency
    first_day: Annotated[int, Field(ge=1, le=7)]
    numbers_from: int
    role: Role | None
    rights: list[Right]
    hears: bool
    asked: bool
    is_muted: bool
    closed_at: datetime | None
    deleted_from: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class AgreesBody(Body):
    """Whether you accept the agreement of the crew, if it has one, and in which version you have read it."""

    agrees: bool = False
    agreement_version: int | None = Field(None, ge=1)

    @property
    def accepted(self) -> dict[str, Any]:
        """Return what the actions that let somebody in take."""
        return {"agrees": self.agrees, "version": self.agreement_version}


def listed_crew_as_data(row: CrewRow) -> ListedCrewData:
    """Return a crew of a list as data."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "joining": row.joining,
        "members": row.members,
        "max_members": row.max_members,
        "is_closed": row.is_closed,
        "picture": picture_url(row.id, row.picture),
        "role": row.role,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "version": row.version,
    }


def picture_url(crew_id: uuid.UUID, picture: str | None) -> str | None:
    """Return the address of the picture that a crew shows, in its largest width."""
    if picture is None:
        return None
    width = max(PICTURE_WIDTHS)
    return canonical(url_for("crews.picture_file", crew_id=crew_id, picture_id=uuid.UUID(picture), width=width))


def seen_crew_as_data(crew_id: uuid.UUID) -> CrewData:
    """Return a crew that the viewer may see as data, as it is after the changes of now. Raise NotFound."""
    db.session.flush()
    return crew_as_data(*queries.crew_seen(me(), crew_id))


def crew_as_data(crew: Crew, membership: CrewMembership | None) -> CrewData:
    """Return a crew, which the viewer may see, as data, with their membership."""
    db.session.refresh(crew)  # a trigger counts its members
    inside = membership if membership is not None and membership.is_active else None
    return {
        **_settings(crew),  # type: ignore[typeddict-item]
        "picture": picture_url(crew.id, crew.picture),
        "welcome": crew.welcome if inside is not None else "",
        "members": crew.members,
        "role": inside.role if inside is not None else None,
        "rights": [right for right in RIGHTS if queries.may(inside, right)] if inside is not None else [],
        "hears": inside is not None and inside.notices,
        "asked": inside is None and members.request_of(me(), crew.id) is not None,
        "is_muted": inside is not None and inside.is_muted,
        "closed_at": crew.closed_at,
        "deleted_from": crew.deleted_from,
        "created_at": crew.created_at,
        "updated_at": crew.updated_at,
        "version": crew.version,
    }


def _settings(crew: Crew) -> dict[str, Any]:
    names = "id name description guide agreement agreement_version timezone is_listed joining max_members members_may_invite members_may_publish"
    return {name: getattr(crew, name) for name in f"{names} frequency first_day numbers_from".split()}
