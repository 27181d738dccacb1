"""A person's page, as far as they show it to who looks."""

from __future__ import annotations

import uuid

from flask import Response, request, url_for

from hampa.platform.web import pages
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.profile.queries import people
from hampa.profile.queries.people import Shown
from hampa.profile.views.blueprint import blueprint


@blueprint.get("/people/<uuid:person_id>")
@public
def person(person_id: uuid.UUID) -> Response:
    """The page by the id."""
    return person_page(people.page_of(me(), person_id, request.args.get("after")))


@blueprint.get("/@<handle>")
@public
def by_handle(handle: str) -> Response:
    """The page by the name that the person chose."""
    return person_page(people.page_of_handle(me(), handle, request.args.get("after")))


def person_page(shown: Shown) -> Response:
    """Both addresses show the same; the one by name, where there is one, is that to pass on."""
    by_name = url_for("profile.by_handle", handle=shown.handle) if shown.handle else None
    known_as = by_name or url_for("profile.person", person_id=shown.id)
    return pages.render("profile/person.html", "past" if shown.past else None, shown=shown, canonical_path=known_as)
