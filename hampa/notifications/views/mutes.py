"""Muting a run or a series, and all that is muted."""

import uuid
from typing import Any

from flask import Response, flash, url_for

from hampa.notifications.actions import mutes as actions
from hampa.notifications.queries import mutes as queries
from hampa.notifications.views.blueprint import blueprint
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

MUTED = _l("Muted: news of it appears only under the bell.")


@blueprint.get("/mutes/<mutable>/<uuid:mutable_id>")
@signed_in
def ask_mute(mutable: str, mutable_id: uuid.UUID) -> Response:
    """Ask whether to mute something, or to unmute it."""
    thing = queries.mutable_thing(me(), mutable, mutable_id)
    muted = queries.is_muted(me(), mutable, mutable_id)
    return pages.render("notifications/mute.html", thing=thing, path=path_of(thing), muted=muted)


@blueprint.post("/mutes/<mutable>/<uuid:mutable_id>")
@signed_in
def mute(mutable: str, mutable_id: uuid.UUID) -> Response:
    """Mute something."""
    thing = queries.mutable_thing(me(), mutable, mutable_id)
    with attempt(done=MUTED):
        actions.mute(me(), mutable, mutable_id)
    return pages.redirect(path_of(thing))


@blueprint.post("/mutes/<mutable>/<uuid:mutable_id>/delete")
@signed_in
def unmute(mutable: str, mutable_id: uuid.UUID) -> Response:
    """Unmute something, which the person may not see any more."""
    actions.unmute(me(), mutable, mutable_id)
    db.session.commit()
    flash(_("Not muted any more."))
    return pages.redirect(pages.referring_path(url_for("notifications.settings")))


def path_of(thing: queries.MutedThing) -> str:
    """Return the path of the page of something that can be muted."""
    values: dict[str, Any] = {thing.subject.url_argument: thing.id}
    return url_for(thing.subject.endpoint, **values)


def muted_list(person: Person) -> dict[str, Any] | None:
    """Return what the person muted, for the settings, with what higher features keep of that; None if that is nothing."""
    listed = [
        queries.Muted(
            thing.subject.name,
            thing.id,
            thing.title,
            path_of(thing),
            url_for("notifications.unmute", mutable=thing.subject.name, mutable_id=thing.id),
        )
        for thing in queries.muted_things(person)
    ]
    for more in slots.collect(queries.MUTED_ELSEWHERE, person=person):
        listed += more
    return {"things": listed} if listed else None


def mute_link(kind: str, subject_id: uuid.UUID) -> dict[str, Any] | None:
    """Return the way to mute something from its page, without asking whether the viewer did; None for a visitor."""
    if me() is None:
        return None
    return {"href": url_for("notifications.ask_mute", mutable=kind, mutable_id=subject_id)}


slots.fill(blueprint, "notifications.settings_end", "notifications/muted.html", muted_list)
slots.fill(blueprint, "mute", "notifications/mute_link.html", mute_link)
