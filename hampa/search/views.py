"""The page of the search over everything."""

from flask import Blueprint, Response, request

from hampa.platform.api import limits
from hampa.platform.texts.cleaning import without_surrogates
from hampa.platform.texts.marking import marked, part_around
from hampa.platform.web import pages, slots
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.search.queries.finding import find_best, find_of_kind
from hampa.search.queries.providers import LONGEST, Search, providers_for

blueprint = Blueprint("search", __name__)
slots.share(blueprint, marked=marked, part_around=part_around)


@blueprint.get("/search")
@public
def index() -> Response:
    """Show the best of each kind that was found, or a page of one kind (`type`)."""
    search = Search.of(without_surrogates(request.args.get("q", "")))
    kinds = providers_for(me())
    chosen = next((one for one in kinds if one.kind == request.args.get("type")), None)
    if search.terms:
        limits.count_search(me().id if me() else None)
    answer = pages.render(
        "search/index.html",
        search=search,
        kinds=kinds,
        chosen=chosen,
        groups=find_best(me(), search) if chosen is None else [],
        page=find_of_kind(me(), chosen, search, request.args.get("after")) if chosen else None,
        longest=LONGEST,
    )
    if me() is not None:  # there are words of messages and notes in it, though visitors search too
        answer.headers["Cache-Control"] = "private, no-store"
    return answer
