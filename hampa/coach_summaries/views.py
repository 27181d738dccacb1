"""Pages of summaries: those of one thing, changing a draft, and approving it."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.coach_summaries.actions import writing as actions
from hampa.coach_summaries.forms import FAILURE_WORDS, PART_WORDS, ApprovalForm, SentencesForm, rows_of
from hampa.coach_summaries.queries import summaries as queries
from hampa.coach_summaries.queries.links import links_for
from hampa.coach_summaries.queries.usage import use_of
from hampa.coaching.models.athletes import Athlete
from hampa.coaching.queries.athletes import AthleteSeen
from hampa.coaching.queries.losses import SHARED
from hampa.coaching.queries.owners import athlete_as_owner
from hampa.files.queries.owners import Owner, owner_for, plan_as_owner
from hampa.platform.language_model import has_model
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.models.plans import PlanMember, TrainingPlan

blueprint = Blueprint("coach_summaries", __name__)
slots.share(blueprint, summary_parts=PART_WORDS, summary_failures=FAILURE_WORDS)


def on_plan(plan: TrainingPlan, member: PlanMember | None) -> dict[str, Any] | None:
    """Return what the page of a plan shows its members, and who keeps it, of its summaries."""
    if member is None or not (member.belongs or member.keeps):
        return None
    return _latest(plan_as_owner(plan, member))


def on_athlete(athlete: Athlete, seen: AthleteSeen) -> dict[str, Any]:
    """Return what the page of an athlete shows of summaries."""
    return _latest(athlete_as_owner(seen))


def _latest(owner: Owner) -> dict[str, Any]:
    rows = queries.summaries_of(me(), owner, is_approved=True)
    return {"owner": owner, "row": rows[0] if rows else None}


slots.fill(blueprint, "plan.parts", "coach_summaries/on_owner.html", on_plan)
slots.fill(blueprint, "athlete.page", "coach_summaries/on_owner.html", on_athlete)
slots.contribute(blueprint, SHARED, lambda records: queries.count_shared_with(me(), records))
slots.fill(blueprint, SHARED, "coach_summaries/shared.html")


@blueprint.get("/summaries/<owner_kind>/<uuid:owner_id>")
@signed_in
def of_owner(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """Show the summaries of something: one's own draft, and approved ones."""
    return _page(owner_for(me(), owner_kind, owner_id))


def _page(owner: Owner) -> Response:
    rows = queries.summaries_of(me(), owner)
    mine = [row for row in rows if row.summary.author_id == me().id]
    outdated = {row.summary.id for row in mine if queries.is_outdated(me(), owner, row.summary)} if mine else set()
    return pages.render(
        "coach_summaries/of_owner.html",
        owner=owner,
        draft=next((row for row in mine if not row.summary.is_approved), None),
        approved=[row for row in rows if row.summary.is_approved],
        outdated=outdated,
        me_id=me().id,
        use=use_of(me()) if has_model() and owner.may_add else None,
    )


@blueprint.post("/summaries/<owner_kind>/<uuid:owner_id>")
@signed_in
def write(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """Have a summary written, by the model if that is asked for."""
    with attempt():
        actions.write_summary(me(), owner_kind, owner_id, by_model=request.form.get("by") == "model")
    return _to_owner(owner_kind, owner_id)


@blueprint.route("/summaries/<uuid:summary_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(summary_id: uuid.UUID) -> Response:
    """Change the sentences of a draft."""
    draft = queries.own_summary(me(), summary_id)
    owner = actions.changeable(me(), draft)
    row = queries.summary_for(me(), summary_id)
    links = links_for(me(), [*actions.keys_of(draft.sentences), *queries.offered_keys(me(), owner)])
    form = SentencesForm(data={"sentences": rows_of(row.sentences), "version": str(draft.version)})
    form.offer(links)
    if form.validate_on_submit():
        with attempt(form, actions.SummaryChanged, done=_("Saved.")):
            actions.change_summary(me(), summary_id, form.values(), form.read_version)
        if not form.errors:
            return _to_owner(owner.kind, owner.id)
        form.version.data = str(queries.own_summary(me(), summary_id).version)  # who saves again has been told
    return pages.render(
        "coach_summaries/edit.html", status=form.http_status, form=form, draft=draft, owner=owner, links=links
    )


@blueprint.post("/summaries/<uuid:summary_id>/approve")
@signed_in
def approve(summary_id: uuid.UUID) -> Response:
    """Stand by a draft."""
    summary = queries.own_summary(me(), summary_id)
    kind, owner_id = summary.owner_kind, summary.owner_id
    form = ApprovalForm()
    with attempt(done=_("Approved.")):
        actions.approve_summary(me(), summary_id, is_shared=bool(form.is_shared.data))
    return _to_owner(kind, owner_id)


@blueprint.post("/summaries/<uuid:summary_id>/delete")
@signed_in
def delete(summary_id: uuid.UUID) -> Response:
    """Delete a summary of the viewer's own."""
    summary = queries.own_summary(me(), summary_id)
    kind, owner_id = summary.owner_kind, summary.owner_id
    with attempt(done=_("Deleted.")):
        actions.delete_summary(me(), summary_id)
    return _to_owner(kind, owner_id)


def _to_owner(kind: str, owner_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("coach_summaries.of_owner", owner_kind=kind, owner_id=owner_id))
