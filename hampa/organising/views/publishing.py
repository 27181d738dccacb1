"""Publishing, copying, changing and cancelling one's own runs."""

import uuid
from datetime import date

from flask import Response, flash, get_template_attribute, request, url_for

from hampa.cards.queries.interests import companion_for
from hampa.cards.queries.together import RunForTwo, run_for_two
from hampa.leading.queries import possible_leaders
from hampa.organising.actions import map_links, publishing
from hampa.organising.actions.organisers import invite_by_number, invite_organisers_of
from hampa.organising.forms.new_run import NewRunForm
from hampa.organising.forms.organisers import PhonesField
from hampa.organising.forms.run import CancelForm, RunForm, SeriesCancelForm, SeriesRunForm
from hampa.organising.forms.sections import sections_of, taken_words
from hampa.organising.queries import last_runs
from hampa.organising.views.blueprint import blueprint
from hampa.organising.views.confirming import Confirmation, confirmation_of
from hampa.organising.views.crews import offer_crews, preset_crew
from hampa.people.actions import count_number_lookups
from hampa.photos import actions as photos
from hampa.photos.models import RunPicture
from hampa.photos.queries import unfinished_cover
from hampa.plans import actions as plan
from hampa.plans.actions import RunPlan
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Conflict, NotFound, Refused
from hampa.platform.ids import read_uuid
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.web import pages, tiles
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files
from hampa.routes import actions as routes
from hampa.routes.models import RunRoute
from hampa.routes.queries import route_of
from hampa.runs.admission import closed_reason
from hampa.runs.models.run import Run
from hampa.runs.queries import organisers, people, runs
from hampa.series.actions import changes
from hampa.series.actions.changes import ALL, LATER, ONE
from hampa.series.actions.series import copy_files
from hampa.series.queries import owns_series_of

MEGABYTES = 17
"""Of a whole form: a cover, a route, and the other fields."""
DAYS_FOR_TWO = 8
"""How many days a run of two may be on by a chip."""


@blueprint.route("/runs/new", methods=["GET", "POST"])
@signed_in
@asks_first("name", "gender")
@takes_files(MEGABYTES)
def new() -> Response:
    """Publish a run: a new one, one for two with `?with=` a companion, or with `?like=` one's own run one like it."""
    last = last_runs.last_runs(me())
    model = liked_run(last)
    form = like_form(model, last) if model else new_form(last)
    if not form.changes_rows() and form.validate_on_submit():
        told = invites(form)
        done = (
            _("Your run is published, and they are told.")
            if told
            else _("Your run is published. Now tell people about it.")
        )
        with attempt(form, done=done):
            run_id = publish(form, model_id=model.id if model else None, asks_team=bool(form.ask_team.data))
        if not form.errors:
            flash_link(form)
            return pages.redirect(url_for("runs.show", run_id=run_id))
        last, model = last_runs.last_runs(me()), liked_run(last)
    return form_page(form, like=model, last=last)


def liked_run(last: last_runs.LastRuns) -> Run | None:
    """Return one's own run that `?like=` names by its id, or by "last"; None without it. Raise NotFound, Forbidden."""
    name = request.args.get("like", "")
    if not name or (name == "last" and not last.runs):
        return None
    run_id = last.runs[0].id if name == "last" else read_uuid(name)
    if run_id is None:
        raise NotFound
    return runs.owned_run(me(), run_id)


def like_form(model: Run, last: last_runs.LastRuns) -> NewRunForm:
    """Return the form of a run like an earlier one, for the same day of another week."""
    likely = last_runs.likely_day(model, last)
    form = NewRunForm.like(plan.plan_of(model), (me().id, me().name), likely)
    times = last_runs.offered_times(last.times, model.starts_local.time())
    form.offer(last_runs.offered_days(model.timezone, likely), times, model.timezone)
    return form


def new_form(last: last_runs.LastRuns) -> NewRunForm:
    """Return an empty form or, with `?with=` a companion, that of a run for two, on `?day=` if it is offered."""
    with_id = request.args.get("with", type=uuid.UUID)
    form = NewRunForm(leaders=[(me().id, me().name)])
    if request.method == "GET" and with_id is not None:
        companion = companion_for(me(), with_id)
        suits = run_for_two(me(), companion.id)
        days = days_for_two(suits)
        asked = (day for day in days if day.isoformat() == request.args.get("day"))
        form = NewRunForm.for_two(companion, suits, next(asked, next(iter(suits.dates_after(dates.today())), None)))
    elif form.companion_id:
        suits = run_for_two(me(), form.companion_id)
        days = days_for_two(suits)
    else:
        suits, days = RunForTwo(), last_runs.offered_days(None)
        preset_crew(form)
    form.shared_days = frozenset(suits.dates_after(dates.today()))
    form.offer(days, last_runs.offered_times(last.times, suits.usual_time))
    return form


def days_for_two(suits: RunForTwo) -> list[date]:
    """Return the days to choose from for a run of two, in their order: those that suit both, and some of the next."""
    first = suits.dates_after(dates.today())
    others = (day for day in last_runs.offered_days(None) if day not in first)
    return sorted([*first, *others][:DAYS_FOR_TWO])


@blueprint.route("/runs/<uuid:run_id>/copy", methods=["GET", "POST"])
@signed_in
@asks_first("name", "gender")
@takes_files(MEGABYTES)
def copy(run_id: uuid.UUID) -> Response:
    """Publish a run that is like another one except for its day."""
    model = runs.organised_run(me(), run_id)
    team = [(person.id, person.name) for person in organisers.organisers_of(me(), model)]
    form = NewRunForm.copied_from(plan.plan_of(model), team)
    if not form.changes_rows() and form.validate_on_submit():
        with attempt(form, done=_("Your run is published. Now tell people about it.")):
            copy_id = publish(form, model_id=run_id)
        if not form.errors:
            flash_link(form)
            return pages.redirect(url_for("runs.show", run_id=copy_id))
        model = runs.organised_run(me(), run_id)
    return form_page(form, model=model)


@blueprint.route("/runs/<uuid:run_id>/edit", methods=["GET", "POST"])
@signed_in
@asks_first("gender")
@takes_files(MEGABYTES)
def edit(run_id: uuid.UUID) -> Response:
    """Change one's own run; of time and place ask first. After somebody else has saved, show both versions (409)."""
    run = runs.organised_run(me(), run_id)
    if request.method == "GET" and closed_reason(run):
        return redirect_closed(run)
    form, conflict = edit_form(run), None
    if form.changes_rows() or not form.validate_on_submit():
        return form_page(form, run)
    form.keep_leaders(plan.plan_of(run))
    try:
        if confirmation := confirmation_of(me(), run, form, several=scope_of(form) != ONE):
            try_change(run_id, form)
            return form_page(form, runs.organised_run(me(), run_id), confirmation=None if form.errors else confirmation)
        with attempt(form):
            count_phone_lookups(form.organisers)
            told = change(run_id, form)
            invite_by_number(me(), run_id, form.organisers.data)
            save_files(run, form)
            open_map_link(run, form, whole_series=scope_of(form) != ONE)
        if not form.errors:
            flash_saved(run, form, told)
            flash_link(form)
            return pages.redirect(url_for("runs.show", run_id=run_id))
    except Conflict:
        db.session.rollback()
        run = runs.organised_run(me(), run_id)
        if form.plan() == plan.plan_of(run):  # the same form was sent twice
            return pages.redirect(url_for("runs.show", run_id=run_id))
        conflict = form.rebase(run, plan.plan_of(run))
    return form_page(form, run, conflict)


def try_change(run_id: uuid.UUID, form: RunForm) -> None:
    """Put what refuses the change on the form, before anybody is asked to confirm it; nothing is changed."""
    try:
        change(run_id, form)
    except Refused as error:
        form.refuse(error)
    finally:
        db.session.rollback()


def change(run_id: uuid.UUID, form: RunForm) -> list[str]:
    """Change the run, or several of its series, and return the names of the changes that people are told of."""
    new, quietly = form.plan(), bool(form.quietly.data)
    if (scope := scope_of(form)) == ONE:
        return plan.change_run(me(), run_id, new, form.seen_sequence, quietly=quietly)
    return changes.change_runs(me(), run_id, new, form.seen_sequence, scope, quietly=quietly)


def flash_saved(run: Run, form: RunForm, told: list[str]) -> None:
    """Say that the run is saved, and who is told of what."""
    what = get_template_attribute("plans/changed_fields.html", "named")(told)
    if told and scope_of(form) != ONE:
        flash(_("Saved. We'll tell everybody taking part: %(what)s.", what=what))
    elif told and (others := people.count_others(me(), run)):
        flash(
            ngettext(
                "Saved. We'll tell %(num)d person: %(what)s.",
                "Saved. We'll tell %(num)d people: %(what)s.",
                others,
                what=what,
            )
        )
    elif form.quietly.data and not told:
        flash(_("Saved without telling anybody."))
    else:
        flash(_("Saved."))


@blueprint.route("/runs/<uuid:run_id>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(run_id: uuid.UUID) -> Response:
    """Say how many people will be notified, then cancel one's own run."""
    run = runs.organised_run(me(), run_id)
    if request.method == "GET" and closed_reason(run):
        return redirect_closed(run)
    form = SeriesCancelForm() if owns_series_of(me(), run) else CancelForm()
    recipients = people.count_others(me(), run)
    if form.validate_on_submit():
        if (scope := scope_of(form)) == ONE:
            plan.cancel_run(me(), run_id, form.reason.data)
        else:
            changes.cancel_runs(me(), run_id, form.reason.data, scope)
        db.session.commit()
        is_quiet = scope == ONE and not recipients
        flash(_("The run is cancelled.") if is_quiet else _("Your run is cancelled. Everybody who was going is told."))
        return pages.redirect(url_for("runs.show", run_id=run_id))
    return pages.render(
        "organising/cancel.html", "form", status=form.http_status, form=form, run=run, recipients=recipients
    )


def redirect_closed(run: Run) -> Response:
    """Redirect to a run that can't be changed any more, with the reason."""
    flash(closed_reason(run), "stop")
    return pages.redirect(url_for("runs.show", run_id=run.id))


def edit_form(run: Run) -> RunForm:
    """Return the form of a run; in a series of one's own it has a `scope`, which a link may preset."""
    current, leaders = plan.plan_of(run), possible_leaders(run)
    if not owns_series_of(me(), run):
        return RunForm.of(run, current, leaders)
    form = SeriesRunForm.of(run, current, leaders)
    if request.method == "GET" and request.args.get("scope") in (LATER, ALL):
        form.scope.data = request.args["scope"]
    return form


def scope_of(form: RunForm | CancelForm) -> str:
    """Return which runs of the series the form is about: ONE, LATER or ALL."""
    return form.scope.data or ONE if isinstance(form, (SeriesRunForm, SeriesCancelForm)) else ONE


def count_phone_lookups(field: PhonesField) -> None:
    """Count the typed phone numbers and commit, so that they count even if the form is refused."""
    if field.data:
        count_number_lookups(me(), len(field.data), settings().numbers_per_person_day, field="organisers")
        db.session.commit()


def publish(form: NewRunForm, model_id: uuid.UUID | None = None, *, asks_team: bool = True) -> uuid.UUID:
    """Publish the run of a form, and return its id; a form that is sent twice publishes one."""
    if not form.has_created(me()):
        count_phone_lookups(form.organisers)
    return form.once(me(), lambda: create_run(form, model_id, asks_team=asks_team).id)


def create_run(form: NewRunForm, model_id: uuid.UUID | None, *, asks_team: bool) -> Run:
    """Create the run of a form with its files and those of the run that it copies, whose organisers may be asked."""
    run = publishing.publish(me(), form.plan(), form.rule() if form.recurs else None)
    if model_id and asks_team:
        invite_organisers_of(me(), model_id, run)
    invite_by_number(me(), run.id, form.organisers.data)
    save_files(run, form)
    if model_id:
        copy_files(model_id, run)
    if form.companion_id is not None:
        publishing.invite_companion(me(), run, form.companion_id)
    open_map_link(run, form, whole_series=run.series_id is not None)
    return run


def open_map_link(run: Run, form: RunForm, *, whole_series: bool) -> None:
    """Have the worker find the pin when the form has a short link in its place."""
    if form.pin.short_link:
        map_links.open_later(me(), run, form.pin.short_link, whole_series=whole_series)


def flash_link(form: RunForm) -> None:
    """Say that the pin is on its way when the form has a short link in its place."""
    if form.pin.short_link:
        flash(_("We open your map link now: the pin comes in a moment, or we tell you how to go on."))


def invites(form: RunForm) -> bool:
    """Return whether the form is that of a run for two."""
    return isinstance(form, NewRunForm) and form.companion_id is not None


def save_files(run: Run, form: RunForm) -> None:
    """Add or remove the route and the cover as the form says; in a series, of this run alone."""
    if form.route.data:
        routes.add_route(me(), run, form.route.data[0].stream)
        routes.set_route_cut(run, form.route_cut.data)
    elif form.route_remove.data:
        routes.remove_route(run)
    elif form.changes_cut:
        routes.set_route_cut(run, form.route_cut.data)
    if form.cover.data:
        photos.add_cover(me(), run, form.cover.data[0].stream)
    elif form.cover_remove.data:
        photos.remove_covers(run)


def team_words(run: Run) -> str:
    """Return the names of the others who organise a run."""
    names = [person.name for person in organisers.organisers_of(me(), run) if person.agreed and person.id != me().id]
    return _(", ").join(names)


def file_words(route: RunRoute | None, cover: RunPicture | None) -> str:
    """Return in words which files the run has, as far as the form knows, "" for none."""
    has_route = route is not None and route.distance_m is not None
    if has_failed(route, cover):
        return _("could not be read")
    return _("a route") if has_route else ""


def has_failed(route: RunRoute | None, cover: RunPicture | None) -> bool:
    """Return whether a file that was sent last could not be read."""
    return any(file is not None and bool(file.reason) for file in (route, cover))


def form_page(
    form: RunForm,
    run: Run | None = None,
    conflict: tuple[RunPlan, list[str], RunPlan] | None = None,
    model: Run | None = None,
    like: Run | None = None,
    last: last_runs.LastRuns | None = None,
    confirmation: Confirmation | None = None,
) -> Response:
    """Render the form of a new run, of one `like` another, of a copy of `model`, or of `run` to be changed.

    After a conflict both versions are shown; `last` are runs of which the new one may be a repetition. A `confirmation`
    is asked for above the form.
    """
    route = route_of(run.id) if run else None
    if route is not None and request.method == "GET":
        form.show_cut(route.cut)
    offer_crews(form, run)
    by_chips = like is not None or (invites(form) and bool(form.place.data))
    cover = unfinished_cover(run) if run else None
    answer = pages.render(
        "organising/form.html",
        "form",
        status=409 if conflict else 422 if confirmation else form.http_status,
        form=form,
        sections=sections_of(form, files=file_words(route, cover), files_failed=has_failed(route, cover)),
        by_chips=by_chips,
        dates_of_days=form.details_of_days() if by_chips and isinstance(form, NewRunForm) else {},
        like_words=taken_words(form) if by_chips else "",
        team=team_words(like) if like else "",
        run=run,
        model=model,
        like=like,
        last=last,
        companion=companion_for(me(), form.companion_id) if invites(form) else None,
        conflict=conflict,
        confirmation=confirmation,
        lost_files=confirmation is not None and any(file.filename for file in request.files.values()),
        map_start=tiles.start_of(form.place.data or "", me().city, me().timezone),
        route=route,
        cover=cover,
        others=people.count_others(me(), run) if run else 0,
    )
    return tiles.allow_tiles(answer)
