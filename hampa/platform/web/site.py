"""The Flask of this site: what Flask and Werkzeug work out anew for each request, and is the same for many, is kept.

Of a request these are its host, the cookies of a browser, the route of a path without values, and the hooks that it needs.
Each is found by all that it is made of, and cannot be changed by who gets it.
"""

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, cast

from flask import Flask, Request, Response, request
from flask.ctx import RequestContext
from flask.globals import request_ctx
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_cookie
from werkzeug.routing import MapAdapter, Rule

from hampa.platform.api.operations import ROOT
from hampa.platform.web.hooks import needed
from hampa.platform.web.ranges import with_range

MOST_KEPT = 1_000
LONGEST_KEPT = 1_000
"""Characters of a host, or of cookies, that are kept."""
READS = frozenset({"GET", "HEAD"})
PROGRAMS = f"{ROOT}/"

_current_request = request._get_current_object  # type: ignore[attr-defined]


class LateRule(Rule):
    """A route whose functions that build addresses are compiled when they are first called, not at each start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder
        name = "_build_unknown" if append_unknown else "_build"

        def build(rule: Rule, /, **values: object) -> tuple[str, str]:
            function = compiled(append_unknown).__get__(rule, None)
            setattr(rule, name, function)
            return function(**values)

        return build


class SiteRequest(Request):
    """A request whose values are read once; what a browser sends each time is read once for all its requests."""

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies by name."""
        header = self.environ.get("HTTP_COOKIE", "")
        return _cookies(header) if len(header) <= LONGEST_KEPT else _cookies.__wrapped__(header)

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The values of the query string by name."""
        return super().args if self.query_string else NO_VALUES


NO_VALUES: ImmutableMultiDict[str, str] = ImmutableMultiDict()


@lru_cache(MOST_KEPT)
def _cookies(header: str) -> ImmutableMultiDict[str, str]:
    return parse_cookie(header, cls=ImmutableMultiDict)  # type: ignore[return-value]


class SiteResponse(Response):
    """An answer that is handed over as it is, where Werkzeug would copy it and look for what a redirect needs."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        body: Any = self.response
        headers = self.headers
        is_whole = type(body) is list and len(body) == 1 and type(body[0]) is bytes
        if not is_whole or self.status_code != HTTPStatus.OK or self._on_close or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        if "Content-Length" not in headers or "Content-Location" in headers or "Location" in headers:
            return super().__call__(environ, start_response)
        start_response(self.status, headers.to_wsgi_list())
        return cast(Iterable[bytes], body)

    def make_conditional(
        self, request_or_environ: Any, accept_ranges: bool | str = False, complete_length: int | None = None
    ) -> Response:
        """Answer with the part that is asked for, or 304. Raise RequestedRangeNotSatisfiable, and close what was opened."""
        environ = getattr(request_or_environ, "environ", request_or_environ)
        if accept_ranges and complete_length and self._is_range_request_processable(environ):
            try:
                environ = with_range(environ, complete_length)
            except RequestedRangeNotSatisfiable:
                self.close()
                raise
        super().make_conditional(environ, accept_ranges, complete_length)
        return self


class SiteContext(RequestContext):
    """The context of a request, which finds the route of a path without values where it was found before."""

    app: "Site"

    def match_request(self) -> None:
        """Find the route."""
        asked, adapter = self.request, self.url_adapter
        if adapter is None or adapter.websocket or not adapter.path_info:
            super().match_request()
            return
        key = asked.method, asked.path
        known = self.app.routes.get(key)
        if known is not None:
            asked.url_rule, asked.view_args = known, {}
            return
        super().match_request()
        rule = asked.url_rule
        if rule is not None and not rule.arguments:  # there are as many of these as routes
            self.app.routes[key] = rule


class Site(Flask):
    """Flask with such routes, requests and contexts, which spares a request the hooks that it does not need."""

    url_rule_class = LateRule
    request_class = SiteRequest
    response_class = SiteResponse

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.jinja_options = {"cache_size": -1}  # by default Jinja keeps 400 templates, half of those there are
        self.routes: dict[tuple[str, str], Rule] = {}
        self._adapters: dict[Any, tuple[MapAdapter, str]] = {}
        self._needed: dict[Any, tuple[list[Callable[..., Any]], list[Callable[..., Any]]]] = {}

    def request_context(self, environ: dict[str, Any]) -> RequestContext:
        """Return the context of a request."""
        return SiteContext(self, environ)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what finds routes and builds addresses: for a host that was asked for before, as it was made then."""
        if request is None or "HTTP_UPGRADE" in request.environ or not request.environ.get("PATH_INFO"):
            return super().create_url_adapter(request)
        environ = request.environ
        key = (
            request.scheme,
            environ.get("HTTP_HOST"),
            environ.get("SERVER_NAME"),
            environ.get("SERVER_PORT"),
            environ.get("SCRIPT_NAME"),
        )
        like = self._adapters.get(key)
        if like is None:
            made = super().create_url_adapter(request)
            if made is not None and len(key[1] or "") <= LONGEST_KEPT:
                if len(self._adapters) >= MOST_KEPT:
                    self._adapters.clear()
                self._adapters[key] = made, request.host
            return made
        adapter, request.host = like
        return MapAdapter(
            self.url_map, adapter.server_name, adapter.script_name, adapter.subdomain, adapter.url_scheme,
            request.path, request.method, request.query_string.decode(errors="replace"),
        )  # fmt: skip

    def preprocess_request(self) -> Any:
        """Call the hooks before a request that it needs."""
        for hook in self._hooks()[0]:
            if (answer := hook()) is not None:
                return answer
        return None

    def process_response(self, response: Response) -> Response:
        """Call the hooks after a request that it needs, those that were registered last first, and save the session."""
        context: Any = request_ctx._get_current_object()  # type: ignore[attr-defined]
        is_page = not context.request.path.startswith(PROGRAMS)
        for hook in context._after_request_functions if is_page else ():
            response = hook(response)
        for hook in self._hooks()[1]:
            response = hook(response)
        if is_page:
            self.session_interface.save_session(self, context._session, response)
        return response

    def _hooks(self) -> tuple[list[Callable[..., Any]], list[Callable[..., Any]]]:
        """Return the hooks before and after this request, all of which were registered before the first one."""
        asked = _current_request()
        is_page = not asked.path.startswith(PROGRAMS)
        names = tuple(asked.blueprints) if is_page else ()
        key = is_page, asked.method in READS, names
        found = self._needed.get(key)
        if found is None:
            before = [hook for name in (None, *reversed(names)) for hook in self.before_request_funcs.get(name, ())]
            after = [hook for name in (*names, None) for hook in reversed(self.after_request_funcs.get(name, []))]
            kind = {"is_page": is_page, "is_read": asked.method in READS}
            found = self._needed[key] = needed(before, **kind), needed(after, **kind)
        return found
