"""A coach's roster, and the page of an athlete: the record, invitations, coaches, and what happened."""

import uuid
from typing import Any

from flask import Response, flash, request, url_for

from hampa.coach_notes.queries.notes import latest_of
from hampa.coaching.actions import agreements, athletes as actions
from hampa.coaching.forms.athletes import AthleteForm, CoachForm, InviteAthleteForm, RosterForm
from hampa.coaching.forms.words import (
    ATHLETE_STATUS_WORDS,
    COACH_ROLE_WORDS,
    EVENT_WORDS,
    LIGHT_PILLS,
    MARKS,
    RIGHT_WORDS,
    SHORT_RIGHT_WORDS,
    amount_words,
    differences,
    differences_between,
    standing_words,
)
from hampa.coaching.models.athletes import HEAD
from hampa.coaching.queries import athletes as queries
from hampa.coaching.queries.availability import other_days
from hampa.coaching.queries.checkins import checkin_weeks
from hampa.coaching.queries.coached import CoachedFilters, coached_plans
from hampa.coaching.queries.events import KINDS, timeline_of
from hampa.coaching.queries.invitations import open_invitation, token_of
from hampa.coaching.queries.losses import loss_of
from hampa.coaching.queries.owners import athlete_as_owner
from hampa.coaching.queries.roster import roster_of
from hampa.coaching.views.blueprint import blueprint
from hampa.files.queries.files import LATEST_SHOWN, files_of
from hampa.people.models import Person
from hampa.people.queries import person_for
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, pgettext
from hampa.platform.web import pages, slots
from hampa.platform.web.answering import confirm_answer
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.hats import HATS, Hat
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.trends.queries.insights import MEASURE_WORDS
from hampa.trends.queries.plots import plots_of

slots.share(
    blueprint,
    athlete_statuses=ATHLETE_STATUS_WORDS,
    coach_roles=COACH_ROLE_WORDS,
    coach_rights=RIGHT_WORDS,
    coach_short_rights=SHORT_RIGHT_WORDS,
    session_marks=MARKS,
    session_pills=LIGHT_PILLS,
    coaching_events=EVENT_WORDS,
    coaching_differences=differences,
    coaching_differences_between=differences_between,
    session_standing=standing_words,
    amount_words=amount_words,
)


def hat(person: Person, **_values: Any) -> Hat:
    """Return the hat of who coaches somebody."""
    return Hat("coaching", _l("Coaching"), "coaching.roster", queries.coaches(person.id))


slots.contribute(blueprint, HATS, hat)
PLANS_SHOWN = 10


@blueprint.get("/coaching")
@signed_in
def roster() -> Response:
    """List the viewer's athletes, those who need a word first."""
    form = RosterForm()
    page = roster_of(me(), form.filters(), request.args.get("after"))
    return pages.render("coaching/roster.html", form=form, page=page)


@blueprint.route("/coaching/athletes/new", methods=["GET", "POST"])
@signed_in
def new_athlete() -> Response:
    """Keep a record of an athlete."""
    form = AthleteForm()
    if form.validate_on_submit():
        with attempt(form, done=_("There they are. Invite them, or plan for them.")):
            made = form.once(me(), lambda: actions.create_athlete(me(), form.values()).id)
        if not form.errors:
            return _to_athlete(made)
    return pages.render("coaching/athlete_form.html", status=form.http_status, form=form, athlete=None)


@blueprint.get("/coaching/athletes/<uuid:athlete_id>")
@signed_in
def athlete(athlete_id: uuid.UUID) -> Response:
    """Show an athlete to their coach."""
    return athlete_page(queries.athlete_for(me(), athlete_id))


def athlete_page(seen: queries.AthleteSeen, refused: Form | None = None) -> Response:
    """Render the page of an athlete, with the form that was refused if there is one."""
    record = seen.record
    coach_form = refused if isinstance(refused, CoachForm) else CoachForm(formdata=None)
    if seen.decides and coach_form is not refused:
        coach_form.offer(queries.coaches_to_add(me(), record.id))
    invitation = open_invitation(record.id) if record.person_id is None and seen.decides else None
    invite_form = InviteAthleteForm(formdata=None, data={"phone": record.phone})
    owner = athlete_as_owner(seen)
    points = checkin_weeks(me(), record.id) if record.person_id is not None and seen.may("checkins") else []
    plans = coached_plans(me(), CoachedFilters(athlete_id=record.id), size=PLANS_SHOWN)
    return pages.render(
        "coaching/athlete.html",
        status=refused.http_status if refused is not None else 200,
        athlete=record,
        seen=seen,
        me_id=me().id,
        birth_year=dates.input_year(record.birth_year) if record.birth_year else "",
        coaches=queries.coaches_of(me(), record),
        plans=plans.items,
        has_more_plans=plans.next is not None,
        events=timeline_of(me(), seen, size=5).items,
        owner=owner,
        notes=latest_of(me(), owner),
        files=files_of(me(), owner, None, LATEST_SHOWN).items,
        invitation=invitation,
        link=token_of(invitation) if invitation is not None and invitation.number is None else None,
        invite_form=refused if isinstance(refused, InviteAthleteForm) else invite_form,
        coach_form=coach_form,
        other=other_days(me(), record.id) if record.person_id is not None and seen.may("availability") else (),
        points=points,
        plots=plots_of([("mine", points)], step=7) if len(points) > 1 else (),
        measures=MEASURE_WORDS.values(),
        not_given=[right for right in RIGHT_WORDS if not seen.may(right)],
    )


@blueprint.get("/coaching/athletes/<uuid:athlete_id>/timeline")
@signed_in
def timeline(athlete_id: uuid.UUID) -> Response:
    """List what happened with an athlete."""
    seen = queries.athlete_for(me(), athlete_id)
    kind = request.args.get("kind", "")
    kinds = {
        "": pgettext("timeline", "Everything"),
        "plans": pgettext("timeline", "Plans"),
        "sessions": pgettext("timeline", "Sessions"),
        "answers": pgettext("timeline", "Answers"),
        "knowledge": pgettext("timeline", "Notes and files"),
        "record": pgettext("timeline", "Record"),
    }
    page = timeline_of(me(), seen, kind, request.args.get("after"))
    chosen = kind if kind in KINDS else ""
    return pages.render("coaching/timeline.html", athlete=seen.record, page=page, chosen=chosen, kinds=kinds)


@blueprint.post("/coaching/athletes/<uuid:athlete_id>/seen")
@signed_in
def look(athlete_id: uuid.UUID) -> Response:
    """Note that the viewer saw what an athlete did and said."""
    with attempt(done=_("Seen.")):
        actions.look_at(me(), athlete_id)
    return pages.redirect(url_for("coaching.roster"))


@blueprint.route("/coaching/athletes/<uuid:athlete_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_athlete(athlete_id: uuid.UUID) -> Response:
    """Change the record of an athlete."""
    seen = queries.athlete_for(me(), athlete_id, changes=True)
    form = AthleteForm(obj=seen.record)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_athlete(me(), athlete_id, form.values())
        if not form.errors:
            return _to_athlete(athlete_id)
        seen = queries.athlete_for(me(), athlete_id, changes=True)
    return pages.render(
        "coaching/athlete_form.html", status=form.http_status, form=form, athlete=seen.record, decides=seen.decides
    )


@blueprint.post("/coaching/athletes/<uuid:athlete_id>/archive")
@signed_in
def archive_athlete(athlete_id: uuid.UUID) -> Response:
    """Put the record of an athlete into the archive, or take it back."""
    archived = request.form.get("archived") == "1"
    with attempt(done=_("Put into the archive.") if archived else _("Taken out of the archive.")):
        actions.archive_athlete(me(), athlete_id, archived=archived)
    return _to_athlete(athlete_id)


@blueprint.route("/coaching/athletes/<uuid:athlete_id>/delete", methods=["GET", "POST"])
@signed_in
def delete_athlete(athlete_id: uuid.UUID) -> Response:
    """Ask whether a record is to be deleted, say what goes with it, and delete it."""
    seen = queries.athlete_for(me(), athlete_id, decides=True)
    if request.method == "POST":
        with attempt(done=_("Deleted.")):
            actions.delete_athlete(me(), athlete_id)
        return pages.redirect(url_for("coaching.roster"))
    return pages.render("coaching/delete.html", athlete=seen.record, loss=loss_of(seen.record))


@blueprint.post("/coaching/athletes/<uuid:athlete_id>/invitation")
@signed_in
def invite_athlete(athlete_id: uuid.UUID) -> Response:
    """Invite an athlete by number or link."""
    queries.athlete_for(me(), athlete_id, decides=True)
    form = InviteAthleteForm()
    if form.validate():
        number = form.phone.data or None
        done = _("The invitation is on its way.") if number else _("Send them the link.")
        with attempt(form, done=done):
            form.once(me(), lambda: agreements.invite_athlete(me(), athlete_id, number).id)
    if form.errors:
        return athlete_page(queries.athlete_for(me(), athlete_id), form)
    return _to_athlete(athlete_id, "invitation")


@blueprint.post("/coaching/athletes/<uuid:athlete_id>/invitation/end")
@signed_in
def revoke_invitation(athlete_id: uuid.UUID) -> Response:
    """End the invitation of an athlete."""
    with attempt(done=_("The invitation is over.")):
        agreements.revoke_invitation(me(), athlete_id)
    return _to_athlete(athlete_id, "invitation")


@blueprint.post("/coaching/athletes/<uuid:athlete_id>/coaches")
@signed_in
def add_coach(athlete_id: uuid.UUID) -> Response:
    """Let a companion coach an athlete too."""
    queries.athlete_for(me(), athlete_id, decides=True)
    form = CoachForm()
    if form.has_created(me()):
        return _to_athlete(athlete_id, "coaches")
    form.offer(queries.coaches_to_add(me(), athlete_id))
    if form.validate():
        with attempt(form, actions.CoachAlready, done=_("Saved.")):
            form.once(me(), lambda: actions.add_coach(me(), athlete_id, form.person_id, form.role.data).id)
    if form.errors:
        return athlete_page(queries.athlete_for(me(), athlete_id), form)
    return _to_athlete(athlete_id, "coaches")


@blueprint.post("/coaching/athletes/<uuid:athlete_id>/coaches/<uuid:person_id>")
@signed_in
def change_coach(athlete_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Change what a further coach is, or ask them to be the head."""
    queries.athlete_for(me(), athlete_id, decides=True)
    person_for(me(), person_id)
    role = request.form.get("role", "")
    with attempt(done=_("They are asked.") if role == HEAD else _("Saved.")):
        actions.set_role(me(), athlete_id, person_id, role)
    return _to_athlete(athlete_id, "coaches")


@blueprint.post("/coaching/athletes/<uuid:athlete_id>/coaches/<uuid:person_id>/remove")
@signed_in
def remove_coach(athlete_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Remove a further coach, or leave."""
    with attempt() as result:
        actions.remove_coach(me(), athlete_id, person_id)
    if result.succeeded:
        flash(_("Removed."))
    leaves = result.succeeded and person_id == me().id
    return pages.redirect(url_for("coaching.roster")) if leaves else _to_athlete(athlete_id, "coaches")


@blueprint.post("/coaching/athletes/<uuid:athlete_id>/asked")
@signed_in
def answer_to_coach(athlete_id: uuid.UUID) -> Response:
    """Agree to coach an athlete too, or say no."""
    accept = request.form.get("accept") == "1"
    with attempt():
        actions.answer_to_coach(me(), athlete_id, accept=accept)
    words = _("Agreed. An athlete with an account is told, and asked first if you are new to them.")
    return confirm_answer(words if accept else _("Nobody is told that you said no."), url_for("coaching.roster"))


def _to_athlete(athlete_id: uuid.UUID, anchor: str | None = None) -> Response:
    return pages.redirect(url_for("coaching.athlete", athlete_id=athlete_id, _anchor=anchor))
