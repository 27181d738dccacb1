"""Pages of an account as a whole: export, change of phone number, deletion."""

import uuid

from flask import Blueprint, Response, flash, request, url_for

from hampa.account import queries
from hampa.account.actions import account_deletion, exports, phone as phone_actions
from hampa.account.forms import CodeOnlyForm, DeletionForm, ExportForm, NewPhoneForm
from hampa.auth import code_flow
from hampa.auth.actions import sessions
from hampa.auth.models import SignInCode
from hampa.auth.queries import has_proved
from hampa.people.models import LEAVING_PERIOD
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import device, pages, session, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("account", __name__)

OTHER = "other"
"""The value of `?number=` after a typing error in the new number."""


@blueprint.get("/me/account")
@signed_in
def overview() -> Response:
    """Show the menu of what belongs to signing in, and of what becomes of the data."""
    return pages.render("account/overview.html", person=me())


@blueprint.get("/me/export")
@signed_in
def export() -> Response:
    """Show what a copy holds and the state of the last one."""
    return _export_page(ExportForm())


@blueprint.post("/me/export")
@signed_in
def ask_for_export() -> Response:
    """Request a copy, with a fresh code unless one was typed just before: an open session alone must not be enough."""
    form = ExportForm()
    if not has_proved(me()):
        if _accepted_code(form, "prove", me().phone) is None:
            return _export_page(form)
        sessions.record_proof(me())
        db.session.commit()
    with attempt(form):
        form.once(me(), lambda: exports.request_export(me()).id)
    return _export_page(form) if form.errors else pages.redirect(url_for("account.export"))


@blueprint.post("/me/export/code")
@signed_in
def send_export_code() -> Response:
    """Send the code for a copy."""
    return _send_code("account.export", me().phone, "prove")


@blueprint.get("/me/export/<uuid:export_id>")
@signed_in
def export_file(export_id: uuid.UUID) -> Response:
    """Send the ZIP to its owner on its day."""
    archive = queries.export_for(me(), export_id)
    name = f"hampa-{archive.created_at:%Y-%m-%d}.zip"
    return uploads.send(archive.file, "application/zip", download_name=name, keep="private, no-store")


@blueprint.get("/me/phone")
@signed_in
def phone() -> Response:
    """Show the next step: the code to the present number, the new number, or the code to the new one."""
    waits_for_code = code_flow.open_code("new_phone") and request.args.get("number") != OTHER
    if waits_for_code and has_proved(me(), queries.PROOF_HOLDS):
        return _phone_page("code", CodeOnlyForm())
    if not has_proved(me()):
        return _phone_page("prove", CodeOnlyForm())
    return _phone_page("number", NewPhoneForm())


@blueprint.post("/me/phone/proof/code")
@signed_in
def send_proof() -> Response:
    """Send a code to the present number."""
    return _send_code("account.phone", me().phone, "prove")


@blueprint.post("/me/phone/proof")
@signed_in
def prove() -> Response:
    """Prove with a fresh code that the present number belongs to the person."""
    form = CodeOnlyForm()
    if _accepted_code(form, "prove", me().phone) is None:
        return _phone_page("prove", form)
    sessions.record_proof(me())
    db.session.commit()
    return pages.redirect(url_for("account.phone"))


@blueprint.post("/me/phone")
@signed_in
def new_phone() -> Response:
    """Send a code to the new number; if it has an account, its holder gets another text and this page says the same."""
    if not has_proved(me()):
        return pages.redirect(url_for("account.phone"))
    form = NewPhoneForm()
    if form.validate() and form.phone.data == me().phone:
        form.refuse(Refused(_("This is your number already."), "phone"))
    if form.errors:
        return _phone_page("number", form)
    wording = "auth/sms/number_taken.txt" if queries.is_taken(form.phone.data) else ""
    return _send_code("account.phone", form.phone.data, "new_phone", wording)


@blueprint.post("/me/phone/code")
@signed_in
def change_phone() -> Response:
    """Change the number with the code that was sent to the new one."""
    form = CodeOnlyForm()
    if form.validate() and not has_proved(me(), queries.PROOF_HOLDS):
        flash(_("That took a while. Confirm once more that your current number is yours."), "stop")
        return pages.redirect(url_for("account.phone"))
    code = _accepted_code(form, "new_phone")
    if code is None:
        return _phone_page("code", form)
    with attempt(form, Conflict):
        phone_actions.change_phone(me(), code.phone, device.token())
    if form.errors:
        return _phone_page("code", form)
    code_flow.forget_code("new_phone")
    flash(_("From now on you sign in with your new number. The old one was told."))
    return pages.redirect(url_for("profile.overview"))


@blueprint.route("/phone/<change_token>", methods=["GET", "POST"])
@public
def object_to_change(change_token: str) -> Response:
    """Undo a change of number by the link in the SMS to the old one; a GET changes nothing."""
    _change, person = queries.change_for_link(change_token)
    with i18n.use_locale_of(person):
        form = Form()
        if form.validate_on_submit():
            with attempt(
                form,
                done=_(
                    "This number counts again, and everybody was signed out. Sign in with it, and set up anew what else you used."
                ),
            ):
                phone_actions.undo_change(change_token)
            if not form.errors:
                return pages.redirect(url_for("auth.login"))
        answer = pages.render("account/object.html", status=form.http_status, form=form, token=change_token)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/me/delete", methods=["GET", "POST"])
@signed_in
def delete() -> Response:
    """Show the consequences of a deletion; with a fresh code delete the account."""
    person = me()
    consequences = queries.deletion_consequences(person)
    form = DeletionForm.for_runs(consequences.owned_runs)
    if request.method == "POST" and _accepted_code(form, "delete", person.phone) is not None:
        with attempt(form):
            leaver = account_deletion.request_deletion(person, form.successors())
            until = dates.date(clock.now() + LEAVING_PERIOD, leaver.timezone)
        if not form.errors:
            session.leave()
            flash(_("Nobody sees you any more. Until %(date)s you can come back by signing in.", date=until))
            return pages.redirect("/")
    return pages.render(
        "account/delete.html",
        status=form.http_status,
        form=form,
        person=me(),
        consequences=consequences,
        until=clock.now() + LEAVING_PERIOD,
        reason=account_deletion.deletion_blocked_reason(me()),
        sent=code_flow.open_code("delete") is not None,
    )


@blueprint.post("/me/delete/code")
@signed_in
def send_delete_code() -> Response:
    """Send the code for a deletion."""
    return _send_code("account.delete", me().phone, "delete")


def _send_code(page: str, phone: str, purpose: str, wording: str = "") -> Response:
    """Send a code, let this browser wait for it, and redirect to the page on which it is typed."""
    code, secret = code_flow.request_code(phone, purpose, wording=wording)
    db.session.commit()
    code_flow.remember_code(code, secret)
    return pages.redirect(url_for(page))


def _accepted_code(form: CodeOnlyForm, purpose: str, sent_to: str | None = None) -> SignInCode | None:
    """Return the code if its digits are right; if they are wrong, count that and put the error on the form."""
    if not form.validate():
        return None
    code, error = code_flow.check_pending_code(purpose, form.code.data, sent_to)
    if code is None:
        db.session.commit()
        form.refuse(Refused(error, "code"))
    return code


def _export_page(form: CodeOnlyForm) -> Response:
    person = me()
    return pages.render(
        "account/export.html",
        "copy",
        status=form.http_status,
        form=form,
        person=person,
        export=queries.latest_export(person),
        proved=has_proved(person),
        sent=code_flow.open_code("prove") is not None,
    )


def _phone_page(step: str, form: Form) -> Response:
    """Render one step: prove, number or code."""
    purpose = {"prove": "prove", "code": "new_phone"}.get(step, "")
    pending = code_flow.open_code(purpose)
    return pages.render(
        "account/phone.html", status=form.http_status, step=step, form=form, person=me(), pending=pending
    )
