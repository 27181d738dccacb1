"""The document of the API, for programs and for people."""

from flask import Blueprint, Response, current_app, request

from hampa.api.reference import calls_of, entries_of
from hampa.platform.api.answers import written
from hampa.platform.api.document import document_of
from hampa.platform.api.operations import Resource
from hampa.platform.api.serving import EXTENSION
from hampa.platform.config import settings
from hampa.platform.errors import NotFound
from hampa.platform.web import pages
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """Return the OpenAPI document."""
    body = written(document_of(current_app._get_current_object()))  # type: ignore[attr-defined]
    answer = Response(body, mimetype="application/json")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@blueprint.get("/docs")
@public
@cache_for_anonymous(query_names=frozenset())
def docs() -> Response:
    """Show how the API is used, and which resources there are."""
    document = document_of(current_app._get_current_object())  # type: ignore[attr-defined]
    listed = [(resource, entries_of(document, resource.name)) for resource in _resources()]
    return pages.render("api/index.html", resources=listed, settings=settings())


@blueprint.get("/docs/<resource_name>")
@public
@cache_for_anonymous(query_names=frozenset())
def resource_docs(resource_name: str) -> Response:
    """Show the operations of a resource, each of which can be tried."""
    resource = next((each for each in _resources() if each.name == resource_name), None)
    if resource is None:
        raise NotFound
    document = document_of(current_app._get_current_object())  # type: ignore[attr-defined]
    entries = entries_of(document, resource.name)
    calls = calls_of(document, resource.name)
    return pages.render("api/resource.html", resource=resource, entries=entries, calls=calls, resources=_resources())


def _resources() -> list[Resource]:
    return current_app.extensions[EXTENSION]
