"""Resources and their operations, as functions declare them.

    resource = Resource("cards", _l("Runner cards"))

    @resource.post("/cards")
    def publish_card(body: CardBody) -> Created[Card]:
        ...

What a function takes is told by its annotations: a `Body`, a `Query`, a `Paging`, and the ids in the path by their names. What
it returns is data (200), a `Page` of items, `Created` (201) or None (204). It asks the same queries and actions as the pages,
for `me()`, and does not commit: `serving` does, when it has returned. Its docstring is its documentation.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from flask import Response

from hampa.platform.api.answers import Created
from hampa.platform.api.requests import Body, Query
from hampa.platform.web.paging import Page

Function = TypeVar("Function", bound=Callable[..., Any])

ROOT: Final = "/api/v1"
SAFE: Final = ("GET", "HEAD")
PLACE: Final = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    resource: "Resource"
    method: str
    rule: str
    function: Callable[..., Any]
    scope: str | None
    """The scope that a token needs; None where no token is needed."""
    body: tuple[str, type[Body]] | None
    """The name of the parameter, and its model."""
    query: tuple[str, type[Query]] | None
    returns: Any
    """The type of the data, of the items of a page, or None."""
    status: int
    is_list: bool
    options: "Options"

    @property
    def name(self) -> str:
        """The name, which is the operation's id in the document."""
        return self.function.__name__

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing."""
        return self.method in SAFE

    @property
    def reading(self) -> "Operation":
        """The operation that reads what this one changes: GET on the same path. Raise LookupError if there is none."""
        for other in self.resource.operations:
            if other.rule == self.rule and other.method == "GET":
                return other
        raise LookupError(f"{self.name} locks what no GET {self.rule} shows")

    @property
    def places(self) -> list[tuple[str, str]]:
        """The converter and the name of each value in the path."""
        return [(converter or "string", name) for converter, name in PLACE.findall(self.rule)]


@dataclass(frozen=True)
class Options:
    """What an operation needs beyond its annotations."""

    locks: type | None = None
    """The model whose row, by the last id in the path, is what `GET` on the same path shows: `If-Match` is asked of it."""
    locks_by: str = ""
    """The id in the path of the row that `locks` is about, where that is not the last one."""
    keeps_refusals: bool = False
    """Whether what was written before a refusal is committed, such as the count of wrong codes."""
    repeatable: bool = True
    """Whether an `Idempotency-Key` is taken: not where an answer may not be kept."""
    names_others: bool = False
    """Whether the answer names other people, though no `GET` reads it: a request that is sent again gets 409 for it."""
    produces: str | None = None
    """The media type of an answer that is no JSON: the function returns a `Response`."""
    takes_file: str | None = None
    """The parameter of a file (`FileStorage`), which is the field of a body as multipart/form-data."""
    megabytes: int = 0
    """How large that body may be."""
    needs_name: bool = False
    """Whether the person has to have given a name, which others will see with what is done."""
    has_own_limit: bool = False
    """Whether it limits strangers itself, by what they ask for: an address of many is no reason to refuse it."""
    versions: tuple[str, ...] = ()
    """The versions of what is kept that it reads, which are asked for together with that of the person."""
    statuses: tuple[int, ...] = ()
    """Further statuses of errors."""


@dataclass
class Resource:
    """A group of operations; `name` is also the first part of their scopes, `cards:read` and `cards:write`.

    With `scope`, they have the scopes of another resource.
    """

    name: str
    title: Any
    operations: list[Operation] = field(default_factory=list)
    scope: str | None = None
    calls: Mapping[str, Any] = field(default_factory=dict)
    """What the site posts to addresses of programs: the type of `data`, by the name of the event."""

    def get(self, rule: str, *, public: bool = False, **options: Any) -> Callable[[Function], Function]:
        """Register a function that returns something; `public` for people without a token."""
        return self._register("GET", rule, public, options)

    def post(self, rule: str, *, public: bool = False, **options: Any) -> Callable[[Function], Function]:
        """Register a function that creates something, or does an act."""
        return self._register("POST", rule, public, options)

    def patch(self, rule: str, *, public: bool = False, **options: Any) -> Callable[[Function], Function]:
        """Register a function that changes the fields that are sent."""
        return self._register("PATCH", rule, public, options)

    def put(self, rule: str, *, public: bool = False, **options: Any) -> Callable[[Function], Function]:
        """Register a function that sets something, however often it is called."""
        return self._register("PUT", rule, public, options)

    def delete(self, rule: str, *, public: bool = False, **options: Any) -> Callable[[Function], Function]:
        """Register a function that removes something."""
        return self._register("DELETE", rule, public, options)

    @property
    def scopes(self) -> tuple[str, str]:
        """The scopes that let a token read and change what the operations are about."""
        name = self.scope or self.name
        return f"{name}:read", f"{name}:write"

    def _register(
        self, method: str, rule: str, public: bool, options: dict[str, Any]
    ) -> Callable[[Function], Function]:
        scope = None if public else self.scopes[method not in SAFE]

        def register(function: Function) -> Function:
            self.operations.append(_operation(self, method, rule, function, scope, Options(**options)))
            return function

        return register


def _operation(
    resource: Resource, method: str, rule: str, function: Callable[..., Any], scope: str | None, options: Options
) -> Operation:
    """Return the operation that a function declares. Raise TypeError for a parameter that is none of those there are."""
    hints = get_type_hints(function)
    returns = hints.pop("return")
    body = query = None
    for name in inspect.signature(function).parameters:
        kind = hints[name]
        if inspect.isclass(kind) and issubclass(kind, Body):
            body = name, kind
        elif inspect.isclass(kind) and issubclass(kind, Query):
            query = name, kind
        elif name not in rule and name != options.takes_file:
            raise TypeError(f"{function.__qualname__}: {name} is neither in the path nor a Body or a Query")
    status, is_list = 200, False
    if returns is type(None):
        returns, status = None, 204
    elif returns is Response:
        returns = None
    elif get_origin(returns) is Created:
        (returns,), status = get_args(returns), 201
    elif get_origin(returns) is Page:
        (returns,), is_list = get_args(returns), True
    return Operation(resource, method, rule, function, scope, body, query, returns, status, is_list, options)
