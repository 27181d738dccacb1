"""Names of towns, for fields that offer them while somebody types."""

from flask import Blueprint, Flask, Response, jsonify, request

from hampa.platform.geo import gazetteer
from hampa.platform.locale import i18n
from hampa.platform.web.permissions import public

LONGEST_QUERY = 80

blueprint = Blueprint("towns", __name__)


@blueprint.get("/towns")
@public
def suggest() -> Response:
    """Return the towns whose name begins with `q`, in the reader's language."""
    locale = i18n.get_locale_code()
    towns = gazetteer.suggest(request.args.get("q", "")[:LONGEST_QUERY], i18n.timezone().key)
    answer = jsonify(towns=[{"name": town.called(locale), "country": town.in_country(locale)} for town in towns])
    answer.headers["Cache-Control"] = "private, max-age=86400"
    answer.vary.update(("Accept-Language", "Cookie"))
    return answer


def init_app(app: Flask) -> None:
    """Register the blueprint."""
    app.register_blueprint(blueprint)
