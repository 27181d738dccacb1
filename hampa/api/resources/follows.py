"""What you follow to hear of new runs, and whom you ask along to one."""

import uuid
from dataclasses import replace
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Stamps, Summary, stamps_as_data, summary_as_data
from hampa.follows import actions, queries
from hampa.follows.forms import PlaceForm
from hampa.follows.models import FARTHEST_KM, Follow, FollowedPlace
from hampa.invites import actions as invites
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import get_locale_code, lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.runs.queries import runs

resource = Resource("follows", _l("What you follow"))

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class PlaceData(TypedDict):
    """A followed place: a circle whose middle is rounded to a hundredth of a degree."""

    name: str
    latitude: float
    longitude: float
    radius_km: int


class FollowData(Stamps):
    """Something that you follow: one of an organiser, a series and a place."""

    id: uuid.UUID
    kind: Annotated[str, OneOf("organiser", "series", "place")]
    organiser: Summary | None
    series_id: uuid.UUID | None
    series_title: str | None
    place: PlaceData | None


class PlaceBody(Body):
    """A place to follow."""

    latitude: Latitude
    longitude: Longitude
    radius_km: int = Field(10, ge=1, le=FARTHEST_KM)
    name: str = Field("", max_length=120)


class NoticesBody(Body):
    """Whether you hear of new runs."""

    new_run_notices: bool


class NoticesData(TypedDict):
    """Whether you hear of new runs of what you follow."""

    new_run_notices: bool


class InviteBody(Body):
    """The companion whom you ask along."""

    person_id: uuid.UUID


@resource.get("/me/following")
def list_follows() -> list[FollowData]:
    """List what you follow, the latest first."""
    return [_follow(one) for one in queries.follows_of(me())]


@resource.delete("/me/following/<uuid:follow_id>")
def stop_following(follow_id: uuid.UUID) -> None:
    """Stop following something."""
    if not actions.stop_following(me(), Follow.id == follow_id):
        raise NotFound


@resource.put("/me/following/notices")
def choose_follow_notices(body: NoticesBody) -> NoticesData:
    """Choose whether you hear of new runs of what you follow."""
    actions.choose_notices(me(), wanted=body.new_run_notices)
    return {"new_run_notices": body.new_run_notices}


@resource.put("/people/<uuid:person_id>/follow")
def follow_organiser(person_id: uuid.UUID) -> None:
    """Follow somebody who organises runs."""
    actions.follow_organiser(me(), person_id)


@resource.delete("/people/<uuid:person_id>/follow")
def unfollow_organiser(person_id: uuid.UUID) -> None:
    """Stop following somebody who organises runs."""
    actions.stop_following(me(), Follow.organiser_id == person_id)


@resource.put("/series/<uuid:series_id>/follow")
def follow_series(series_id: uuid.UUID) -> None:
    """Follow a series."""
    actions.follow_series(me(), series_id)


@resource.delete("/series/<uuid:series_id>/follow")
def unfollow_series(series_id: uuid.UUID) -> None:
    """Stop following a series."""
    actions.stop_following(me(), Follow.series_id == series_id)


@resource.post("/me/following/places")
def follow_place(body: PlaceBody) -> None:
    """Follow a place: runs within some kilometres of it."""
    name = valid_form(PlaceForm, {"name": body.name}).name.data
    place = FollowedPlace.around(body.latitude, body.longitude, body.radius_km, name)
    actions.follow_place(me(), replace(place, name=name or queries.place_name(place, get_locale_code())))


@resource.post("/runs/<uuid:run_id>/invite", needs_name=True)
def invite_companion(run_id: uuid.UUID, body: InviteBody) -> None:
    """Ask a companion along to a run that you go to or organise."""
    invites.invite(me(), run_id, body.person_id)


@resource.post("/runs/<uuid:run_id>/decline-invite")
def decline_invite(run_id: uuid.UUID) -> None:
    """Say no to who asked you along to a run; nobody is told. The yes is to join it."""
    invites.decline(me(), runs.run_for(me(), run_id).id)


def _follow(followed: queries.Followed) -> FollowData:
    place = followed.place
    kind = "organiser" if followed.organiser else "series" if followed.series_id else "place"
    return {
        "id": followed.id,
        "kind": kind,
        "organiser": summary_as_data(followed.organiser) if followed.organiser else None,
        "series_id": followed.series_id,
        "series_title": followed.series or None,
        "place": {
            "name": queries.place_name(place, get_locale_code()),
            "latitude": place.latitude,
            "longitude": place.longitude,
            "radius_km": place.radius_km,
        }
        if place
        else None,
        **stamps_as_data(followed),
    }
