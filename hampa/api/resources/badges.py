"""Badges."""

import datetime as dt
import uuid
from typing import Annotated, Any

from flask import request
from pydantic import Field
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from hampa.api.badge_shapes import (
    BadgeData,
    Drawing,
    ListedBadgeData,
    Metric,
    ProgressData,
    Window,
    badge_as_data,
    kept_badge,
    progress_as_data,
)
from hampa.api.shapes import Summary, summary_as_data
from hampa.badges.actions import awarding, badges as actions, pictures
from hampa.badges.forms import CRITERIA_FIELDS, BadgeForm, BadgePictureForm, InvalidCriteria, TakeForm, read_criteria
from hampa.badges.models import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_REASON, MOST_THRESHOLD, Badge, Criteria
from hampa.badges.queries import badges as queries
from hampa.badges.queries.holders import Holder, holders_of
from hampa.people.queries import person_for
from hampa.platform.api.answers import Created
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.picture_form import PICTURE_MEGABYTES
from hampa.platform.web.session import me
from hampa.training.models.activities import VISIBILITIES

resource = Resource("badges", _l("Badges"), scope="training")

Visibility = Annotated[str, OneOf(*VISIBILITIES)]
Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Description = Annotated[str, Field(max_length=LONGEST_DESCRIPTION)]


class CriteriaBody(Body):
    """What a badge asks for: unknown fields are refused.

    `threshold` is in hours, kilometres, weeks in a row or times. The days `since` and `until`, both included, are for the
    window `between`. `plan` narrows what is counted of activities; `crew`, of badges of the site, what is counted at all.
    """

    metric: Metric
    window: Window = "all"
    since: dt.date | None = Field(None, strict=False)
    until: dt.date | None = Field(None, strict=False)
    threshold: float = Field(ge=0.1, le=MOST_THRESHOLD)
    plan: uuid.UUID | None = None
    crew: uuid.UUID | None = None


class BadgeBody(Body):
    """A badge: its name in one language at least."""

    name_fa: Name = ""
    name_en: Name = ""
    description_fa: Description = ""
    description_en: Description = ""
    drawing: Drawing = "star"
    criteria: CriteriaBody


class BadgeChange(Body):
    """What changes of a badge; what it asks for only as long as nobody has earned it."""

    name_fa: Name = ""
    name_en: Name = ""
    description_fa: Description = ""
    description_en: Description = ""
    drawing: Drawing = "star"
    criteria: CriteriaBody | None = None


class CircleBody(Body):
    """Who sees your badges."""

    visibility: Visibility


class RevocationBody(Body):
    """Why a badge is taken; whom it is taken from reads it."""

    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


class OwnBadgesData(TypedDict):
    """Your badges, the next ones with the nearest first, and who sees those that you have."""

    earned: list[BadgeData]
    next: list[ProgressData]
    visibility: Visibility


class HolderData(TypedDict):
    """A person who has a badge and shows it to you."""

    person: Summary
    earned_on: dt.date


class VisibilityData(TypedDict):
    """Who sees your badges."""

    visibility: Visibility


@resource.get("/me/badges")
def read_own_badges() -> OwnBadgesData:
    """Return your badges, and how far the next ones are."""
    rows = queries.badges_for(me())
    return {
        "earned": [badge_as_data(row) for row in rows if row.earned_on is not None],
        "next": [progress_as_data(one) for one in queries.next_of(me(), rows)],
        "visibility": queries.circle_of(me()),
    }


@resource.put("/me/badges/visibility")
def choose_circle(body: CircleBody) -> VisibilityData:
    """Choose who sees your badges."""
    actions.choose_circle(me(), body.visibility)
    return {"visibility": body.visibility}


@resource.get("/people/<uuid:person_id>/badges")
def list_badges_of_person(person_id: uuid.UUID) -> list[BadgeData]:
    """List the badges of a person that they show to you, the latest first: a hundred at most."""
    return [badge_as_data(row) for row in queries.earned_by(me(), person_for(me(), person_id).id)]


@resource.get("/badges")
def list_badges() -> list[ListedBadgeData]:
    """List the badges of the site, with your progress: two hundred at most."""
    rows, coming = queries.progress_on_site(me())
    steps = {step.badge.id: step for step in coming}
    return [kept_badge(row, steps.get(row.id)) for row in rows]


@resource.post("/badges")
def make_badge(body: BadgeBody) -> Created[BadgeData]:
    """Make a badge of the site, for operators. Who has earned it already gets it in a moment."""
    return _make(None, body)


@resource.get("/crews/<uuid:crew_id>/badges")
def list_badges_of_crew(crew_id: uuid.UUID) -> list[BadgeData]:
    """List the badges of a crew of yours: two hundred at most."""
    return [badge_as_data(row) for row in queries.badges_of_crew(me(), crew_id)[1]]


@resource.post("/crews/<uuid:crew_id>/badges")
def make_badge_of_crew(crew_id: uuid.UUID, body: BadgeBody) -> Created[BadgeData]:
    """Make a badge of a crew, for its admins. Only its members earn it, by what its members may see."""
    return _make(crew_id, body)


@resource.get("/badges/<uuid:badge_id>")
def read_badge(badge_id: uuid.UUID) -> BadgeData:
    """Return a badge of the site, of a crew of yours, or that you have."""
    return badge_as_data(queries.badge_for(me(), badge_id))


@resource.patch("/badges/<uuid:badge_id>", locks=Badge)
def change_badge(badge_id: uuid.UUID, body: BadgeChange) -> BadgeData:
    """Change a badge of the site, for operators, or of a crew, for its admins."""
    changed = queries.managed_badge(me(), badge_id)
    criteria = _criteria(body.criteria) if body.criteria is not None else None
    given = body.model_dump(exclude_unset=True, exclude={"criteria"})
    form = _form({**given, **_in_form(criteria)}, changed)
    actions.change_badge(me(), badge_id, form.values(), criteria)
    return badge_as_data(queries.badge_for(me(), badge_id))


@resource.delete("/badges/<uuid:badge_id>", locks=Badge)
def delete_badge(badge_id: uuid.UUID) -> None:
    """Delete a badge that nobody has earned."""
    actions.delete_badge(me(), badge_id)


@resource.put("/badges/<uuid:badge_id>/retirement")
def retire_badge(badge_id: uuid.UUID) -> None:
    """Let nobody earn a badge any more; who has it keeps it."""
    actions.retire_badge(me(), badge_id, is_retired=True)


@resource.delete("/badges/<uuid:badge_id>/retirement")
def restore_badge(badge_id: uuid.UUID) -> None:
    """Let a retired badge be earned again."""
    actions.retire_badge(me(), badge_id, is_retired=False)


@resource.get("/badges/<uuid:badge_id>/holders")
def list_holders(badge_id: uuid.UUID, query: Paging) -> Page[HolderData]:
    """List who has a badge and shows it to you, the latest first."""
    shown = queries.badge_for(me(), badge_id)
    return holders_of(me(), shown.id, query.after, query.limit).of_rows(_holder)


@resource.put("/badges/<uuid:badge_id>/holders/<uuid:person_id>/revocation")
def take_badge(badge_id: uuid.UUID, person_id: uuid.UUID, body: RevocationBody) -> None:
    """Take a badge from somebody: they read why, and do not earn it again until you give it back."""
    form = valid_form(TakeForm, body)
    awarding.take_award(me(), badge_id, person_id, form.reason.data)


@resource.delete("/badges/<uuid:badge_id>/holders/<uuid:person_id>/revocation")
def give_badge_back(badge_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Let somebody from whom a badge was taken earn it again."""
    awarding.give_back(me(), badge_id, person_id)


@resource.post("/badges/<uuid:badge_id>/picture", takes_file="picture", megabytes=PICTURE_MEGABYTES + 1)
def give_badge_picture(badge_id: uuid.UUID, picture: FileStorage) -> BadgeData:
    """Upload a picture of a badge; the drawing, or the one before, is shown until it is prepared."""
    queries.managed_badge(me(), badge_id)
    form = valid_form(BadgePictureForm, {}, request.files)
    pictures.add_picture(me(), badge_id, form.picture.data[0].stream)
    return badge_as_data(queries.badge_for(me(), badge_id))


@resource.delete("/badges/<uuid:badge_id>/picture")
def remove_badge_picture(badge_id: uuid.UUID) -> None:
    """Show the drawing of a badge again."""
    pictures.remove_pictures(me(), badge_id)


def _make(crew_id: uuid.UUID | None, body: BadgeBody) -> Created[BadgeData]:
    criteria = _criteria(body.criteria)
    form = _form({**body.model_dump(exclude={"criteria"}), **_in_form(criteria)}, None)
    made = actions.make_badge(me(), crew_id, form.values(), criteria)
    return Created(badge_as_data(queries.badge_for(me(), made.id)), f"/badges/{made.id}")


def _criteria(body: CriteriaBody) -> Criteria:
    try:
        return read_criteria(body.model_dump(exclude_none=True))
    except InvalidCriteria as invalid:
        raise Invalid([(f"criteria.{field}", message) for field, message in invalid.faults]) from None


def _in_form(criteria: Criteria | None) -> dict[str, Any]:
    """Return valid criteria as fields of the form, which checks them again."""
    if criteria is None:
        return {}
    given = criteria.model_dump(exclude_none=True)
    return {name: given.get(name) for name in CRITERIA_FIELDS if name in given}


def _form(given: dict[str, Any], changed: Badge | None) -> BadgeForm:
    def made(**more: Any) -> BadgeForm:
        form = BadgeForm(**more) if changed is None else BadgeForm.of(changed, **more)
        kept = (changed.criteria if changed is not None else {}) or {}
        for name in ("plan", "crew"):
            offered = {str(one): "" for one in (given.get(name), kept.get(name)) if one}
            form[name].set_choices([("", ""), *offered.items()])
        return form

    return valid_form(made, given)


def _holder(one: Holder) -> HolderData:
    return {"person": summary_as_data(one.person), "earned_on": one.earned_on}
