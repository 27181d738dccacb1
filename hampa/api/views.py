"""The document of the API."""

from flask import Blueprint, Response, current_app

from hampa.platform.api.answers import written
from hampa.platform.api.document import document_of
from hampa.platform.web.permissions import public

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """Return the OpenAPI document."""
    body = written(document_of(current_app._get_current_object()))  # type: ignore[attr-defined]
    answer = Response(body, mimetype="application/json")
    answer.add_etag()
    return answer
