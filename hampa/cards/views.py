"""Pages of cards and interests."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, request, url_for

from hampa.cards import actions, queries
from hampa.cards.forms import CardFilters, CardForm, DecisionForm, InterestForm
from hampa.cards.models import MOST_CARDS
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _, ngettext
from hampa.platform.web import pages
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("cards", __name__)


@blueprint.get("/cards")
@public
def index() -> Response:
    """Active cards, filtered, the newest first."""
    form = CardFilters()
    chosen = form.chosen()
    found = queries.active(me(), queries.Filters(**chosen), request.args.get("after"))
    return pages.render("cards/list.html", "results", form=form, cards=found, filtered=bool(chosen))


@blueprint.route("/cards/new", methods=["GET", "POST"])
@signed_in
def new() -> Response:
    """Make a card."""
    form = CardForm()
    if form.validate_on_submit():
        try:
            card = actions.make_card(me(), **form.fields())
            db.session.commit()
            flash(_("Your card is up. Whoever fits can find you now."))
            return pages.redirect(url_for("cards.show", card_id=card.id))
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return _form_page(form)


@blueprint.get("/cards/<uuid:card_id>")
@public
def show(card_id: uuid.UUID) -> Response:
    """One card, as far as it shows itself to who looks."""
    viewer = me()
    card = queries.card_for(viewer, card_id)
    own = viewer is not None and viewer.id == card.owner_id
    return pages.render(
        "cards/show.html",
        card=card,
        own=own,
        pin=(card.latitude, card.longitude) if own else card.shown_pin,
        phone=queries.phone_shown(viewer, card),
        pending=queries.pending_between(viewer.id, card.id) if viewer and not own else None,
        reason=queries.why_not(viewer, card) if viewer and not own else "",
        companions=bool(viewer) and not own and queries.are_companions(viewer.id, card.owner_id),
    )


@blueprint.route("/cards/<uuid:card_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(card_id: uuid.UUID) -> Response:
    """Change one's own card, or let it rest."""
    card = queries.card_of(me(), card_id)
    form = CardForm(obj=card)
    if form.validate_on_submit():
        try:
            actions.change_card(me(), card, **form.fields())
            db.session.commit()
            flash(_("Saved."))
            return pages.redirect(url_for("cards.show", card_id=card.id))
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return _form_page(form, card_id)


@blueprint.route("/cards/<uuid:card_id>/delete", methods=["GET", "POST"])
@signed_in
def delete(card_id: uuid.UUID) -> Response:
    """Ask whether to delete one's own card; then do."""
    card = queries.card_of(me(), card_id)
    if request.method == "POST":
        told = actions.delete_card(me(), card)
        db.session.commit()
        words = _("Your card is deleted.")
        if told:
            words += " " + ngettext(
                "%(num)d person who waited for an answer was told.",
                "%(num)d people who waited for an answer were told.",
                told,
            )
        flash(words)
        return pages.redirect(url_for("cards.mine"))
    return pages.render("cards/delete.html", card=card, waiting=queries.waiting_for(card))


@blueprint.route("/cards/<uuid:card_id>/interest", methods=["GET", "POST"])
@signed_in
def interest(card_id: uuid.UUID) -> Response:
    """Say "let us run together" to the owner of a card, with a line if one likes."""
    card = queries.card_for(me(), card_id)
    form = InterestForm()
    if form.validate_on_submit():
        try:
            actions.show_interest(me(), card, form.line.data)
            db.session.commit()
            flash(_("Sent. You hear from us when there is an answer."))
            return pages.redirect(url_for("cards.show", card_id=card_id))
        except Refused as refusal:
            db.session.rollback()
            card = queries.card_for(me(), card_id)
            form.refuse(refusal)
    status = 422 if form.errors else 200
    reason = queries.why_not(me(), card)
    return pages.render("cards/interest.html", "ask", status=status, card=card, form=form, reason=reason)


@blueprint.get("/interests/<uuid:interest_id>")
@signed_in
def show_interest(interest_id: uuid.UUID) -> Response:
    """An interest that one sent or received, and what can be done about it."""
    found = queries.interest_for(me(), interest_id)
    return pages.render(
        "cards/one_interest.html",
        "whole",
        interest=found,
        form=DecisionForm(),
        phone=queries.phone_of_companion(me(), found),
    )


@blueprint.post("/interests/<uuid:interest_id>")
@signed_in
def decide(interest_id: uuid.UUID) -> Response:
    """Accept, decline, or take back."""
    found = queries.interest_for(me(), interest_id)
    form = DecisionForm()
    if not form.validate():
        return pages.invalid("cards/one_interest.html", "whole", interest=found, form=form, phone=None)
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


@blueprint.get("/me/cards")
@signed_in
def mine() -> Response:
    """One's own cards, who asks, whom one asked, and one's companions."""
    person = me()
    return pages.render(
        "cards/mine.html",
        cards=queries.of_owner(person, person.id),
        most=MOST_CARDS,
        received=queries.received(person, request.args.get("received")),
        sent=queries.sent(person, request.args.get("sent")),
        companions=queries.companions_of(person, request.args.get("companions")),
    )


def _form_page(form: CardForm, card_id: uuid.UUID | None = None) -> Response:
    status = 422 if form.errors else 200
    return pages.render("cards/form.html", "form", status=status, form=form, card_id=card_id)
