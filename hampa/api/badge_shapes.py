"""Badges as programs get them."""

import datetime as dt
import uuid
from collections.abc import Hashable
from datetime import datetime
from typing import Annotated

from flask import url_for
from typing_extensions import TypedDict

from hampa.badges.models import DRAWINGS, METRICS, PICTURE_WIDTHS, WINDOWS
from hampa.badges.queries.badges import BadgeRow, BadgeStep
from hampa.platform.api.answers import kept_by
from hampa.platform.api.requests import OneOf
from hampa.platform.locale.i18n import locale_context
from hampa.platform.web.ui import canonical

Metric = Annotated[str, OneOf(*METRICS)]
Window = Annotated[str, OneOf(*WINDOWS)]
Drawing = Annotated[str, OneOf(*DRAWINGS)]


class CriteriaData(TypedDict):
    """What a badge asks for."""

    metric: Metric
    window: Window
    since: dt.date | None
    until: dt.date | None
    threshold: float
    plan: uuid.UUID | None
    crew: uuid.UUID | None


class BadgeData(TypedDict):
    """A badge, `name` and `description` in your language; `earned_on` is when you earned it, `reason` why it was taken."""

    id: uuid.UUID
    crew_id: uuid.UUID | None
    name: str
    description: str
    name_fa: str
    name_en: str
    description_fa: str
    description_en: str
    drawing: Drawing
    picture: str | None
    criteria: CriteriaData | None
    retired_at: datetime | None
    earned_on: dt.date | None
    awarded_at: datetime | None
    taken_at: datetime | None
    reason: str
    created_at: datetime
    updated_at: datetime
    version: int


class AmountData(TypedDict):
    """How much of `target` you have done, in seconds, metres, weeks or times, and in words."""

    amount: int
    target: int
    words: str


class ListedBadgeData(BadgeData):
    """A badge with your `progress`; null for one that you have, that was taken from you or can't be earned any more."""

    progress: AmountData | None


class ProgressData(TypedDict):
    """A badge that you do not have: how much of `target` is done, in seconds, metres, weeks or times, and in words."""

    badge: BadgeData
    amount: int
    target: int
    words: str


def badge_as_data(row: BadgeRow) -> BadgeData:
    """Return a badge as data."""
    asks = row.asks
    return {
        "id": row.id,
        "crew_id": row.crew_id,
        "name": row.name,
        "description": row.description,
        "name_fa": row.name_fa,
        "name_en": row.name_en,
        "description_fa": row.description_fa,
        "description_en": row.description_en,
        "drawing": row.drawing,
        "picture": _picture_url(row),
        "criteria": asks.model_dump() if asks is not None else None,  # type: ignore[typeddict-item]
        "retired_at": row.retired_at,
        "earned_on": row.earned_on,
        "awarded_at": row.awarded_at,
        "taken_at": row.taken_at,
        "reason": row.reason,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "version": row.version,
    }


def _picture_url(row: BadgeRow) -> str | None:
    if row.picture is None:
        return None
    return canonical(
        url_for("badges.picture_file", badge_id=row.id, picture_id=uuid.UUID(row.picture), width=PICTURE_WIDTHS[0])
    )


def progress_as_data(one: BadgeStep) -> ProgressData:
    """Return a badge that somebody does not have as data, with how far they are."""
    return {
        "badge": badge_as_data(one.badge),
        "amount": one.standing.amount,
        "target": one.standing.target,
        "words": one.words,
    }


def _key_of_listed(row: BadgeRow, step: BadgeStep | None) -> Hashable:
    """Return all that a badge in a list depends on: its version, what its reader has of it, and their language."""
    own = row.earned_on, row.awarded_at, row.taken_at, row.reason
    return (
        row.id,
        row.version,
        row.updated_at,
        row.picture,
        *own,
        step.standing if step is not None else None,
        locale_context(),
    )


def _listed(row: BadgeRow, step: BadgeStep | None) -> ListedBadgeData:
    return {**badge_as_data(row), "progress": _amount(step)}


kept_badge = kept_by(_key_of_listed, _listed)
"""Return a badge in a list as JSON, with the step towards it, None for one that its reader is not on the way to."""


def _amount(one: BadgeStep | None) -> AmountData | None:
    if one is None:
        return None
    return {"amount": one.standing.amount, "target": one.standing.target, "words": one.words}
