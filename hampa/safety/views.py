"""Pages for watches and emergency contacts."""

import uuid
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from hampa.people.actions import change_contact
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.home_modules import MODULES, HomeModule
from hampa.platform.web.permissions import asks_first, public, signed_in
from hampa.platform.web.session import me
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.safety import actions, queries
from hampa.safety.forms import ContactForm, MoreTimeForm, WatchForm, WordForm
from hampa.safety.models import MORE_MINUTES

blueprint = Blueprint("safety", __name__)

WATCHED_AROUND = timedelta(hours=12)
"""Before the start of a run and after its end; further from it, its page does not ask for a watch."""
slots.share(blueprint, more_minutes=MORE_MINUTES)


def watch_on_run(run: Run) -> dict[str, Any]:
    """Return the watch that runs while the viewer goes to a run; it is read only around the run."""
    is_near = run.starts_at - WATCHED_AROUND <= clock.now() <= run.ends_at + WATCHED_AROUND
    return {"watch": queries.expected_back(me()) if is_near else None}


def watch_module(person: Person, **_values: Any) -> HomeModule:
    """Return the module of home with the running watch."""
    return HomeModule("safety/running.html", queries.has_watch(person), running_watch)


def running_watch(person: Person) -> dict[str, Any] | None:
    """Return the running watch of a person as the value of a template."""
    watch = queries.active_watch(person)
    return {"watch": watch} if watch is not None else None


slots.contribute(blueprint, MODULES, watch_module)
slots.fill(blueprint, "run.going", "safety/entry.html", watch_on_run)
slots.fill(blueprint, "run.attendee", "safety/contact_link.html")


@blueprint.get("/safety")
@signed_in
def index() -> Response:
    """Show the person's running watch and past ones."""
    return _index_page()


@blueprint.route("/safety/new", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def new() -> Response:
    """Start a watch for a run (`?run=`) or for running alone."""
    run = _requested_run()
    form = WatchForm() if request.method == "POST" else WatchForm.suggested(run, queries.last_contact(me()))
    if form.validate_on_submit():
        with attempt(form):
            form.once(me(), lambda: actions.start_watch(me(), form.plan(run)).id)
        if not form.errors:
            return pages.redirect(url_for("safety.index"))
        run = _requested_run()
    return pages.render("safety/form.html", "form", status=form.http_status, form=form, run=run)


@blueprint.post("/safety/<uuid:watch_id>/home")
@signed_in
def home(watch_id: uuid.UUID) -> Response:
    """Say that the person is home."""
    actions.confirm_home(queries.watch_for(me(), watch_id).id)
    db.session.commit()
    flash(_("Good that you're home."))
    return pages.redirect(url_for("safety.index"))


@blueprint.post("/safety/<uuid:watch_id>/more")
@signed_in
def more(watch_id: uuid.UUID) -> Response:
    """Extend a watch."""
    watch = queries.watch_for(me(), watch_id)
    form = MoreTimeForm()
    if form.validate():
        with attempt(form):
            form.once(me(), lambda: actions.extend_watch(watch.id, int(form.minutes.data)).id)
    return _index_page(form) if form.errors else pages.redirect(url_for("safety.index"))


@blueprint.post("/safety/<uuid:watch_id>/cancel")
@signed_in
def cancel(watch_id: uuid.UUID) -> Response:
    """Cancel a watch because the person does not go out."""
    watch = queries.watch_for(me(), watch_id)
    with attempt():
        actions.cancel_watch(watch.id)
    return pages.redirect(url_for("safety.index"))


@blueprint.route("/safe/<home_token>", methods=["GET", "POST"])
@public
def by_link(home_token: str) -> Response:
    """Answer by the link in an SMS, without signing in: home, or more time. A GET changes nothing."""
    watch = queries.watch_for_link(home_token)
    with i18n.use_locale_of(watch.person):
        form = WordForm()
        if form.validate_on_submit():
            with attempt(form):
                if form.word.data == "home":
                    actions.confirm_home(watch.id)
                else:
                    form.once(watch.person, lambda: actions.extend_watch(watch.id, int(form.word.data)).id)
            if not form.errors:
                return pages.redirect(url_for("safety.by_link", home_token=home_token))
            watch = queries.watch_for_link(home_token)
        refused = _errors(form)
        answer = pages.render(
            "safety/link.html",
            "word",
            status=422 if refused else 200,
            watch=watch,
            first_name=watch.person.name.split(" ")[0],
            home_token=home_token,
            refused=refused,
        )
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/me/contact", methods=["GET", "POST"])
@signed_in
def contact() -> Response:
    """Edit the emergency contact, and list the looks at it."""
    person = me()
    form = ContactForm(obj=person)
    if form.validate_on_submit():
        change_contact(person, name=form.emergency_name.data, phone=form.emergency_phone.data)
        db.session.commit()
        flash(_("Saved."))
        return pages.redirect(url_for("safety.contact"))
    return pages.render(
        "safety/contact.html",
        "form" if request.method == "POST" else "looks",
        status=form.http_status,
        form=form,
        looks=queries.contact_looks(person, request.args.get("after")),
    )


@blueprint.route("/runs/<uuid:run_id>/contacts/<uuid:participation_id>", methods=["GET", "POST"])
@signed_in
def contact_of(run_id: uuid.UUID, participation_id: uuid.UUID) -> Response:
    """Show a participant's emergency contact to an organiser, after a POST of which the participant is notified."""
    if request.method == "POST":
        actions.record_contact_look(me(), run_id, participation_id)
        db.session.commit()
        return pages.redirect(url_for("safety.contact_of", run_id=run_id, participation_id=participation_id))
    run, runner = queries.contact_for_organiser(me(), run_id, participation_id)
    looked = queries.has_looked(me(), run, runner)
    answer = pages.render(
        "safety/contact_of.html", run=run, runner=runner, looked=looked, participation_id=participation_id
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _index_page(form: MoreTimeForm | None = None) -> Response:
    refused = _errors(form) if form else []
    return pages.render(
        "safety/index.html",
        status=422 if refused else 200,
        watch=queries.active_watch(me()),
        past=queries.past_watches(me()),
        refused=refused,
    )


def _errors(form: Form) -> list[str]:
    return [text for texts in form.errors.values() for text in texts]


def _requested_run() -> Run | None:
    try:
        return runs.run_for(me(), uuid.UUID(request.args["run"]))
    except (KeyError, ValueError):
        return None
