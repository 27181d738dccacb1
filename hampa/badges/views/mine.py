"""One's own badges and the next ones; what pages of training and of a person show of badges."""

import uuid
from typing import Any

from flask import Response, url_for

from hampa.badges.actions import badges as actions
from hampa.badges.forms import CircleForm
from hampa.badges.queries import badges as queries
from hampa.badges.queries.elsewhere import brought_by
from hampa.badges.views.blueprint import blueprint
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

ON_A_PAGE = 12


def on_person(profile: Any) -> dict[str, Any] | None:
    """Return the badges of a person that the viewer sees; None for a visitor, and without any."""
    viewer = me()
    if viewer is None:
        return None
    badges = queries.earned_by(viewer, profile.id)
    return {"badges": badges, "shown": ON_A_PAGE} if badges else None


slots.fill(blueprint, "person.badges", "badges/on_person.html", on_person)
slots.fill(blueprint, "training.views", "badges/on_training.html")


@blueprint.get("/me/badges")
@signed_in
def mine() -> Response:
    """Show the viewer's badges, the latest first, and how far the next ones are."""
    return mine_page(None)


def mine_page(refused: CircleForm | None) -> Response:
    """Render the viewer's badges, with the form that was refused if there is one."""
    rows = queries.badges_for(me())
    return pages.render(
        "badges/mine.html",
        status=refused.http_status if refused is not None else 200,
        earned=[row for row in rows if row.earned_on is not None],
        coming=queries.next_of(me(), rows),
        brought=brought_by(me()),
        form=refused or CircleForm(formdata=None, visibility=queries.circle_of(me())),
    )


@blueprint.post("/me/badges/visibility")
@signed_in
def circle() -> Response:
    """Choose who sees the viewer's badges."""
    form = CircleForm()
    if form.validate():
        with attempt(form, done=_("Saved.")):
            actions.choose_circle(me(), form.visibility.data)
    return mine_page(form) if form.errors else pages.redirect(url_for("badges.mine"))


def to_badge(badge_id: uuid.UUID, anchor: str | None = None) -> Response:
    """Redirect to the page of a badge."""
    return pages.redirect(url_for("badges.badge", badge_id=badge_id, _anchor=anchor))
