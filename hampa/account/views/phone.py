"""Another phone number: first the old one is shown to be one's own, then the new one."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from hampa.account.actions import phone as actions
from hampa.account.forms import CodeOnlyForm, NewPhoneForm
from hampa.account.queries import phone as queries
from hampa.account.views.blueprint import blueprint
from hampa.auth import code_flow
from hampa.auth.actions import sessions
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import device, pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

OTHER = "other"
"""Asked for with `?number=other` by who mistyped the new one."""


@blueprint.get("/me/phone")
@signed_in
def phone() -> Response:
    """The step that is next: the code to the present number, the new number, or the code to it."""
    waits = code_flow.pending("new_phone")
    types = waits is not None and waits.state == "open" and request.args.get("number") != OTHER
    if types and queries.has_proved(me(), queries.PROOF_HOLDS):
        return phone_page("code", CodeOnlyForm())
    if not queries.has_proved(me()):
        return phone_page("prove", CodeOnlyForm())
    return phone_page("number", NewPhoneForm())


@blueprint.post("/me/phone/proof/code")
@signed_in
def send_proof() -> Response:
    """Have a code sent to the present number."""
    code, secret = code_flow.ask(me().phone, "prove")
    db.session.commit()
    code_flow.remember(code, secret)
    return pages.redirect(url_for("account.phone"))


@blueprint.post("/me/phone/proof")
@signed_in
def prove() -> Response:
    """Show with a fresh code that the present number is one's own."""
    form = CodeOnlyForm()
    if not form.validate():
        return phone_page("prove", form)
    code, why_not = code_flow.answered("prove", form.code.data, me().phone)
    if code is None:
        db.session.commit()
        form.refuse(Refused(why_not, "code"))
        return phone_page("prove", form)
    sessions.note_proof(me())
    db.session.commit()
    return pages.redirect(url_for("account.phone"))


@blueprint.post("/me/phone")
@signed_in
def new_phone() -> Response:
    """Have a code sent to the new number. Whoever has it already gets another text, and this page says the same."""
    if not queries.has_proved(me()):
        return pages.redirect(url_for("account.phone"))
    form = NewPhoneForm()
    if form.validate() and form.phone.data == me().phone:
        form.refuse(Refused(_("This is your number already."), "phone"))
    if form.errors:
        return phone_page("number", form)
    code, secret = code_flow.ask(form.phone.data, "new_phone", wording=actions.wording_for(form.phone.data))
    db.session.commit()
    code_flow.remember(code, secret)
    return pages.redirect(url_for("account.phone"))


@blueprint.post("/me/phone/code")
@signed_in
def change_phone() -> Response:
    """With the code that went to the new number it is one's own."""
    form = CodeOnlyForm()
    if not form.validate():
        return phone_page("code", form)
    if not queries.has_proved(me(), queries.PROOF_HOLDS):
        flash(_("That took a while. Show once more that the present number is yours."), "stop")
        return pages.redirect(url_for("account.phone"))
    code, why_not = code_flow.answered("new_phone", form.code.data)
    if code is None:
        db.session.commit()
        form.refuse(Refused(why_not, "code"))
        return phone_page("code", form)
    with attempt(form, Conflict):
        actions.change_phone(me(), code.phone, device.token())
    if form.errors:
        return phone_page("code", form)
    code_flow.forget("new_phone")
    flash(_("From now on you sign in with your new number. The old one was told."))
    return pages.redirect(url_for("profile.overview"))


@blueprint.route("/phone/<change_token>", methods=["GET", "POST"])
@public
def object_to_change(change_token: str) -> Response:
    """Take a change of number back, from the SMS that went to the old one. A GET changes nothing."""
    _change, person = queries.change_of_link(change_token)
    with i18n.use_locale_of(person):
        form = Form()
        if form.validate_on_submit():
            with attempt(form, done=_("This number counts again, and everybody was signed out. Sign in with it.")):
                actions.take_back(change_token)
            if not form.errors:
                return pages.redirect(url_for("auth.login"))
        answer = pages.render("account/object.html", status=form.http_status, form=form, token=change_token)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def phone_page(step: str, form: Form) -> Response:
    """One step: prove, number or code."""
    pending = code_flow.pending({"prove": "prove", "code": "new_phone"}.get(step, ""))
    sent = pending is not None and pending.state == "open"
    return pages.render(
        "account/phone.html",
        status=form.http_status,
        step=step,
        form=form,
        person=me(),
        pending=pending if sent else None,
    )
