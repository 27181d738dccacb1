"""A copy of all that is ours of a person."""

from __future__ import annotations

import uuid

from flask import Response, url_for

from hampa.account.actions import exports as actions
from hampa.account.forms import CodeOnlyForm
from hampa.account.queries import exports as queries
from hampa.account.queries.phone import has_proved
from hampa.account.views.blueprint import blueprint
from hampa.auth import code_flow
from hampa.auth.actions import sessions
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.web import pages, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.get("/me/export")
@signed_in
def export() -> Response:
    """What a copy holds, and how the last one stands."""
    return export_page(CodeOnlyForm())


@blueprint.post("/me/export")
@signed_in
def ask_for_export() -> Response:
    """Have one made, with a fresh code unless one was typed here just before: a session left open takes nothing along."""
    form = CodeOnlyForm()
    if not has_proved(me()):
        if not form.validate():
            return export_page(form)
        code, why_not = code_flow.answered("prove", form.code.data, me().phone)
        if code is None:
            db.session.commit()
            form.refuse(Refused(why_not, "code"))
            return export_page(form)
        sessions.note_proof(me())
        db.session.commit()
    with attempt(form):
        actions.ask_for_export(me())
    if form.errors:
        return export_page(form)
    return pages.redirect(url_for("account.export"))


@blueprint.post("/me/export/code")
@signed_in
def send_export_code() -> Response:
    """Have the code sent without which no copy is made."""
    code, secret = code_flow.ask(me().phone, "prove")
    db.session.commit()
    code_flow.remember(code, secret)
    return pages.redirect(url_for("account.export"))


@blueprint.get("/me/export/<uuid:export_id>")
@signed_in
def export_file(export_id: uuid.UUID) -> Response:
    """The ZIP, for whose it is and on its day."""
    found = queries.export_of(me(), export_id)
    day = f"{found.created_at:%Y-%m-%d}"
    return uploads.send(found.file, "application/zip", download_name=f"hampa-{day}.zip", keep="private, no-store")


def export_page(form: CodeOnlyForm) -> Response:
    """How the last copy stands, and the way to another."""
    person = me()
    pending = code_flow.pending("prove")
    return pages.render(
        "account/export.html",
        "copy",
        status=form.http_status,
        form=form,
        person=person,
        export=queries.latest_of(person),
        proved=has_proved(person),
        sent=pending is not None and pending.state == "open",
    )
