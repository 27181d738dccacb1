"""What others see of somebody's training: the part of their page, and the list; and choosing who sees it."""

import uuid
from typing import Any

from flask import Response, request, url_for

from hampa.people.queries import person_for
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.actions.choices import choose_circles
from hampa.training.forms.activities import CirclesForm
from hampa.training.queries.activities import activities_shown
from hampa.training.queries.visibility import choices_of
from hampa.training.views.blueprint import blueprint

LATEST_SHOWN = 3


def on_person(person_id: uuid.UUID) -> dict[str, Any] | None:
    """Return the latest activities of a person for their page; nothing for visitors, and if none is seen."""
    viewer = me()
    if viewer is None:
        return None
    page = activities_shown(viewer, person_id, size=LATEST_SHOWN)
    return {"activities": page.values, "has_more": page.next is not None} if page.items else None


slots.fill(blueprint, "person.training", "training/on_person.html", on_person)


@blueprint.get("/people/<uuid:person_id>/activities")
@signed_in
def activities_of_person(person_id: uuid.UUID) -> Response:
    """List the activities of a person that the viewer sees, the latest first."""
    whose = person_for(me(), person_id)
    page = activities_shown(me(), whose.id, request.args.get("after"))
    return pages.render("training/of_person.html", whose=whose, page=page)


@blueprint.route("/me/training/visibility", methods=["GET", "POST"])
@signed_in
def circles() -> Response:
    """Choose who sees one's activities, their lines and one's pulse."""
    form = CirclesForm(**choices_of(me().id))
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            choose_circles(me(), form.circles, so_far=form.so_far.data)
        if not form.errors:
            return pages.redirect(url_for("training.overview"))
    return pages.render("training/circles.html", status=form.http_status, form=form)
