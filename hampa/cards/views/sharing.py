"""The picture of a card, its share poster and its address as a QR code."""

from __future__ import annotations

import uuid

from flask import Response, url_for

from hampa.cards.actions.sharing import posters
from hampa.cards.queries import cards, pictures
from hampa.cards.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.web import sharing, uploads
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical


@blueprint.get("/cards/<uuid:card_id>/pictures/<uuid:picture_id>/<int:width>.webp")
@public
def picture_file(card_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """The picture of a card in one of its widths."""
    name = pictures.picture_file(cards.card_for(me(), card_id), picture_id, width)
    return uploads.send(name, "image/webp", keep=f"private, {uploads.FOREVER}")


@blueprint.get("/cards/<uuid:card_id>/share.png")
@public
def share_picture(card_id: uuid.UUID) -> Response:
    """Send the poster of a card in the reader's language; until the worker has drawn it, that of the site."""
    card = cards.card_for(me(), card_id)
    name = posters.file_of(card, i18n.get_locale_code())
    if posters.request(card, i18n.get_locale_code()):
        db.session.commit()
    return sharing.picture(name)


@blueprint.get("/cards/<uuid:card_id>/qr.svg")
@public
def qr_code(card_id: uuid.UUID) -> Response:
    """The address of a card as a QR code."""
    return sharing.code(canonical(url_for("cards.show", card_id=cards.card_for(me(), card_id).id)))
