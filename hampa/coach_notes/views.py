"""Pages of notes: those of one thing, one of them, its changes, and what is done with it."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.coach_notes import actions
from hampa.coach_notes.forms import NoteForm
from hampa.coach_notes.models import LONGEST, CoachNote
from hampa.coach_notes.queries import notes as queries
from hampa.files.queries.owners import Owner, owner_for, plan_as_owner
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.models.plans import PlanMember, TrainingPlan

blueprint = Blueprint("coach_notes", __name__)


def on_plan(plan: TrainingPlan, member: PlanMember | None) -> dict[str, Any] | None:
    """Return what the page of a plan shows its members, and who keeps it for them, of its notes."""
    if member is None or not (member.belongs or member.keeps):
        return None
    owner = plan_as_owner(plan, member)
    return {"owner": owner, "notes": queries.latest_of(me(), owner)}


slots.fill(blueprint, "plan.parts", "coach_notes/on_plan.html", on_plan)


@blueprint.get("/notes/<owner_kind>/<uuid:owner_id>")
@signed_in
def of_owner(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """List the notes of something, with the form for one more."""
    return _list(owner_for(me(), owner_kind, owner_id), NoteForm(formdata=None))


@blueprint.post("/notes/<owner_kind>/<uuid:owner_id>")
@signed_in
def write(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """Write a note on something."""
    owner, form = owner_for(me(), owner_kind, owner_id), NoteForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            form.once(
                me(),
                lambda: (
                    actions.write_note(me(), owner_kind, owner_id, form.text.data, is_shared=form.is_shared.data).id
                ),
            )
        if not form.errors:
            return pages.redirect(url_for("coach_notes.of_owner", owner_kind=owner_kind, owner_id=owner_id))
    return _list(owner, form)


def _list(owner: Owner, form: NoteForm) -> Response:
    after = request.args.get("after")
    return pages.render(
        "coach_notes/of_owner.html",
        status=form.http_status,
        owner=owner,
        form=form,
        longest=LONGEST,
        pinned=queries.pinned_of(me(), owner) if after is None else [],
        page=queries.notes_of(me(), owner, after),
        deleted=[(note.id, queries.title_of(note.text), note.deleted_at) for note in queries.deleted_of(me(), owner)],
    )


@blueprint.get("/notes/<uuid:note_id>")
@signed_in
def show(note_id: uuid.UUID) -> Response:
    """Show a note."""
    note = queries.note_for(me(), note_id)
    owner = owner_for(me(), note.owner_kind, note.owner_id)
    return pages.render(
        "coach_notes/show.html",
        row=queries.row_of(me(), note),
        owner=owner,
        rights=queries.rights_of(me(), note, owner),
    )


@blueprint.route("/notes/<uuid:note_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(note_id: uuid.UUID) -> Response:
    """Change the text of a note."""
    note = queries.changeable_note_for(me(), note_id)
    form = NoteForm(obj=note)
    if form.validate_on_submit():
        with attempt(form, actions.ChangedMeanwhile, done=_("Saved.")):
            actions.change_note(me(), note_id, form.text.data, form.read_number)
        if not form.errors:
            return _to_note(note_id)
        note = queries.changeable_note_for(me(), note_id)
        form.number.data = str(note.number)  # who saves again has been told
    return pages.render("coach_notes/edit.html", status=form.http_status, form=form, note=note, longest=LONGEST)


@blueprint.get("/notes/<uuid:note_id>/versions")
@signed_in
def versions(note_id: uuid.UUID) -> Response:
    """Show what was changed of a note, by whom and when."""
    note = queries.note_for(me(), note_id)
    before = request.args.get("before", "")
    changes = queries.changes_of(me(), note, int(before) if before.isdecimal() and len(before) < 10 else None)
    return pages.render("coach_notes/versions.html", note=note, title=queries.title_of(note.text), changes=changes)


@blueprint.post("/notes/<uuid:note_id>/pin")
@signed_in
def pin(note_id: uuid.UUID) -> Response:
    """Keep a note above the others, or no longer."""
    with attempt():
        actions.pin_note(me(), note_id, is_pinned=request.form.get("on") == "1")
    return _to_note(note_id)


@blueprint.post("/notes/<uuid:note_id>/share")
@signed_in
def share(note_id: uuid.UUID) -> Response:
    """Let all who belong see a note, or nobody else."""
    with attempt(done=_("Saved.")):
        actions.share_note(me(), note_id, is_shared=request.form.get("on") == "1")
    return _to_note(note_id)


@blueprint.post("/notes/<uuid:note_id>/delete")
@signed_in
def delete(note_id: uuid.UUID) -> Response:
    """Delete a note."""
    note = queries.note_for(me(), note_id)
    with attempt(done=_("Deleted. You can bring it back for thirty days.")):
        actions.delete_note(me(), note_id)
    return _to_owner(note)


@blueprint.post("/notes/<uuid:note_id>/restore")
@signed_in
def restore(note_id: uuid.UUID) -> Response:
    """Bring a deleted note back."""
    with attempt(done=_("It is back.")):
        actions.restore_note(me(), note_id)
    return _to_note(note_id)


def _to_note(note_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("coach_notes.show", note_id=note_id))


def _to_owner(note: CoachNote) -> Response:
    return pages.redirect(url_for("coach_notes.of_owner", owner_kind=note.owner_kind, owner_id=note.owner_id))
