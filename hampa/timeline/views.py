"""The timeline of a person."""

import uuid

from flask import Blueprint, Response, request

from hampa.people.queries import person_for
from hampa.platform.web import pages, slots
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.timeline import queries
from hampa.timeline.forms import chosen_kind, kind_words

blueprint = Blueprint("timeline", __name__)
slots.share(blueprint, timeline_kinds=kind_words)


@blueprint.get("/people/<uuid:person_id>/timeline")
@signed_in
def of_person(person_id: uuid.UUID) -> Response:
    """Show what a person did, as far as the viewer sees it, the latest first."""
    whose = person_for(me(), person_id)
    kind = chosen_kind(request.args.get("kind"))
    page = queries.timeline(me(), person_id=whose.id, kind=kind, after=request.args.get("after"))
    return pages.render("timeline/of_person.html", whose=whose, page=page, kind=kind)
