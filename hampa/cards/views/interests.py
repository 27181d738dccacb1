"""Asking to run together, and answering."""

from __future__ import annotations

import uuid

from flask import Response, flash, url_for

from hampa.cards.actions import interests as actions
from hampa.cards.forms.interests import DecisionForm, InterestForm
from hampa.cards.queries import cards, interests
from hampa.cards.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.route("/cards/<uuid:card_id>/interest", methods=["GET", "POST"])
@signed_in
def interest(card_id: uuid.UUID) -> Response:
    """Say "let us run together" to the owner of a card, with a line if one likes."""
    card = cards.card_for(me(), card_id)
    form = InterestForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Sent. You hear from us when there is an answer.")):
            actions.show_interest(me(), card, form.line.data)
        if not form.errors:
            return pages.redirect(url_for("cards.show", card_id=card_id))
        card = cards.card_for(me(), card_id)
    reason = interests.why_not(me(), card)
    return pages.render("cards/interest.html", "ask", status=form.http_status, card=card, form=form, reason=reason)


@blueprint.get("/interests/<uuid:interest_id>")
@signed_in
def show_interest(interest_id: uuid.UUID) -> Response:
    """An interest that one sent or received, and what can be done about it."""
    found = interests.interest_for(me(), interest_id)
    return pages.render(
        "cards/one_interest.html",
        "whole",
        interest=found,
        form=DecisionForm(),
        phone=interests.phone_of_companion(me(), found),
        outcome=interests.outcome_of(found),
    )


@blueprint.post("/interests/<uuid:interest_id>")
@signed_in
def decide(interest_id: uuid.UUID) -> Response:
    """Accept, decline, or take back."""
    found = interests.interest_for(me(), interest_id)
    form = DecisionForm()
    if not form.validate():
        outcome = interests.outcome_of(found)
        return pages.invalid("cards/one_interest.html", "whole", interest=found, form=form, phone=None, outcome=outcome)
    decided = actions.decide(me(), interest_id, form.decision.data)
    db.session.commit()
    words = {
        "accept": _("You are companions now. Make a plan to run!"),
        "decline": _("Declined. They are not reminded of it."),
        "withdraw": _("Taken back."),
    }
    flash(words[form.decision.data])
    if form.decision.data == "accept":
        return pages.redirect(url_for("cards.show_interest", interest_id=decided.id))
    return pages.redirect(url_for("cards.mine"))
