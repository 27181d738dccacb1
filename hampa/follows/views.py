"""Following and no longer following, by buttons on the pages of organisers, series and lists; and what one follows."""

import uuid
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, url_for
from markupsafe import Markup

from hampa.follows import actions, queries
from hampa.follows.forms import NoticesForm, PlaceForm
from hampa.follows.models import Follow, FollowedPlace
from hampa.people.models import Person
from hampa.people.queries import person_for
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale import i18n, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import intents, pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.intents import Intent, IntentWords
from hampa.platform.web.parts import inner_part
from hampa.platform.web.permissions import presses, signed_in
from hampa.platform.web.session import me
from hampa.run_search.forms import RunFilters
from hampa.series.models import Series
from hampa.series.queries import series_for

blueprint = Blueprint("follows", __name__)

PATHS = {"organiser": "people", "series": "series", "place": "places"}
FOLLOWING = _l("Done. We'll tell you about new runs, once a day at most.")


@blueprint.get("/me/following")
@signed_in
def index() -> Response:
    """Show what the person follows, and the runs of which they heard lately."""
    form = NoticesForm(formdata=None, obj=me())
    return pages.render(
        "follows/index.html",
        form=form,
        follows=[(followed, *_shown(followed)) for followed in queries.follows_of(me())],
        runs=queries.told_runs(me()),
        followers=queries.count_followers(me()),
    )


@blueprint.post("/me/following")
@signed_in
def choose_notices() -> Response:
    """Choose whether to hear of new runs."""
    actions.choose_notices(me(), wanted=NoticesForm().new_run_notices.data)
    db.session.commit()
    flash(_("Saved."))
    return pages.redirect(url_for("follows.index"))


@blueprint.post("/me/following/<uuid:follow_id>/stop")
@signed_in
def stop(follow_id: uuid.UUID) -> Response:
    """Stop following something."""
    ended = actions.stop_following(me(), Follow.id == follow_id)
    return _stopped(url_for("follows.index"), ended=ended)


@blueprint.get("/people/<uuid:person_id>/follow")
@signed_in
def ask(person_id: uuid.UUID) -> Response:
    """Ask whether to follow an organiser, whose own page may not be open."""
    if person_id == me().id:
        raise NotFound
    organiser = person_for(me(), person_id)
    button = _button("organiser", person_id, organiser.name)
    return pages.render("follows/ask.html", organiser=organiser, **button)


@blueprint.post("/people/<uuid:person_id>/follow")
@signed_in
@presses(lambda person_id: f"follow_organiser{intents.SEPARATOR}{person_id}")
def follow_organiser(person_id: uuid.UUID) -> Response:
    """Follow an organiser; who follows them already is shown the button that ends it."""
    ask_path, is_new = url_for("follows.ask", person_id=person_id), True
    with attempt() as result:
        is_new = actions.follow_organiser(me(), person_id)
    if not is_new:
        return pages.redirect(ask_path)
    if result.succeeded:
        flash(FOLLOWING)
    return _back(ask_path)


@blueprint.post("/people/<uuid:person_id>/unfollow")
@signed_in
def unfollow_organiser(person_id: uuid.UUID) -> Response:
    """Stop following an organiser."""
    ended = actions.stop_following(me())
    return _stopped(url_for("follows.ask", person_id=person_id), ended=ended)


@blueprint.post("/series/<uuid:series_id>/follow")
@signed_in
@presses(lambda series_id: f"follow_series{intents.SEPARATOR}{series_id}")
def follow_series(series_id: uuid.UUID) -> Response:
    """Follow a series."""
    with attempt(done=FOLLOWING):
        actions.follow_series(me(), series_id)
    return _back(url_for("series.show", series_id=series_id))


@blueprint.post("/series/<uuid:series_id>/unfollow")
@signed_in
def unfollow_series(series_id: uuid.UUID) -> Response:
    """Stop following a series."""
    ended = actions.stop_following(me(), Follow.series_id == series_id)
    return _stopped(url_for("series.show", series_id=series_id), ended=ended)


@blueprint.post("/places/<uuid:place_id>/follow")
@signed_in
@presses(lambda place_id: f"follow_place{intents.SEPARATOR}{place_id}")
def follow_place(place_id: uuid.UUID) -> Response:
    """Follow a place."""
    form = PlaceForm()
    place = _place(place_id, form.name.data if form.validate() else "")
    with attempt(done=FOLLOWING):
        actions.follow_place(me(), place)
    return _back(_list_around(place))


@blueprint.post("/places/<uuid:place_id>/unfollow")
@signed_in
def unfollow_place(place_id: uuid.UUID) -> Response:
    """Stop following a place."""
    place = _place(place_id)
    ended = actions.stop_following(me(), queries.is_place(place))
    return _stopped(_list_around(place), ended=ended)


def _place(place_id: uuid.UUID, name: str = "") -> FollowedPlace:
    """Return the place of an id, named after the nearest town unless it has a name. Raise NotFound."""
    place = FollowedPlace.of_id(place_id)
    if place is None:
        raise NotFound
    return replace(place, name=name or queries.place_name(place, i18n.get_locale_code()))


def _list_around(place: FollowedPlace) -> str:
    return url_for("run_search.index", near=place.query, radius_km=place.radius_km)


def _place_words(place: FollowedPlace) -> str:
    """Return words for a followed place."""
    name = queries.place_name(place, i18n.get_locale_code())
    return _("%(distance)s around %(place)s", distance=measures.distance(place.radius_km), place=name)


def _back(default: str) -> Response:
    return pages.redirect(pages.referring_path(default))


def _stopped(default: str, *, ended: bool) -> Response:
    db.session.commit()
    if ended:
        flash(_("You no longer follow it."))
    return _back(default)


def _shown(followed: queries.Followed) -> tuple[str, str, str | None]:
    """Return the icon of something that is followed, its name, and the path of its page, None if that is not open."""
    if followed.series_id is not None:
        return "calendar", followed.series, url_for("series.show", series_id=followed.series_id)
    if followed.place is not None:
        return "pin", _place_words(followed.place), _list_around(followed.place)
    if followed.organiser is None:
        raise LookupError("a follow is of an organiser, a series or a place")
    organiser = followed.organiser
    page = url_for("profile.person", person_id=organiser.id) if followed.organiser_page else None
    return "person", organiser.name, page


def _button(what: str, subject_id: uuid.UUID, about: str, place: FollowedPlace | None = None) -> dict[str, Any]:
    """Return the values of the button that follows something; a visitor's leads to sign-in, which then follows it."""
    viewer = me()
    if viewer is None:
        follows = False
    else:
        follows = queries.follows_place(viewer, place) if place else queries.follows(viewer, what, subject_id)
    return {
        "follows": follows,
        "about": about,
        "action": f"/{PATHS[what]}/{subject_id}/{'unfollow' if follows else 'follow'}",
        "sign_in": None if viewer else intents.sign_in_path(f"follow_{what}", subject_id),
        "followers": 0,
        "fields": {"name": place.name} if place else {},
        "label": _("Follow"),
    }


def person_button(profile: Any) -> dict[str, Any] | None:
    """Return the button on the page of somebody who organises runs; on one's own page how many people follow one."""
    viewer = me()
    if viewer is not None and viewer.id == profile.id:
        return {"followers": queries.count_followers(viewer)}
    if not profile.upcoming and not profile.contributions.organised:
        return None
    return _button("organiser", profile.id, profile.name)


def series_button(series: Series) -> dict[str, Any] | None:
    """Return the button on the page of a series; its organiser has none."""
    viewer = me()
    if series.ended_at is not None or (viewer is not None and viewer.id == series.organiser_id):
        return None
    return _button("series", series.id, series.plan["title"])


def list_button(form: RunFilters) -> dict[str, Any] | None:
    """Return the button of a list of runs around a place that the viewer asked for: their own town costs no question."""
    if form.place is None or form.town is not None:
        return None
    place = FollowedPlace.around(form.place.latitude, form.place.longitude, form.radius, form.place.name[:120])
    button = _button("place", place.id, _place_words(place), place)
    return button | {"label": _("Follow: %(place)s", place=_place_words(place))}


def organiser_link(organiser: Any) -> Markup | None:
    """Return the way to follow an organiser from the page of a run, without asking whether the viewer does."""
    viewer = me()
    if not organiser.active or (viewer is not None and viewer.id == organiser.id):
        return None
    sign_in = None if viewer else intents.sign_in_path("follow_organiser", organiser.id)
    return inner_part("follows/organiser.html", sign_in=sign_in, organiser_id=organiser.id, name=organiser.name)


slots.fill_by(blueprint, "run.organiser", organiser_link)
slots.fill(blueprint, "person.follow", "follows/button.html", person_button)
slots.fill(blueprint, "series.follow", "follows/button.html", series_button)
slots.fill(blueprint, "runs.follow", "follows/button.html", list_button)


def _describe_organiser(viewer: Person | None, person_id: uuid.UUID) -> IntentWords:
    return IntentWords(_("To hear about new runs"), _("Follow"), person_for(viewer, person_id).name)


def _perform_organiser(person: Person, person_id: uuid.UUID) -> str:
    if person.id == person_id:
        return url_for("follows.index")
    actions.follow_organiser(person, person_id)
    flash(FOLLOWING)
    return url_for("follows.ask", person_id=person_id)


def _describe_series(viewer: Person | None, series_id: uuid.UUID) -> IntentWords:
    plan = series_for(viewer, series_id).plan
    return IntentWords(_("To hear about new runs"), _("Follow"), plan["title"], [plan["place"]])


def _perform_series(person: Person, series_id: uuid.UUID) -> str:
    actions.follow_series(person, series_id)
    flash(FOLLOWING)
    return url_for("series.show", series_id=series_id)


def _describe_place(_viewer: Person | None, place_id: uuid.UUID) -> IntentWords:
    return IntentWords(_("To hear about new runs"), _("Follow"), _place_words(_place(place_id)))


def _perform_place(person: Person, place_id: uuid.UUID) -> str:
    place = _place(place_id)
    actions.follow_place(person, place)
    flash(FOLLOWING)
    return _list_around(place)


for intent in (
    Intent(
        "follow_organiser",
        _describe_organiser,
        _perform_organiser,
        lambda person_id: url_for("follows.ask", person_id=person_id),
    ),
    Intent(
        "follow_series",
        _describe_series,
        _perform_series,
        lambda series_id: url_for("series.show", series_id=series_id),
        lambda series_id: series_for(None, series_id).timezone,
    ),
    Intent("follow_place", _describe_place, _perform_place, lambda place_id: _list_around(_place(place_id))),
):
    intents.register(intent)
