"""The page of the ways to sign in, and the proof that others among the settings ask for first.

Each way is a feature above, which fills the slots `auth.ways` (here, with `person`), `login.ways` (below the number on
the page of sign-in, with `next` and `act`), and `auth.proof` if it proves as much as a code (with `next_path`).
"""

from flask import Response, request, url_for

from hampa.auth import code_flow
from hampa.auth.actions import sessions
from hampa.auth.forms import ProofForm
from hampa.auth.views.blueprint import blueprint
from hampa.platform.errors import Refused
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.get("/me/ways")
@signed_in
def ways() -> Response:
    """Show the ways to sign in that the person has, and those that they can add."""
    return pages.render("auth/ways.html", person=me())


@blueprint.get("/me/proof")
@signed_in
def proof() -> Response:
    """Ask for a proof that it is the person, before what an open session alone must not be enough for."""
    return _proof_page(ProofForm(formdata=None, next=request.args.get("next", "")))


@blueprint.post("/me/proof")
@signed_in
def prove() -> Response:
    """Take the code from the SMS as the proof, and go on to where it was asked for."""
    form = ProofForm()
    if not form.validate():
        return _proof_page(form)
    with attempt(form):
        code, error = code_flow.check_pending_code("prove", form.code.data, me().phone)
        if code is not None:
            sessions.record_proof(me())
    if not form.errors and code is None:
        form.refuse(Refused(error, "code"))
    return _proof_page(form) if form.errors else pages.redirect(_next_path(form))


@blueprint.post("/me/proof/code")
@signed_in
def send_proof_code() -> Response:
    """Send the code of a proof to the person's number."""
    form = ProofForm()
    with attempt(Form(formdata=None)) as result:
        code, secret = code_flow.request_code(me().phone, "prove")
    if result.error is not None:
        form.refuse(result.error)
        return _proof_page(form)
    code_flow.remember_code(code, secret)
    return pages.redirect(url_for("auth.proof", next=_next_path(form)))


def _proof_page(form: ProofForm) -> Response:
    form.next.data = _next_path(form)
    sent = code_flow.open_code("prove") is not None
    return pages.render("auth/proof.html", status=form.http_status, form=form, person=me(), sent=sent)


def _next_path(form: ProofForm) -> str:
    return pages.safe_next(form.next.data, url_for("auth.ways"))
