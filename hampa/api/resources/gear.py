"""Gear: shoes and what else wears out."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.training.actions import gear as actions
from hampa.training.forms.gear import GearForm
from hampa.training.models.activities import KINDS
from hampa.training.models.gear import GEAR_KINDS, LONGEST_GEAR_NAME, MOST_GEAR_METRES, SHOES, Gear
from hampa.training.queries.gear import GearRow, gear_of, own_gear

resource = Resource("gear", _l("Gear"), scope="training")

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_GEAR_NAME)]
GearKind = Annotated[str, OneOf(*GEAR_KINDS)]
Metres = Annotated[int, Field(ge=0, le=MOST_GEAR_METRES)]
Limit = Annotated[int, Field(ge=1_000, le=MOST_GEAR_METRES)]
Kinds = Annotated[list[Annotated[str, OneOf(*KINDS)]], Field(max_length=len(KINDS))]


class GearBody(Body):
    """Gear; `before_m` is the distance that it had already, and beyond `limit_m` you are told, once."""

    name: Name
    kind: GearKind = SHOES
    since: dt.date | None = Field(None, strict=False)
    before_m: Metres = 0
    limit_m: Limit | None = None
    default_kinds: Kinds = Field(default_factory=list)


class GearChange(Body):
    """What changes of gear; `retired` puts it away or takes it out again."""

    name: Name | None = None
    kind: GearKind | None = None
    since: dt.date | None = Field(None, strict=False)
    before_m: Metres | None = None
    limit_m: Limit | None = None
    default_kinds: Kinds | None = None
    retired: bool | None = None


class GearData(TypedDict):
    """Gear with the metres that it has come, and of how many activities."""

    id: uuid.UUID
    name: str
    kind: GearKind
    since: dt.date | None
    before_m: int
    limit_m: int | None
    default_kinds: list[str]
    retired_at: datetime | None
    distance_m: int
    activities: int
    created_at: datetime
    updated_at: datetime
    version: int


@resource.get("/me/gear")
def list_gear() -> list[GearData]:
    """List your gear, what is in use first: a hundred at most."""
    return [_gear(one) for one in gear_of(me())]


@resource.post("/me/gear")
def add_gear(body: GearBody) -> Created[GearData]:
    """Add gear; activities of the kinds in `default_kinds` get it by themselves from now on."""
    made = actions.add_gear(me(), _values(body, None))
    return Created(_one(made.id), f"/me/gear/{made.id}")


@resource.get("/me/gear/<uuid:gear_id>")
def read_gear(gear_id: uuid.UUID) -> GearData:
    """Return gear of yours."""
    return _one(gear_id)


@resource.patch("/me/gear/<uuid:gear_id>", locks=Gear)
def change_gear(gear_id: uuid.UUID, body: GearChange) -> GearData:
    """Change gear of yours, put it away, or take it out again."""
    changed = own_gear(me(), gear_id)
    if body.model_fields_set - {"retired"}:
        actions.change_gear(me(), gear_id, _values(body, changed))
    if body.retired is not None:
        actions.retire_gear(me(), gear_id, retires=body.retired)
    return _one(gear_id)


@resource.delete("/me/gear/<uuid:gear_id>", locks=Gear)
def delete_gear(gear_id: uuid.UUID) -> None:
    """Delete gear of yours; your activities stay."""
    actions.delete_gear(me(), gear_id)


def _values(body: GearBody | GearChange, changed: Gear | None) -> dict[str, Any]:
    """Return the columns of gear that a body describes or changes, distances to the metre."""
    given = body.model_dump(exclude_unset=True)
    metres = {name: given.pop(name) for name in ("before_m", "limit_m") if name in given}
    given.pop("retired", None)
    words = {name: value for name, value in given.items() if value is not None or name == "since"}

    def made(**more: Any) -> GearForm:
        return GearForm(**more) if changed is None else GearForm.of(changed, **more)

    values = valid_form(made, words).values()
    kept = {"before_m": changed.before_m, "limit_m": changed.limit_m} if changed is not None else {}
    values |= kept | {name: value for name, value in metres.items() if value is not None or name == "limit_m"}
    return values


def _one(gear_id: uuid.UUID) -> GearData:
    found = next((one for one in gear_of(me()) if one.id == gear_id), None)
    if found is None:
        raise NotFound
    return _gear(found)


def _gear(one: GearRow) -> GearData:
    values = {name: getattr(one, name) for name in GearData.__annotations__}
    return {**values, "default_kinds": list(one.default_kinds)}  # type: ignore[typeddict-item]
