"""Finding cards."""

from __future__ import annotations

from flask import Response, request

from hampa.cards.forms.filters import CardFilters
from hampa.cards.queries import listing
from hampa.cards.views.blueprint import blueprint
from hampa.platform.web import pages
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me


@blueprint.get("/cards")
@public
def index() -> Response:
    """Active cards, filtered, the newest first."""
    form = CardFilters()
    chosen = form.chosen()
    found = listing.active(me(), listing.Filters(**chosen), request.args.get("after"))
    return pages.render("cards/list.html", "results", form=form, cards=found, filtered=bool(chosen))
