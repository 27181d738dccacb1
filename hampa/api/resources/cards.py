"""Runner cards."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import request
from pydantic import Field
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from hampa.api.shapes import Summary, summary_as_data
from hampa.cards import actions, forms
from hampa.cards.models import (
    ACCEPTED,
    CARD_STATES,
    COMPANIES,
    DAYS,
    LEVELS,
    PENDING,
    PHONE_VISIBILITIES,
    TIMES_OF_DAY,
    Card,
)
from hampa.cards.queries import cards, interests, listing, matching, veiling
from hampa.cards.queries.listing import ListedCard
from hampa.platform.api.answers import Created, kept
from hampa.platform.api.forms import valid_filters, valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, CountedPaging, OneOf, with_total
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.subscriptions.models import PLANS

resource = Resource("cards", _l("Runner cards"))

Day = Annotated[str, OneOf(*DAYS)]
Time = Annotated[str, OneOf(*TIMES_OF_DAY)]
Level = Annotated[str, OneOf(*LEVELS)]
Company = Annotated[str, OneOf(*COMPANIES)]
State = Annotated[str, OneOf(*CARD_STATES)]
PhoneVisibility = Annotated[str, OneOf(*PHONE_VISIBILITIES)]
Seconds = Annotated[int, Field(ge=1, le=359_999)]
Pace = Annotated[int, Field(ge=forms.QUICKEST, le=forms.SLOWEST, description="Seconds a kilometre.")]


class ListedCardData(TypedDict):
    """A card in a list; of one that is `veiled`, a plan hides the title and the owner."""

    id: uuid.UUID
    title: str
    place: str
    days: list[Day]
    time_of_day: Time
    distance_km: float
    pace: int
    level: Level
    company: Company
    state: State
    created_at: datetime
    updated_at: datetime
    version: int
    owner: Summary | None
    veiled: bool
    is_own: bool
    interest_status: Annotated[str, OneOf(PENDING, ACCEPTED)] | None
    can_ask: bool
    match: int | None
    away_km: int | None


class CardData(TypedDict):
    """A card; the pin is exact for its owner, and within half a kilometre for others."""

    id: uuid.UUID
    title: str
    description: str
    place: str
    latitude: float | None
    longitude: float | None
    days: list[Day]
    time_of_day: Time
    distance_km: float
    pace: int
    level: Level
    aim: str
    best_5k: int | None
    best_10k: int | None
    best_half: int | None
    best_marathon: int | None
    phone_visibility: PhoneVisibility | None
    company: Company
    state: State
    owner: Summary
    is_own: bool
    phone: str | None
    refusal: str | None
    picture: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class CardFields(Body):
    """What can be said of a card. Best times are in seconds."""

    description: str = Field("", max_length=1000)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    aim: str = Field("", max_length=80)
    best_5k: Seconds | None = None
    best_10k: Seconds | None = None
    best_half: Seconds | None = None
    best_marathon: Seconds | None = None
    phone_visibility: PhoneVisibility = "hidden"
    company: Company = "anyone"
    state: State = "active"


class CardBody(CardFields):
    """A new card."""

    title: str = Field(min_length=3, max_length=80)
    place: str = Field(min_length=2, max_length=80)
    days: list[Day] = Field(min_length=1, max_length=7)
    time_of_day: Time
    distance_km: float = Field(ge=1, le=200)
    pace: Pace
    level: Level


class CardChanges(CardFields):
    """What is to change in a card."""

    title: str = Field("", min_length=3, max_length=80)
    place: str = Field("", min_length=2, max_length=80)
    days: list[Day] = Field([], min_length=1, max_length=7)
    time_of_day: Time = "morning"
    distance_km: float = Field(5, ge=1, le=200)
    pace: Pace = 360
    level: Level = "regular"


class CardQuery(CountedPaging):
    """The filters of the list of cards."""

    q: str = Field("", max_length=80, description="Words of the card, or of its owner's name.")
    near: str = Field("", max_length=80, description="A town, or a point as latitude,longitude.")
    radius_km: int | None = Field(None, ge=1, le=200)
    day: Day | None = None
    time_of_day: Time | None = None
    level: Level | None = None
    company: Company | None = None
    pace: str = Field("", max_length=20, description="Minutes and seconds a kilometre, such as 5:30.")
    pace_by: Annotated[str, OneOf(*forms.PACE_TOLERANCES)] | None = Field(
        None, description="How many seconds a pace may differ."
    )
    card: uuid.UUID | None = Field(
        None, description="A card of yours: those that go best with it come first, uncounted."
    )


@resource.get("/cards", public=True, versions=(listing.LISTING, PLANS))
def list_cards(query: CardQuery) -> Page[ListedCardData]:
    """List the active cards of others: the newest first, or with `card` those that match it best."""
    wanted, viewer = valid_filters(forms.CardFilters), me()
    if query.card is not None:
        own = (
            next((card for card in matching.active_cards_of(viewer) if card.id == query.card), None) if viewer else None
        )
        if own is None:
            raise Refused(_("Choose one of your own cards."), "card")
        matched = matching.matches(viewer, own, wanted, query.after, query.limit)
        return veiling.veiled_page(viewer, matched, wanted).of_rows(listed_card_as_data)
    page = veiling.veiled_page(viewer, listing.active_cards(viewer, wanted, query.after, query.limit), wanted)
    return with_total(page.of_rows(_kept_card), query, lambda: listing.count_active(viewer, wanted))


@resource.get("/me/cards")
def list_my_cards() -> list[ListedCardData]:
    """List your own cards, resting ones too."""
    return [listed_card_as_data(card) for card in listing.cards_of(me(), me().id)]


@resource.post("/cards", needs_name=True)
def publish_card(body: CardBody) -> Created[CardData]:
    """Publish a card."""
    form = valid_form(forms.CardForm, body)
    card = actions.create_card(me(), **form.fields())
    return Created(_card(cards.card_for(me(), card.id)), f"/cards/{card.id}")


@resource.get("/cards/<uuid:card_id>", public=True, statuses=(403,))
def read_card(card_id: uuid.UUID) -> CardData:
    """Return a card, as far as you may see it; one that your plan only lists is 403."""
    card = cards.card_for(me(), card_id)
    if veiling.is_veiled(me(), card):
        raise Forbidden(_("Your plan does not show this card in full."))
    return _card(card)


@resource.patch("/cards/<uuid:card_id>", locks=Card)
def change_card(card_id: uuid.UUID, body: CardChanges) -> CardData:
    """Change a card of yours: the fields that are sent. A `resting` card is in no list."""
    card = cards.own_card(me(), card_id)
    form = valid_form(forms.CardForm, body, obj=card)
    actions.change_card(me(), card, **form.fields())
    db.session.flush()
    return _card(card)


@resource.delete("/cards/<uuid:card_id>", locks=Card)
def delete_card(card_id: uuid.UUID) -> None:
    """Delete a card of yours; who waits for an answer is told."""
    actions.delete_card(me(), cards.own_card(me(), card_id))


@resource.post("/cards/<uuid:card_id>/picture", takes_file="image", megabytes=forms.PICTURE_MEGABYTES + 1)
def give_card_picture(card_id: uuid.UUID, image: FileStorage) -> CardData:
    """Upload the picture of a card of yours; it is shown when it is prepared."""
    card = cards.own_card(me(), card_id)
    form = valid_form(forms.CardForm, {}, request.files, obj=card)
    actions.add_picture(card, form.image.data[0].stream)
    return _card(card)


@resource.delete("/cards/<uuid:card_id>/picture")
def remove_card_picture(card_id: uuid.UUID) -> None:
    """Remove the picture of a card of yours."""
    actions.remove_pictures(cards.own_card(me(), card_id))


def listed_card_as_data(card: ListedCard) -> ListedCardData:
    """Return a card of a list as data."""
    return {
        "id": card.id,
        "title": card.title,
        "place": card.place,
        "days": list(card.days),
        "time_of_day": card.time_of_day,
        "distance_km": float(card.distance_km),
        "pace": card.pace,
        "level": card.level,
        "company": card.company,
        "state": card.state,
        "created_at": card.created_at,
        "updated_at": card.updated_at,
        "version": card.version,
        "owner": None if card.veiled else summary_as_data(card.owner),
        "veiled": card.veiled,
        "is_own": card.is_own,
        "interest_status": card.interest_status,
        "can_ask": card.can_ask,
        "match": card.match.score if card.match else None,
        "away_km": card.away_km,
    }


_kept_card = kept(listed_card_as_data)


def _card(card: Card) -> CardData:
    viewer = me()
    is_own = viewer is not None and viewer.id == card.owner_id
    pin = (card.latitude, card.longitude) if is_own else card.shown_pin or (None, None)
    picture = cards.picture_of(card)
    return {
        "id": card.id,
        "title": card.title,
        "description": card.description,
        "place": card.place,
        "latitude": pin[0],
        "longitude": pin[1],
        "days": card.days,
        "time_of_day": card.time_of_day,
        "distance_km": float(card.distance_km),
        "pace": card.pace,
        "level": card.level,
        "aim": card.aim,
        "best_5k": card.best_5k,
        "best_10k": card.best_10k,
        "best_half": card.best_half,
        "best_marathon": card.best_marathon,
        "phone_visibility": card.phone_visibility if is_own else None,
        "company": card.company,
        "state": card.state,
        "owner": summary_as_data(cards.owner_summary(viewer, card)),
        "is_own": is_own,
        "phone": cards.visible_phone(viewer, card),
        "refusal": (interests.refusal_reason(viewer, card) or None) if viewer and not is_own else None,
        "picture": f"/cards/{card.id}/pictures/{picture.id}/{picture.widths[0]}.webp"
        if picture and picture.widths
        else None,
        "created_at": card.created_at,
        "updated_at": card.updated_at,
        "version": card.version,
    }
