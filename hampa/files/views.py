"""Pages of files: those of one thing, one's own, and handing one out."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.files import actions
from hampa.files.forms import KIND_WORDS, REASON_WORDS, StoredFileForm
from hampa.files.models import MEGABYTES, MOST_BYTES_IN_ALL, MOST_FILES, StoredFile
from hampa.files.queries import files as queries, links
from hampa.files.queries.owners import Owner, owner_for, plan_as_owner
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media.documents import TYPES
from hampa.platform.web import headers, pages, slots, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.training.models.plans import PlanMember, TrainingPlan

blueprint = Blueprint("files", __name__)
slots.share(blueprint, file_kinds=KIND_WORDS, stored_file_reasons=REASON_WORDS)


def on_plan(plan: TrainingPlan, member: PlanMember | None) -> dict[str, Any] | None:
    """Return what the page of a plan shows its members, and who keeps it for them, of its files."""
    if member is None or not (member.belongs or member.keeps):
        return None
    owner = plan_as_owner(plan, member)
    return {"owner": owner, "files": queries.files_of(me(), owner, None, queries.LATEST_SHOWN).items}


slots.fill(blueprint, "plan.parts", "files/on_plan.html", on_plan)
slots.fill(blueprint, "training.views", "files/on_training.html")


@blueprint.get("/me/files")
@signed_in
def mine() -> Response:
    """List the files that the viewer keeps."""
    return pages.render(
        "files/mine.html",
        page=queries.files_kept_by(me(), request.args.get("after")),
        use=queries.use_of(me()),
        most_files=MOST_FILES,
        most_bytes=MOST_BYTES_IN_ALL,
    )


@blueprint.get("/files/<owner_kind>/<uuid:owner_id>")
@signed_in
def of_owner(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """List the files of something, with the form to add one."""
    return _page(owner_for(me(), owner_kind, owner_id), StoredFileForm(formdata=None))


@blueprint.post("/files/<owner_kind>/<uuid:owner_id>")
@signed_in
@uploads.takes_files(megabytes=MEGABYTES + 1)
def add(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """Add a file to something."""
    owner, form = owner_for(me(), owner_kind, owner_id), StoredFileForm()
    if form.validate_on_submit():
        file = form.file.data[0]
        with attempt(
            form,
            actions.FileTooLarge,
            actions.InvalidFileType,
            done=_("It will be here in a moment, once it has been checked."),
        ):
            form.once(me(), lambda: actions.add_file(me(), owner_kind, owner_id, file.stream, file.filename or "").id)
        if not form.errors:
            return pages.redirect(url_for("files.of_owner", owner_kind=owner_kind, owner_id=owner_id))
    return _page(owner, form)


def _page(owner: Owner, form: StoredFileForm) -> Response:
    return pages.render(
        "files/of_owner.html",
        status=422 if form.http_status in (413, 415) else form.http_status,
        owner=owner,
        form=form,
        page=queries.files_of(me(), owner, request.args.get("after")),
        viewer_id=me().id,
        megabytes=MEGABYTES,
    )


@blueprint.get("/files/<uuid:file_id>")
@signed_in
def fetch(file_id: uuid.UUID) -> Response:
    """Go on to the content of a file by a link that ends."""
    file = queries.file_for(me(), file_id)
    if not queries.is_handed_out(file):
        raise NotFound(_("It hasn't been checked yet. Come back in a minute."))
    token, _ends_at = links.make_link(me(), file.id)
    return pages.redirect(url_for("files.content", file_id=file.id, file_token=token))


@blueprint.get("/files/<uuid:file_id>/content/<file_token>")
@public
def content(file_id: uuid.UUID, file_token: str) -> Response:
    """Hand a file to whom a link was made for, who must still see it."""
    return hand_out(queries.file_for(links.holder_of(file_token, file_id), file_id))


def hand_out(file: StoredFile) -> Response:
    """Answer with the content of a file, to be saved and never shown. Raise NotFound until it is checked."""
    if not queries.is_handed_out(file) or file.object_name is None:
        raise NotFound
    answer = uploads.send(file.object_name, TYPES[file.kind], download_name=file.name, keep="private, no-store")
    return headers.sandbox(answer)


@blueprint.get("/files/<uuid:file_id>/delete")
@signed_in
def confirm_delete(file_id: uuid.UUID) -> Response:
    """Ask whether to delete a file."""
    file = queries.file_for(me(), file_id)
    return pages.render("files/delete.html", file=file, may_delete=actions.may_delete(me(), file))


@blueprint.post("/files/<uuid:file_id>/delete")
@signed_in
def delete(file_id: uuid.UUID) -> Response:
    """Delete a file."""
    file = queries.file_for(me(), file_id)
    kind, owner_id = file.owner_kind, file.owner_id
    with attempt(done=_("Deleted.")):
        actions.delete_file(me(), file_id)
    return pages.redirect(url_for("files.of_owner", owner_kind=kind, owner_id=owner_id))
