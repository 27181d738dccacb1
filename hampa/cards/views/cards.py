"""Pages of a card: looking at it, putting up one's own, changing and deleting it."""

from __future__ import annotations

import uuid

from flask import Response, flash, request, url_for

from hampa.cards.actions import cards as actions
from hampa.cards.actions.pictures import give_picture, remove_pictures
from hampa.cards.forms.card import MEGABYTES, CardForm
from hampa.cards.models.card import MOST_CARDS, Card
from hampa.cards.queries import cards, companions, interests, listing, pictures
from hampa.cards.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.web import pages, tiles
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files


@blueprint.route("/cards/new", methods=["GET", "POST"])
@signed_in
@takes_files(MEGABYTES + 1)
def new() -> Response:
    """Make a card."""
    form = CardForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Your card is up. Whoever fits can find you now.")):
            card = actions.make_card(me(), **form.fields())
            enclose(card, form)
        if not form.errors:
            return pages.redirect(url_for("cards.show", card_id=card.id))
    return _form_page(form)


@blueprint.get("/cards/<uuid:card_id>")
@public
def show(card_id: uuid.UUID) -> Response:
    """One card, as far as it shows itself to who looks."""
    viewer = me()
    card = cards.card_for(viewer, card_id)
    own = viewer is not None and viewer.id == card.owner_id
    together = viewer is not None and not own and companions.are_companions(viewer.id, card.owner_id)
    return pages.render(
        "cards/show.html",
        card=card,
        owner=cards.owner_seen_by(viewer, card),
        page_opens=not own and cards.owner_page_opens(viewer, card, companions=together),
        own=own,
        picture=pictures.picture_of(card),
        unseen=pictures.unseen_picture(card.id) if own else None,
        pin=(card.latitude, card.longitude) if own else card.shown_pin,
        phone=cards.phone_shown(viewer, card),
        pending=interests.pending_between(viewer.id, card.id) if viewer and not own else None,
        reason=interests.why_not(viewer, card) if viewer and not own else "",
        companions=together,
    )


@blueprint.route("/cards/<uuid:card_id>/edit", methods=["GET", "POST"])
@signed_in
@takes_files(MEGABYTES + 1)
def edit(card_id: uuid.UUID) -> Response:
    """Change one's own card, or let it rest."""
    card = cards.card_of(me(), card_id)
    form = CardForm(obj=card)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_card(me(), card, **form.fields())
            enclose(card, form)
        if not form.errors:
            return pages.redirect(url_for("cards.show", card_id=card_id))
    return _form_page(form, card_id)


@blueprint.route("/cards/<uuid:card_id>/delete", methods=["GET", "POST"])
@signed_in
def delete(card_id: uuid.UUID) -> Response:
    """Ask whether to delete one's own card; then do."""
    card = cards.card_of(me(), card_id)
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
    return pages.render("cards/delete.html", card=card, waiting=interests.waiting_for(card))


@blueprint.get("/me/cards")
@signed_in
def mine() -> Response:
    """One's own cards, who asks, whom one asked, and one's companions."""
    person = me()
    return pages.render(
        "cards/mine.html",
        cards=listing.of_owner(person, person.id),
        most=MOST_CARDS,
        received=interests.received(person, request.args.get("received")),
        sent=interests.sent(person, request.args.get("sent")),
        companions=companions.companions_of(person, request.args.get("companions")),
    )


def enclose(card: Card, form: CardForm) -> None:
    """Let the card have the picture that came with its form."""
    if form.image.data:
        give_picture(card, form.image.data[0].stream)
    elif form.image_remove.data:
        remove_pictures(card)


def _form_page(form: CardForm, card_id: uuid.UUID | None = None) -> Response:
    unseen = pictures.unseen_picture(card_id) if card_id else None
    start = tiles.start_of(form.place.data or "", me().city, me().timezone)
    answer = pages.render(
        "cards/form.html", "form", status=form.http_status, form=form, card_id=card_id, unseen=unseen, map_start=start
    )
    return tiles.let_in(answer)
