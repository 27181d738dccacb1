"""Who sees what about me: choosing it, and looking at it as others do."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from hampa.cards.actions import search_index as cards
from hampa.people.actions import change_privacy
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.profile.forms import PrivacyForm
from hampa.profile.queries.privacy import LOOKERS, sight_of
from hampa.profile.views.blueprint import blueprint
from hampa.runs.actions import snapshots as runs


@blueprint.route("/me/privacy", methods=["GET", "POST"])
@signed_in
def privacy() -> Response:
    """Choose who sees what; below, see it as a visitor, a stranger, a companion or an organiser (`?as=`)."""
    person = me()
    form = PrivacyForm(obj=person)
    if form.validate_on_submit():
        change_privacy(
            person,
            profile_visibility=form.profile_visibility.data,
            message_visibility=form.message_visibility.data,
            shows_past_runs=form.shows_past_runs.data,
        )
        for listing in (cards, runs):  # pages that visitors see again and again show whom they may see
            listing.touch_listing()
        db.session.commit()
        flash(_("Saved."))
        return pages.redirect(url_for("profile.privacy"))
    asked = request.args.get("as", "")
    looker = asked if asked in LOOKERS else "stranger"
    return pages.render(
        "profile/privacy.html",
        "form" if request.method == "POST" else "seen",
        status=form.http_status,
        form=form,
        looker=looker,
        sight=sight_of(person, looker),
    )
