"""Badges of the site and of crews: their lists, the page of one, making, changing and taking them."""

import uuid
from typing import Any

from flask import Response, request, url_for

from hampa.badges.actions import awarding, badges as actions
from hampa.badges.forms import BadgeForm, TakeForm
from hampa.badges.queries import badges as queries, holders
from hampa.badges.views.blueprint import blueprint
from hampa.badges.views.mine import to_badge
from hampa.crews.models import ADMIN, Crew
from hampa.crews.queries.crews import admin_of, crews_of, names_known_to
from hampa.people.queries import person_for
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import operator_only, signed_in
from hampa.platform.web.session import me
from hampa.training.queries.plans import plans_to_log_on, seen_name_of_plan

slots.fill(blueprint, "crew.doors", "badges/on_crew.html")


@blueprint.get("/badges")
@signed_in
def index() -> Response:
    """List the badges of the site."""
    rows = queries.badges_of_site(me())
    return pages.render("badges/index.html", rows=rows, crew=None, manages=me().is_operator)


@blueprint.get("/crews/<uuid:crew_id>/badges")
@signed_in
def of_crew(crew_id: uuid.UUID) -> Response:
    """List the badges of a crew, for its members."""
    membership, rows = queries.badges_of_crew(me(), crew_id)
    manages = membership.role == ADMIN and membership.crew.closed_at is None
    return pages.render("badges/index.html", rows=rows, crew=membership.crew, manages=manages)


@blueprint.route("/badges/new", methods=["GET", "POST"])
@operator_only
def new() -> Response:
    """Make a badge of the site."""
    return _new(None)


@blueprint.route("/crews/<uuid:crew_id>/badges/new", methods=["GET", "POST"])
@signed_in
def new_in_crew(crew_id: uuid.UUID) -> Response:
    """Make a badge of a crew."""
    return _new(admin_of(me(), crew_id).crew)


def _new(crew: Crew | None) -> Response:
    form = _offered(BadgeForm(), crew.id if crew is not None else None)
    if form.validate_on_submit():
        with attempt(form, done=_("There it is. Anybody who has already earned it gets it in a moment.")):
            made = form.once(
                me(),
                lambda: (
                    actions.make_badge(me(), crew.id if crew is not None else None, form.values(), form.criteria).id
                ),
            )
        if not form.errors:
            return to_badge(made)
    return pages.render(
        "badges/form.html", status=form.http_status, form=form, crew=crew, badge=None, held=False, action=request.path
    )


def _offered(form: BadgeForm, crew_id: uuid.UUID | None) -> BadgeForm:
    crews = [(row.id, row.name) for row in crews_of(me())] if crew_id is None else []
    form.offer(plans_to_log_on(me()), crews)
    return form


@blueprint.get("/badges/<uuid:badge_id>")
@signed_in
def badge(badge_id: uuid.UUID) -> Response:
    """Show a badge: what it asks for, how far the viewer is, and who has it."""
    shown = queries.badge_for(me(), badge_id)
    manages = queries.may_manage(me(), shown)
    values: dict[str, Any] = {
        "badge": shown,
        "criteria": shown.asks,
        **_narrowed(shown),
        "progress": queries.progress_of(me(), shown),
        "manages": manages,
        "holders": holders.holders_of(me(), badge_id, request.args.get("after")),
        "taken": holders.taken_from(badge_id) if manages else [],
    }
    return pages.render("badges/badge.html", **values)


def _narrowed(shown: queries.BadgeRow) -> dict[str, str | None]:
    """Return the names of the plan and the crew on which a badge counts, if the viewer sees them."""
    asks = shown.asks
    crew_id = asks.crew if asks is not None else None
    return {
        "plan_name": seen_name_of_plan(me(), asks.plan) if asks is not None and asks.plan else None,
        "crew_name": names_known_to(me(), [crew_id]).get(crew_id) if crew_id else None,
    }


@blueprint.route("/badges/<uuid:badge_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(badge_id: uuid.UUID) -> Response:
    """Change a badge."""
    changed = queries.managed_badge(me(), badge_id)
    form = _offered(BadgeForm.of(changed), changed.crew_id)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_badge(me(), badge_id, form.values(), form.criteria)
        if not form.errors:
            return to_badge(badge_id)
        changed = queries.managed_badge(me(), badge_id)
    held = holders.is_held(badge_id)
    return pages.render(
        "badges/form.html", status=form.http_status, form=form, crew=None, badge=changed, held=held, action=request.path
    )


@blueprint.post("/badges/<uuid:badge_id>/retire")
@signed_in
def retire(badge_id: uuid.UUID) -> Response:
    """Let nobody earn a badge any more, or let them again."""
    is_retired = request.form.get("retired") == "1"
    with attempt(done=_("Nobody can earn it any more.") if is_retired else _("It can be earned again.")):
        actions.retire_badge(me(), badge_id, is_retired=is_retired)
    return to_badge(badge_id)


@blueprint.post("/badges/<uuid:badge_id>/delete")
@signed_in
def delete(badge_id: uuid.UUID) -> Response:
    """Delete a badge that nobody has earned."""
    crew_id = queries.managed_badge(me(), badge_id).crew_id
    with attempt(done=_("Deleted.")) as result:
        actions.delete_badge(me(), badge_id)
    if not result.succeeded:
        return to_badge(badge_id)
    return pages.redirect(url_for("badges.of_crew", crew_id=crew_id) if crew_id else url_for("badges.index"))


@blueprint.route("/badges/<uuid:badge_id>/holders/<uuid:person_id>/take", methods=["GET", "POST"])
@signed_in
def take(badge_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Ask why a badge is taken from somebody, and take it."""
    holders.award_to_take(me(), badge_id, person_id)
    holder = person_for(me(), person_id)
    form = TakeForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Taken. They'll read why.")):
            awarding.take_award(me(), badge_id, person_id, form.reason.data)
        if not form.errors:
            return to_badge(badge_id, "holders")
    shown = queries.badge_for(me(), badge_id)
    return pages.render("badges/take.html", status=form.http_status, form=form, badge=shown, holder=holder)


@blueprint.post("/badges/<uuid:badge_id>/holders/<uuid:person_id>/give-back")
@signed_in
def give_back(badge_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Let somebody from whom a badge was taken earn it again."""
    with attempt(done=_("They have it again in a moment, if they have earned it.")):
        awarding.give_back(me(), badge_id, person_id)
    return to_badge(badge_id, "holders")
