"""What a request says: its body and its query string, read by pydantic models; errors stand beside their fields."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from flask import request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails, core_schema
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from hampa.platform.api.codes import Invalid
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web.paging import MOST_COUNTED, Cursor, Page

JSON: Final = "application/json"
MOST_ROWS: Final = 100
MOST_FOLLOWED: Final = 1_000
"""So many items are counted by following pages at most, which takes ten more questions of a list."""
A_PAGE: Final = 20
LONGEST_BODY: Final = 256 * 1024
"""Bytes: several times what the longest run takes, with each letter escaped."""
MOST_DETAILS: Final = 50
"""Errors in an answer: each takes many times the room of what it is about."""


class Body(BaseModel):
    """A body: types are taken strictly, and fields that it does not name are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """Parameters of a query string."""

    model_config = ConfigDict(extra="forbid")


class OneOf:
    """The annotation of a text that is one of some words: `Day = Annotated[str, OneOf(*DAYS)]`."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Return what pydantic checks and documents."""
        return core_schema.literal_schema(list(self.words))


Moment = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))]
"""A moment with its zone, far enough from both ends of time to be told in any other zone."""


class Paging(Query):
    """The parameters of every list."""

    after: str | None = Field(None, description="The cursor of the next page: `meta.next` of the page before.")
    limit: int = Field(A_PAGE, ge=1, le=MOST_ROWS, description="How many items a page has at most.")
    count: bool = Field(
        False, description=f"Whether `meta.total` says how many items all pages have, up to {MOST_FOLLOWED:,}."
    )

    @field_validator("after")
    @classmethod
    def _is_cursor(cls, after: str | None) -> str | None:
        """Have the query refuse what no page of its list has given out: it knows the columns."""
        return None if after is None else Cursor(after)


class CountedPaging(Paging):
    """The parameters of a list whose items one statement counts."""

    count: bool = Field(
        False, description=f"Whether `meta.total` says how many items all pages have, up to {MOST_COUNTED:,}."
    )


Item = TypeVar("Item")


def with_total(page: Page[Item], paging: CountedPaging, count: Callable[[], int]) -> Page[Item]:
    """Return the page with the number of items of all pages, if the request asks for it."""
    return replace(page, total=count()) if paging.count else page


Model = TypeVar("Model", bound=BaseModel)


def read_body(model: type[Model]) -> Model:
    """Return the body of the request as the model.

    Raise UnsupportedMediaType unless it is JSON, RequestEntityTooLarge, and Invalid with the errors of its fields, or as a
    400 if it is no JSON.
    """
    raw = request.get_data(cache=True)
    if len(raw) > LONGEST_BODY:
        raise RequestEntityTooLarge
    if request.mimetype != JSON and (raw or request.mimetype):
        raise UnsupportedMediaType
    try:
        body = model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=True, include_input=False)
        if errors[0]["type"] == "json_invalid":
            raise Invalid([], _("The body is not valid JSON."), status=400) from None
        raise Invalid([_detail(each) for each in errors[:MOST_DETAILS]]) from None
    if b"\\u0000" in raw and _has_nul(body.model_dump()):
        raise Invalid([("", _("This value does not have the right form."))])
    return body


def read_query(model: type[Model]) -> Model:
    """Return the query string as the model. Raise Invalid with the errors of its parameters."""
    values: dict[str, Any] = {}
    for name, given in request.args.lists():
        field = model.model_fields.get(name)
        values[name] = given if field is not None and _is_list(field.annotation) else given[-1]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Invalid(
            [_detail(each) for each in error.errors(include_url=False, include_input=False)[:MOST_DETAILS]]
        ) from None


def _is_list(annotation: Any) -> bool:
    return "list[" in str(annotation)


def _has_nul(value: Any) -> bool:
    """Return whether a text has the character that PostgreSQL can't store."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(inner) for inner in (*value, *value.values()))
    return isinstance(value, list | tuple) and any(map(_has_nul, value))


def _detail(error: ErrorDetails) -> tuple[str, str]:
    """Return the path of the field of an error, and what is wrong with it."""
    words = _WORDS.get(error["type"])
    field = ".".join(str(part) for part in error["loc"])
    return field, words(error.get("ctx") or {}) if words else _("This value does not have the right form.")


_Words = Callable[[dict[str, Any]], str]
_WORDS: Final[dict[str, _Words]] = {
    "missing": lambda _c: _("This is missing."),
    "extra_forbidden": lambda _c: _("There is no such field."),
    "string_type": lambda _c: _("This has to be a text."),
    "string_too_long": lambda c: _("This is too long: at most %(most)s characters.", most=c["max_length"]),
    "string_too_short": lambda c: _("This is too short: at least %(least)s characters.", least=c["min_length"]),
    "bool_type": lambda _c: _("This has to be true or false."),
    "bool_parsing": lambda _c: _("This has to be true or false."),
    "int_type": lambda _c: _("This has to be a whole number."),
    "int_parsing": lambda _c: _("This has to be a whole number."),
    "int_from_float": lambda _c: _("This has to be a whole number."),
    "float_type": lambda _c: _("This has to be a number."),
    "list_type": lambda _c: _("This has to be a list."),
    "too_long": lambda c: _("These are too many: at most %(most)s.", most=c["max_length"]),
    "less_than_equal": lambda c: _("This is too large: at most %(most)s.", most=c["le"]),
    "greater_than_equal": lambda c: _("This is too small: at least %(least)s.", least=c["ge"]),
    "literal_error": lambda c: _("This has to be one of: %(words)s.", words=c["expected"]),
    "uuid_parsing": lambda _c: _("This is not an id."),
    "uuid_type": lambda _c: _("This is not an id."),
}
