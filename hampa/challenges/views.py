"""Challenges: those of a crew and one's own, the page of one, joining and leaving, and its link."""

import uuid
from datetime import timedelta

from flask import Blueprint, Response, request, url_for

from hampa.challenges.actions import challenges as actions, entries
from hampa.challenges.forms import MODE_WORDS, ChallengeForm
from hampa.challenges.queries import challenges as queries
from hampa.challenges.queries.challenges import ChallengeRow
from hampa.challenges.queries.uncounted import uncounted_activities
from hampa.challenges.queries.words import METRIC_WORDS, amount_in_words
from hampa.crews.queries.crews import member_with, membership_of
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

USUAL_DAYS = timedelta(days=29)
LONGEST_TOKEN = 60

blueprint = Blueprint("challenges", __name__)

slots.share(blueprint, challenge_metrics=METRIC_WORDS, challenge_modes=MODE_WORDS, challenge_amount=amount_in_words)
slots.fill(blueprint, "crew.doors", "challenges/on_crew.html")
slots.fill(blueprint, "training.views", "challenges/on_training.html")


@blueprint.get("/me/challenges")
@signed_in
def mine() -> Response:
    """List the challenges in which the viewer takes part."""
    page = queries.challenges_of(me(), request.args.get("after"))
    return pages.render("challenges/index.html", page=page, crew=None, manages=False)


@blueprint.get("/crews/<uuid:crew_id>/challenges")
@signed_in
def of_crew(crew_id: uuid.UUID) -> Response:
    """List the challenges of a crew, for its members."""
    membership, page = queries.challenges_of_crew(me(), crew_id, request.args.get("after"))
    return pages.render(
        "challenges/index.html", page=page, crew=membership.crew, manages=queries.may_manage(membership)
    )


@blueprint.route("/crews/<uuid:crew_id>/challenges/new", methods=["GET", "POST"])
@signed_in
def new(crew_id: uuid.UUID) -> Response:
    """Make a challenge of a crew."""
    crew = member_with(me(), crew_id, "post").crew
    today = dates.today(crew.timezone)
    form = ChallengeForm(starts_on=today, ends_on=today + USUAL_DAYS)
    if form.validate_on_submit():
        with attempt(form, done=_("There it is. We'll tell the crew.")):
            made = form.once(me(), lambda: actions.make_challenge(me(), crew_id, form.values()).id)
        if not form.errors:
            return to_challenge(made)
    return pages.render("challenges/form.html", status=form.http_status, form=form, crew=crew, challenge=None)


@blueprint.get("/challenges/<uuid:challenge_id>")
@signed_in
def challenge(challenge_id: uuid.UUID) -> Response:
    """Show a challenge: how far the sum is or who is where, and what the viewer has done."""
    return _page(queries.challenge_for(me(), challenge_id))


def _page(shown: ChallengeRow) -> Response:
    manages = queries.may_manage(membership_of(me(), shown.crew_id))
    token = queries.token_of(shown.id)
    return pages.render(
        "challenges/challenge.html",
        challenge=shown,
        ranking=queries.ranking_of(me(), shown),
        uncounted=uncounted_activities(me(), shown) if shown.takes_part else [],
        manages=manages,
        link=canonical(url_for("challenges.invited", challenge_token=token)) if token else None,
    )


def to_challenge(challenge_id: uuid.UUID) -> Response:
    """Redirect to the page of a challenge."""
    return pages.redirect(url_for("challenges.challenge", challenge_id=challenge_id))


@blueprint.route("/challenges/<uuid:challenge_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(challenge_id: uuid.UUID) -> Response:
    """Change a challenge."""
    changed = queries.managed_challenge(me(), challenge_id)
    form = ChallengeForm.of(changed)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_challenge(me(), challenge_id, form.values())
        if not form.errors:
            return to_challenge(challenge_id)
        changed = queries.managed_challenge(me(), challenge_id)
    return pages.render("challenges/form.html", status=form.http_status, form=form, crew=None, challenge=changed)


@blueprint.post("/challenges/<uuid:challenge_id>/delete")
@signed_in
def delete(challenge_id: uuid.UUID) -> Response:
    """Delete a challenge."""
    crew_id = queries.managed_challenge(me(), challenge_id).crew_id
    with attempt(done=_("Deleted.")):
        actions.delete_challenge(me(), challenge_id)
    return pages.redirect(url_for("challenges.of_crew", crew_id=crew_id))


@blueprint.post("/challenges/<uuid:challenge_id>/link")
@signed_in
def link(challenge_id: uuid.UUID) -> Response:
    """Give a challenge another link, or none."""
    is_open = request.form.get("open") == "1"
    with attempt(done=_("There's a new link now.") if is_open else _("The link no longer lets anybody in.")):
        actions.renew_link(me(), challenge_id, is_open=is_open)
    return to_challenge(challenge_id)


@blueprint.post("/challenges/<uuid:challenge_id>/join")
@signed_in
def join(challenge_id: uuid.UUID) -> Response:
    """Take part in a challenge of one's crew."""
    shown = queries.challenge_for(me(), challenge_id)
    with attempt(done=_("You're taking part.")):
        entries.join_challenge(me(), shown, by_link=False)
    return to_challenge(challenge_id)


@blueprint.post("/challenges/<uuid:challenge_id>/leave")
@signed_in
def leave(challenge_id: uuid.UUID) -> Response:
    """Leave a challenge."""
    with attempt(done=_("You're no longer taking part.")) as result:
        entries.leave_challenge(me(), challenge_id)
    return pages.redirect(url_for("challenges.mine")) if result.succeeded else to_challenge(challenge_id)


@blueprint.route("/challenges/in/<challenge_token>", methods=["GET", "POST"])
@signed_in
def invited(challenge_token: str) -> Response:
    """Show the challenge of a link to who has it, and let them take part."""
    shown = queries.challenge_of_link(me(), challenge_token[:LONGEST_TOKEN])
    if request.method == "POST":
        with attempt(done=_("You're taking part.")) as result:
            entries.join_challenge(me(), shown, by_link=True)
        if result.succeeded:
            return to_challenge(shown.id)
        return pages.redirect(url_for("challenges.invited", challenge_token=challenge_token))
    return pages.render("challenges/invited.html", challenge=shown, token=challenge_token)
