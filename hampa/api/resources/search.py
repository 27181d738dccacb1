"""The search over everything."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import url_for
from pydantic import Field
from typing_extensions import TypedDict

from hampa.platform.api import limits
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.search.queries.finding import find_best, find_of_kind
from hampa.search.queries.providers import LONGEST, Hit, Search, kinds, providers_for

resource = Resource("search", _l("Search"))

Kind = Annotated[str, OneOf(*kinds())]


class SearchQuery(Paging):
    """What is looked for: a few words, each as a word or its beginning; `type` for one kind, in pages."""

    q: str = Field(min_length=1, max_length=LONGEST)
    type: Kind | None = None


class HitData(TypedDict):
    """Something that was found: `title` is its name, `text` where the words may be too, `path` its page on the site."""

    kind: Kind
    id: uuid.UUID
    title: str
    text: str
    detail: str
    at: datetime | None
    path: str


@resource.get("/search", public=True)
def search(query: SearchQuery) -> Page[HitData]:
    """Search people, runs, cards, crews, athletes, plans, files, notes and messages that you may see; without `type`, the best of each."""
    asked = Search.of(query.q)
    limits.count_search(me().id if me() else None)
    if query.type is None:
        return Page([_hit(hit) for group in find_best(me(), asked) for hit in group.hits])
    provider = next((one for one in providers_for(me()) if one.kind == query.type), None)
    if provider is None:
        return Page([])
    return find_of_kind(me(), provider, asked, query.after, query.limit).of_rows(_hit)


def _hit(hit: Hit) -> HitData:
    return {
        "kind": hit.kind,
        "id": hit.id,
        "title": hit.title,
        "text": hit.plain_text,
        "detail": hit.detail,
        "at": hit.moment,
        "path": url_for(hit.endpoint, **hit.values),
    }
