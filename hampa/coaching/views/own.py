"""Who coaches the viewer, what each may see and change, and agreeing to an invitation."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Response, request, url_for

from hampa.coaching.actions import agreements as actions
from hampa.coaching.forms.athletes import RightsForm
from hampa.coaching.queries import athletes as queries
from hampa.coaching.queries.invitations import invitation_for, invitations_to, summary_of
from hampa.coaching.queries.losses import SHARED, count_shared
from hampa.coaching.views.blueprint import blueprint
from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import asks_first, public, signed_in
from hampa.platform.web.session import me


def asking_coaches(person: Person, now: Any, **_values: Any) -> AnswerKind:
    """Return the further coaches who wait for the person to agree."""
    return AnswerKind(queries.ASKS, "coaching/asks.html", queries.asks_for(person, now), queries.may_be_asked(person))


def asked_to_coach(person: Person, now: Any, **_values: Any) -> AnswerKind:
    """Return the athletes whom the person is asked to coach too."""
    may = queries.may_be_asked_to_coach(person)
    return AnswerKind(queries.ASKED, "coaching/asked.html", queries.asked_to_coach(person, now), may)


slots.contribute(blueprint, ANSWERS, asking_coaches)
slots.contribute(blueprint, ANSWERS, asked_to_coach)
slots.fill(blueprint, "training.views", "coaching/on_training.html")


@blueprint.get("/me/coaches")
@signed_in
def own_coaches() -> Response:
    """List who coaches the viewer, with what each may see and change."""
    return _own_page(invitations_to(me()))


def _own_page(invitations: Sequence[Any], refused: RightsForm | None = None) -> Response:
    coaches = queries.own_coaches(me())
    records = list({one.athlete_id for one in coaches if not one.is_asking})
    return pages.render(
        "coaching/own_coaches.html",
        status=refused.http_status if refused is not None else 200,
        coaches=coaches,
        invitations=invitations,
        refused=refused,
        shared=count_shared(records, slots.collect(SHARED, records=records)),
    )


@blueprint.post("/me/coaches/<uuid:athlete_id>/<uuid:person_id>")
@signed_in
def set_rights(athlete_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Say what a coach may see and change, which also agrees to one who asks."""
    form = RightsForm()
    queries.own_coach(me(), athlete_id, person_id)
    if form.validate():
        with attempt(form, actions.AthleteAlready, done=_("Saved. It applies from now on.")):
            actions.set_rights(me(), athlete_id, person_id, form.rights.data)
    if form.errors:
        return _own_page((), form)
    return pages.redirect(url_for("coaching.own_coaches"))


@blueprint.post("/me/coaches/<uuid:athlete_id>/<uuid:person_id>/end")
@signed_in
def end_coach(athlete_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Take everything back from a coach, or decline one who asks."""
    with attempt(done=_("They no longer see anything of yours.")):
        actions.end(me(), athlete_id, person_id)
    return pages.redirect(url_for("coaching.own_coaches"))


@blueprint.route("/coached/<link>", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def agree(link: str) -> Response:
    """Show who would like to coach the viewer, and let them choose what the coach may."""
    invitation, _record, coach = invitation_for(me(), link)
    form = RightsForm()
    if form.validate_on_submit():
        with attempt(form, actions.AthleteAlready, done=_("Agreed. You can take it back here at any time.")):
            actions.agree(me(), link, form.rights.data)
        if not form.errors:
            return pages.redirect(url_for("coaching.own_coaches"))
        invitation, _record, coach = invitation_for(me(), link)
    answer = pages.render(
        "coaching/agree.html",
        status=form.http_status,
        form=form,
        coach=summary_of(coach),
        link=link,
        is_own=coach.id == me().id,
        until=invitation.expires_at,
    )
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@blueprint.route("/coached/<link>/stop", methods=["GET", "POST"])
@public
def stop_sms(link: str) -> Response:
    """Send no SMS to the number of a link any more, for whoever follows it."""
    invitation, _record, _coach = invitation_for(None, link)
    if invitation.number is None:
        raise NotFound
    if request.method == "POST":
        with attempt(done=_("This number gets no more SMS from us, except codes for signing in.")):
            actions.stop_by_link(link)
        return pages.redirect(url_for("home.index"))
    answer = pages.render("crew_invitations/stop.html", ending=invitation.number[-2:])
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/coached/<link>/decline")
@signed_in
def decline(link: str) -> Response:
    """End an invitation."""
    with attempt(done=_("The invitation is gone. Nobody is told.")):
        actions.decline(me(), link)
    return pages.redirect(pages.safe_next(request.form.get("next"), url_for("home.index")))
