"""Who sees somebody's training, and what others see of it."""

import uuid

from typing_extensions import TypedDict

from hampa.api.resources.training import ActivityData, Visibility, as_data, resource as training
from hampa.people.models import Person
from hampa.people.queries import person_for
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.training.actions.choices import choose_circles
from hampa.training.models.activities import CIRCLES
from hampa.training.queries import activities as queries
from hampa.training.queries.visibility import choices_of

resource = Resource("training-visibility", _l("Who sees your training"), scope=training.name)


class CirclesBody(Body):
    """Who sees your activities, their lines on the map and your pulse; `so_far` for those until now too."""

    visibility: Visibility
    map_visibility: Visibility
    heart_visibility: Visibility
    so_far: bool = False


class CirclesData(TypedDict):
    """Who sees your new activities, their lines on the map and your pulse."""

    visibility: Visibility
    map_visibility: Visibility
    heart_visibility: Visibility


@resource.get("/people/<uuid:person_id>/activities")
def list_activities_of_person(person_id: uuid.UUID, query: Paging) -> Page[ActivityData]:
    """List the activities of somebody that you see, the latest first; your own as far as others see them."""
    whose = person_for(me(), person_id)
    return queries.activities_shown(me(), whose.id, query.after, query.limit).of_rows(as_data)


@resource.get("/me/training/visibility")
def read_circles() -> CirclesData:
    """Return who sees your new activities."""
    return choices_of(me().id)  # type: ignore[return-value]


@resource.put("/me/training/visibility", locks=Person)
def set_circles(body: CirclesBody) -> CirclesData:
    """Choose who sees your new activities, and with `so_far` those until now."""
    choose_circles(me(), {name: getattr(body, name) for name in CIRCLES}, so_far=body.so_far)
    return read_circles()
