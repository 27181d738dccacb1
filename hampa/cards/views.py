"""Pages of cards, interests and companions."""

import uuid
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from hampa.cards import actions
from hampa.cards.forms import PICTURE_MEGABYTES, CardFilters, CardForm, DecisionForm, InterestForm
from hampa.cards.models import MOST_CARDS, Card, Interest
from hampa.cards.queries import cards, interests, listing, matching, together, veiling
from hampa.people.models import Person
from hampa.people.queries import home_town
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.db import db
from hampa.platform.errors import Conflict, NotFound
from hampa.platform.live import register_topic
from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.web import intents, pages, slots, tiles, uploads
from hampa.platform.web.answering import confirm_answer
from hampa.platform.web.attempts import attempt
from hampa.platform.web.intents import Intent, IntentWords
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import asks_first, presses, public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

blueprint = Blueprint("cards", __name__)

register_topic("online", interests.may_see_online, "people:read")


def interests_waiting(person: Person, **_values: Any) -> AnswerKind:
    """Return the interests in the person's cards."""
    waiting = interests.interests_waiting_for(person)
    return AnswerKind("interest", "cards/answer.html", waiting, interests.may_have_interests(person))


slots.contribute(blueprint, ANSWERS, interests_waiting)


@blueprint.get("/cards")
@public
@cache_for_anonymous(listing.LISTING, query_names=CardFilters.query_names())
def index() -> Response:
    """Show active cards that pass the filters: to those with a card the best matches first, else the newest."""
    form = CardFilters()
    viewer, after = me(), request.args.get("after")
    own_cards = matching.active_cards_of(viewer) if viewer else []
    chosen = (card for card in own_cards if card.id == form.card.data)
    by = None if form.newest_first else next(chosen, own_cards[0] if own_cards else None)
    town = home_town(viewer) if viewer is not None and by is None else None
    filters = form.filters(town)
    nobody_near = False
    if viewer is not None and by is not None:
        page = matching.matches(viewer, by, filters, after)
    else:
        page = listing.active_cards(viewer, filters, after)
        if nobody_near := form.town is not None and not page.items:
            page = listing.active_cards(viewer, replace(filters, near=None), after, around=filters.near)
    page = veiling.veiled_page(viewer, page, filters)
    return pages.render(
        "cards/list.html",
        "results" if after else "browse",
        form=form,
        cards=page,
        own_cards=own_cards,
        by=by,
        nobody_near=nobody_near,
        filters_follow=(form.address, form.town, by.id if by and form.card.data else by is None, viewer is None),
    )


@blueprint.route("/cards/new", methods=["GET", "POST"])
@signed_in
@asks_first("name", "gender")
@uploads.takes_files(PICTURE_MEGABYTES + 1)
def new() -> Response:
    """Create a card."""
    form = CardForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Your card is published. People who match can find you now.")):
            card_id = form.once(me(), lambda: _create(form).id)
        if not form.errors:
            return pages.redirect(url_for("cards.show", card_id=card_id))
    return _form_page(form)


@blueprint.get("/cards/<uuid:card_id>")
@public
def show(card_id: uuid.UUID) -> Response:
    """Show a card as far as the viewer may see it."""
    viewer = me()
    card = cards.card_for(viewer, card_id)
    if veiling.is_veiled(viewer, card):
        return pages.render("cards/veiled.html", card=card)
    is_own = viewer is not None and viewer.id == card.owner_id
    are_companions = viewer is not None and not is_own and interests.are_companions(viewer.id, card.owner_id)
    return pages.render(
        "cards/show.html",
        card=card,
        owner=cards.owner_summary(viewer, card),
        page_opens=not is_own and cards.can_open_owner_page(viewer, card, companions=are_companions),
        is_own=is_own,
        picture=cards.picture_of(card),
        unseen=cards.pending_picture(card.id) if is_own else None,
        pin=(card.latitude, card.longitude) if is_own else card.shown_pin,
        phone=cards.visible_phone(viewer, card),
        pending=interests.pending_interest(viewer.id, card.id) if viewer and not is_own else None,
        reason=interests.refusal_reason(viewer, card) if viewer and not is_own else "",
        sign_in=None if viewer else intents.sign_in_path("card_interest", card_id),
        companions=are_companions,
        for_women=viewer is not None and interests.asks_gender(viewer, card),
    )


@blueprint.route("/cards/<uuid:card_id>/edit", methods=["GET", "POST"])
@signed_in
@asks_first("gender")
@uploads.takes_files(PICTURE_MEGABYTES + 1)
def edit(card_id: uuid.UUID) -> Response:
    """Change a card, or let it rest."""
    card = cards.own_card(me(), card_id)
    form = CardForm(obj=card)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_card(me(), card, **form.fields())
            _save_picture(card, form)
        if not form.errors:
            return pages.redirect(url_for("cards.show", card_id=card_id))
    return _form_page(form, card_id)


@blueprint.route("/cards/<uuid:card_id>/delete", methods=["GET", "POST"])
@signed_in
def delete(card_id: uuid.UUID) -> Response:
    """Ask for confirmation, then delete a card."""
    card = cards.own_card(me(), card_id)
    if request.method != "POST":
        return pages.render("cards/delete.html", card=card, waiting=interests.count_pending_in(card))
    notified = actions.delete_card(me(), card)
    db.session.commit()
    words = _("Your card is deleted.")
    if notified:
        words += " " + ngettext(
            "%(num)d person who waited for an answer was told.",
            "%(num)d people who waited for an answer were told.",
            notified,
        )
    flash(words)
    return pages.redirect(url_for("cards.mine"))


@blueprint.get("/me/cards")
@signed_in
def mine() -> Response:
    """Show the person's own cards, interests received and sent, and companions."""
    person = me()
    received = interests.received(person, request.args.get("received"))
    companions = interests.companions_of(person, request.args.get("companions"))
    return pages.render(
        "cards/mine.html",
        cards=listing.cards_of(person, person.id),
        most=MOST_CARDS,
        received=received,
        askers=together.with_cards_of_askers(received.items),
        sent=interests.sent(person, request.args.get("sent")),
        companions=companions,
        online=interests.online_companions(person, companions.items),
    )


@blueprint.get("/cards/<uuid:card_id>/pictures/<uuid:picture_id>/<int:width>.webp")
@public
def picture_file(card_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """Send the picture of a card in one of its widths."""
    card = cards.card_for(me(), card_id)
    if veiling.is_veiled(me(), card):
        raise NotFound
    name = cards.picture_file(card, picture_id, width)
    return uploads.send(name, "image/webp", keep=uploads.PICTURE_CACHE)


@blueprint.get("/cards/<uuid:card_id>/share.png")
@public
def share_picture(card_id: uuid.UUID) -> Response:
    """Send the poster of a card in the reader's language; until the worker has drawn it, that of the site."""
    card = cards.card_for(me(), card_id)
    if veiling.is_veiled(me(), card):
        return uploads.send_share_picture(None)
    name = actions.posters.file_of(card, i18n.get_locale_code())
    if actions.posters.request(card, i18n.get_locale_code()):
        db.session.commit()
    return uploads.send_share_picture(name)


@blueprint.get("/cards/<uuid:card_id>/qr.svg")
@public
def qr_code(card_id: uuid.UUID) -> Response:
    """Send the address of a card as a QR code."""
    return uploads.send_qr_code(canonical(url_for("cards.show", card_id=cards.card_for(me(), card_id).id)))


@blueprint.route("/cards/<uuid:card_id>/interest", methods=["GET", "POST"])
@signed_in
@presses(lambda card_id: f"card_interest{intents.SEPARATOR}{card_id}")
@asks_first("name", "gender")
def interest(card_id: uuid.UUID) -> Response:
    """Send an interest in a card, with an optional message."""
    card = cards.card_for(me(), card_id)
    if veiling.is_veiled(me(), card):
        return pages.redirect(url_for("cards.show", card_id=card_id))
    form = InterestForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Sent. You'll hear from us when there's an answer.")):
            form.once(me(), lambda: actions.show_interest(me(), card, form.line.data).id)
        if not form.errors:
            return pages.redirect(url_for("cards.show", card_id=card_id))
        card = cards.card_for(me(), card_id)
    reason = interests.refusal_reason(me(), card)
    for_women = interests.asks_gender(me(), card)
    context = {"card": card, "form": form, "reason": "" if for_women else reason, "for_women": for_women}
    return pages.render("cards/interest.html", "ask", status=form.http_status, **context)


@blueprint.get("/interests/<uuid:interest_id>")
@signed_in
def show_interest(interest_id: uuid.UUID) -> Response:
    """Show an interest that the person sent or received, and what they can do about it."""
    if interests.was_taken_back_from(me(), interest_id):
        flash(_("This request was taken back."))
        return pages.redirect(url_for("cards.mine"))
    interest = interests.interest_for(me(), interest_id)
    return _interest_page(interest, DecisionForm(), interests.companion_phone(me(), interest))


@blueprint.post("/interests/<uuid:interest_id>")
@signed_in
@asks_first("name")
def decide(interest_id: uuid.UUID) -> Response:
    """Accept, decline or withdraw an interest, or take a decline back."""
    if interests.was_taken_back_from(me(), interest_id):
        raise Conflict(actions.ANSWERED)
    interest = interests.interest_for(me(), interest_id)
    form = DecisionForm()
    if not form.validate():
        return _interest_page(interest, form, None)
    decision = form.decision.data
    actions.decide(me(), interest_id, decision)
    db.session.commit()
    words = {
        "accept": _("You are companions now. Make a plan to run!"),
        "decline": _("Declined. We won't remind them of it."),
        "withdraw": _("Taken back."),
        "reopen": _("It waits for your answer again."),
    }
    if decision in ("accept", "reopen"):
        flash(words[decision])
        return pages.redirect(url_for("cards.show_interest", interest_id=interest_id))
    undo = (
        {"label": _("Undo"), "action": request.path, "fields": {"decision": "reopen"}} if decision == "decline" else {}
    )
    return confirm_answer(words[decision], url_for("cards.mine"), **undo)


@blueprint.route("/me/companions/<uuid:person_id>/end", methods=["GET", "POST"])
@signed_in
def end_companionship(person_id: uuid.UUID) -> Response:
    """Ask for confirmation, then end a companionship without notifying the other person."""
    other = interests.companion_for(me(), person_id)
    if request.method != "POST":
        return pages.render("cards/part.html", other=other)
    actions.end_companionship(me(), person_id)
    db.session.commit()
    flash(_("You two are no longer companions. Nobody was told."))
    return pages.redirect(url_for("cards.mine"))


def _describe_interest(viewer: Person | None, card_id: uuid.UUID) -> IntentWords:
    card = cards.card_for(viewer, card_id)
    if veiling.is_veiled(viewer, card):
        raise NotFound
    details = [card.owner.name, card.place]
    return IntentWords(_("To ask whether you run together"), _("Run together"), card.title, details)


def _perform_interest(person: Person, card_id: uuid.UUID) -> str:
    """Send the interest of somebody who has just signed in; ask on its page for a name, or whether they are a woman."""
    card = cards.card_for(person, card_id)
    if person.is_new or interests.asks_gender(person, card):
        return url_for("cards.interest", card_id=card_id)
    actions.show_interest(person, card)
    flash(_("Sent. You'll hear from us when there's an answer."))
    return url_for("cards.show", card_id=card_id)


intents.register(
    Intent(
        "card_interest", _describe_interest, _perform_interest, lambda card_id: url_for("cards.show", card_id=card_id)
    )
)


def _create(form: CardForm) -> Card:
    card = actions.create_card(me(), **form.fields())
    _save_picture(card, form)
    return card


def _save_picture(card: Card, form: CardForm) -> None:
    if form.image.data:
        actions.add_picture(card, form.image.data[0].stream)
    elif form.image_remove.data:
        actions.remove_pictures(card)


def _form_page(form: CardForm, card_id: uuid.UUID | None = None) -> Response:
    unseen = cards.pending_picture(card_id) if card_id else None
    start = tiles.start_of(form.place.data or "", me().city, me().timezone)
    answer = pages.render(
        "cards/form.html", "form", status=form.http_status, form=form, card_id=card_id, unseen=unseen, map_start=start
    )
    return tiles.allow_tiles(answer)


def _interest_page(interest: Interest, form: DecisionForm, phone: str | None) -> Response:
    is_sender = interest.sender_id == me().id
    other = interest.owner if is_sender else interest.sender
    asks_me = interest.is_pending and not is_sender
    suits = together.run_for_two(me(), other.id) if interest.is_accepted else None
    return pages.render(
        "cards/one_interest.html",
        "whole",
        status=form.http_status,
        interest=interest,
        asker=together.with_cards_of_askers([interest])[0] if asks_me else None,
        suits=suits,
        dates=suits.dates_after(dates.today()) if suits else (),
        known=other.state == "active",
        form=form,
        phone=phone,
        outcome=interests.outcome_of(interest),
    )
