"""Names of towns, for fields that offer them while somebody types."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from hampa.platform.geo import gazetteer
from hampa.platform.locale import i18n
from hampa.platform.web.permissions import public

LONGEST = 80

blueprint = Blueprint("towns", __name__)


@blueprint.get("/towns")
@public
def suggest() -> Response:
    """The towns whose name begins with `q`, in the reader's language."""
    locale = i18n.get_locale_code()
    found = gazetteer.suggest(request.args.get("q", "")[:LONGEST], i18n.timezone().key)
    answer = jsonify(towns=[{"name": town.called(locale), "country": town.in_country(locale)} for town in found])
    answer.headers["Cache-Control"] = "private, max-age=86400"
    answer.vary.update(("Accept-Language", "Cookie"))
    return answer
