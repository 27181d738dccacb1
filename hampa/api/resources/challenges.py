"""Challenges of crews."""

import datetime as dt
import uuid
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

from flask import url_for
from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.challenges.actions import challenges as actions, entries
from hampa.challenges.forms import ChallengeForm
from hampa.challenges.models import LONGEST_DESCRIPTION, LONGEST_NAME, METRICS, MODES, MOST_TARGET, UNITS, Challenge
from hampa.challenges.queries import challenges as queries
from hampa.challenges.queries.challenges import ChallengeRow
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.training.models.activities import KINDS

resource = Resource("challenges", _l("Challenges"), scope="training")

Metric = Annotated[str, OneOf(*METRICS)]
Mode = Annotated[str, OneOf(*MODES)]
Kind = Annotated[str, OneOf("", *KINDS)]
State = Annotated[str, OneOf("ahead", "on", "counting", "over")]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Description = Annotated[str, Field(max_length=LONGEST_DESCRIPTION)]
Target = Annotated[int, Field(ge=1, le=MOST_TARGET)]


class ChallengeBody(Body):
    """A challenge of a crew; `target`, of a sum, is in seconds, metres or times. Both days are included."""

    name: Name
    description: Description = ""
    metric: Metric
    mode: Mode
    kind: Kind = ""
    target: Target | None = None
    starts_on: dt.date = Field(strict=False)
    ends_on: dt.date = Field(strict=False)


class ChallengeChange(Body):
    """What changes of a challenge; what is counted, and from when, only before it begins."""

    name: Name | None = None
    description: Description = ""
    metric: Metric | None = None
    mode: Mode | None = None
    kind: Kind = ""
    target: Target | None = None
    starts_on: dt.date | None = Field(None, strict=False)
    ends_on: dt.date | None = Field(None, strict=False)


class EntryBody(Body):
    """What the link of the challenge ends with, for who is no member of the crew."""

    token: Annotated[str, Field(max_length=60)] = ""


class LinkBody(Body):
    """Whether there is a link by which others join: a new one each time."""

    open: bool


class ChallengeData(TypedDict):
    """A challenge: `total` is what all did, `value` what you did, null if you do not take part.

    To who is no member of the crew they are those of what everybody may see.
    """

    id: uuid.UUID
    crew_id: uuid.UUID
    name: str
    description: str
    metric: Metric
    mode: Mode
    kind: Kind
    target: int | None
    starts_on: dt.date
    ends_on: dt.date
    state: State
    people: int
    total: int
    value: int | None
    finished_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class RankData(TypedDict):
    """A person of a ranking; people who did as much have the same rank."""

    person: Summary
    value: int
    rank: int
    is_own: bool


class RankingData(TypedDict):
    """The first ten, and you with two neighbours on each side."""

    own_rank: int | None
    rows: list[RankData]


class LinkData(TypedDict):
    """The link by which others join, null if there is none."""

    link: str | None


@resource.get("/me/challenges")
def list_own_challenges(query: Paging) -> Page[ChallengeData]:
    """List the challenges in which you take part, the latest first."""
    return queries.challenges_of(me(), query.after, query.limit).of_rows(_challenge)


@resource.get("/crews/<uuid:crew_id>/challenges")
def list_challenges(crew_id: uuid.UUID, query: Paging) -> Page[ChallengeData]:
    """List the challenges of a crew of yours, the latest first."""
    return queries.challenges_of_crew(me(), crew_id, query.after, query.limit)[1].of_rows(_challenge)


@resource.post("/crews/<uuid:crew_id>/challenges")
def make_challenge(crew_id: uuid.UUID, body: ChallengeBody) -> Created[ChallengeData]:
    """Make a challenge of a crew for which you may post. Its members hear of it."""
    form = _form(body.model_dump(exclude_unset=True), None)
    made = actions.make_challenge(me(), crew_id, form.values())
    return Created(_challenge(queries.challenge_for(me(), made.id)), f"/challenges/{made.id}")


@resource.get("/challenges/<uuid:challenge_id>")
def read_challenge(challenge_id: uuid.UUID) -> ChallengeData:
    """Return a challenge of a crew of yours, or in which you take part."""
    return _challenge(queries.challenge_for(me(), challenge_id))


@resource.patch("/challenges/<uuid:challenge_id>", locks=Challenge)
def change_challenge(challenge_id: uuid.UUID, body: ChallengeChange) -> ChallengeData:
    """Change a challenge of a crew for which you may post."""
    changed = queries.managed_challenge(me(), challenge_id)
    form = _form(body.model_dump(exclude_unset=True), changed)
    actions.change_challenge(me(), challenge_id, form.values())
    return _challenge(queries.challenge_for(me(), challenge_id))


@resource.delete("/challenges/<uuid:challenge_id>", locks=Challenge)
def delete_challenge(challenge_id: uuid.UUID) -> None:
    """Delete a challenge with all that was counted for it."""
    actions.delete_challenge(me(), challenge_id)


@resource.get("/challenges/<uuid:challenge_id>/ranking")
def read_ranking(challenge_id: uuid.UUID) -> RankingData:
    """Return who did how much in a challenge. Who is hidden from you is left out and keeps their rank."""
    ranking = queries.ranking_of(me(), queries.challenge_for(me(), challenge_id))
    rows: list[RankData] = [
        {"person": summary_as_data(row.person), "value": row.value, "rank": row.rank, "is_own": row.is_own}
        for row in ranking.rows
    ]
    return {"own_rank": ranking.own_rank, "rows": rows}


@resource.put("/challenges/<uuid:challenge_id>/entry")
def join_challenge(challenge_id: uuid.UUID, body: EntryBody) -> None:
    """Take part in a challenge of a crew of yours, or of which you have the link."""
    if body.token:
        shown = queries.challenge_of_link(me(), body.token)
        if shown.id != challenge_id:
            raise NotFound
        entries.join_challenge(me(), shown, by_link=True)
    else:
        entries.join_challenge(me(), queries.challenge_for(me(), challenge_id), by_link=False)


@resource.delete("/challenges/<uuid:challenge_id>/entry")
def leave_challenge(challenge_id: uuid.UUID) -> None:
    """Leave a challenge: what you did counts in it no more."""
    entries.leave_challenge(me(), challenge_id)


@resource.post("/challenges/<uuid:challenge_id>/link")
def renew_link(challenge_id: uuid.UUID, body: LinkBody) -> LinkData:
    """Give a challenge another link, so that the one before lets nobody in any more, or none."""
    token = actions.renew_link(me(), challenge_id, is_open=body.open)
    return {"link": canonical(url_for("challenges.invited", challenge_token=token)) if token else None}


def _form(given: dict[str, Any], changed: Challenge | None) -> ChallengeForm:
    """Return the form with what a body says in its words, which cleans and checks it."""
    metric = given.get("metric") or (changed.metric if changed is not None else None)
    values = {name: value for name, value in given.items() if value is not None or name == "target"}
    if values.get("target") is not None:
        values["target"] = values["target"] / UNITS.get(metric or "", 1)
    return valid_form(
        lambda **more: ChallengeForm(**more) if changed is None else ChallengeForm.of(changed, **more), values
    )


def _challenge(row: ChallengeRow) -> ChallengeData:
    return dict(zip(ChallengeData.__annotations__, _values(row), strict=True))  # type: ignore[return-value]


_values = attrgetter(*ChallengeData.__annotations__)
