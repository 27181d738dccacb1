"""Finding cards."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request

from hampa.cards.forms.filters import CardFilters
from hampa.cards.models.card import Card
from hampa.cards.queries import listing, matching
from hampa.cards.views.blueprint import blueprint
from hampa.platform.web import pages
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me


@blueprint.get("/cards")
@public
@cache_for_anonymous(listing.LISTING, query_names=CardFilters.query_names())
def index() -> Response:
    """Active cards, narrowed by what is asked: the newest first, or those first that go best with one's own."""
    form = CardFilters()
    filters = form.filters()
    viewer, after = me(), request.args.get("after")
    own = matching.cards_to_match(viewer) if viewer else []
    by = chosen_card(own, form)
    if viewer is not None and by is not None and form.best_first:
        found = matching.matches(viewer, by, filters, after)
    else:
        found = listing.active(viewer, filters, after)
    return pages.render(
        "cards/list.html",
        "results" if after else "browse",
        form=form,
        cards=found,
        own_cards=own,
        by=by if form.best_first else None,
        # Places are found among those of runs and towns, and who looks by a card looks by one of theirs.
        filters_follow=None if form.near.data or form.best_first else form.address,
    )


def chosen_card(own: Sequence[Card], form: CardFilters) -> Card | None:
    """The card of one's own by which one looks: the one that was named, else the newest."""
    named = (card for card in own if card.id == form.card.data)
    return next(named, own[0] if own else None)
