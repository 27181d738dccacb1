"""Pages of sign-in: number, code, first settings."""

from flask import Response, flash, request, url_for

from hampa.auth import code_flow, queries
from hampa.auth.actions import codes, sessions
from hampa.auth.forms import CodeForm, PhoneForm, WelcomeForm
from hampa.auth.models import SignInCode
from hampa.auth.views.blueprint import blueprint
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import intents, pages, session, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.intents import PressedIntent
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

REASONS = {
    **code_flow.REJECTIONS,
    "shut_out": _l("This account has been suspended. Write to the operators of this site."),
}


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> Response:
    """Request a code for a phone number."""
    pending = code_flow.pending_code()
    typed = {"next": request.args.get("next", ""), "act": request.args.get("act", "")}
    form = PhoneForm(**typed, phone=pending.phone if pending else None)
    pressed = intents.parse(form.act.data)
    form.next.data = pages.safe_next(form.next.data, pressed.page if pressed else "/")
    if me():
        return pages.redirect(form.next.data)
    if form.validate_on_submit() and _send_code(form, form.phone.data, form.next.data, pressed):
        return pages.redirect(url_for("auth.code"))
    return pages.render(
        "auth/login.html",
        "form",
        status=form.http_status,
        form=form,
        reason=REASONS.get(request.args.get("reason", "")),
        has_code=pending is not None and pending.state == "open",
        intent=pressed.words() if pressed else None,
    )


@blueprint.route("/login/code", methods=["GET", "POST"])
@public
def code() -> Response:
    """Sign in with the code from the SMS, in the browser that requested it."""
    pending = code_flow.pending_code()
    if me():
        return pages.redirect("/")
    if pending is not None and pending.state == "asked":
        return pages.redirect(url_for("auth.stay"))
    if pending is None or pending.state != "open":
        return _back_to_login(pending)
    form, pressed = CodeForm(), code_flow.pending_intent(pending)
    if form.validate_on_submit():
        likely = code_flow.likely_timezone(pending.phone, pressed)
        browser = code_flow.current_browser(form.timezone.data or request.cookies.get("tz", ""), likely)
        with attempt(form):
            result = codes.sign_in_with_code(pending.id, code_flow.pending_secret(), form.code.data, browser)
        if not form.errors and result.outcome == "wrong":
            form.refuse(Refused(code_flow.wrong_code_message(result.attempts_left), "code"))
    if request.method == "GET" or form.errors:
        return _code_page(form, pending)
    if result.outcome == "leaving":
        return pages.redirect(url_for("auth.stay"))
    if result.outcome == "shut_out" and (addresses := slots.collect("auth.shut_out", phone=pending.phone)):
        return pages.redirect(addresses[0])
    if result.until is not None:
        flash(_("Your account is suspended until %(when)s.", when=dates.when(result.until)), "stop")
    return _signed_in(result, pending, pressed)


@blueprint.route("/login/stay", methods=["GET", "POST"])
@public
def stay() -> Response:
    """Ask a person who is leaving and has just proved the number whether to cancel the deletion."""
    pending = code_flow.pending_code()
    leaver = queries.leaver_of(pending) if pending and not me() else None
    if pending is None or leaver is None:
        return pages.redirect(url_for("auth.login"))
    if request.method == "GET":
        until = leaver.erasure_due_at
        # Between that moment and the worker's next round the account is still there, and can come back.
        return pages.render("auth/stay.html", until=until if until and until > clock.now() else None)
    result = codes.cancel_deletion(pending.id, code_flow.pending_secret(), code_flow.current_browser())
    db.session.commit()
    if result.person is not None:
        flash(_("Good to have you back."))
    return _signed_in(result, pending)


@blueprint.post("/login/code/resend")
@public
def resend() -> Response:
    """Send another code to the number of the pending one."""
    pending = code_flow.pending_code()
    if me() or pending is None:
        return pages.redirect(url_for("auth.login"))
    form = CodeForm(formdata=None)
    if _send_code(form, pending.phone, pending.next_path, code_flow.pending_intent(pending)):
        return pages.redirect(url_for("auth.code"))
    return _code_page(form, pending)


@blueprint.get("/login/session")
@public
def current_session() -> Response:
    """Answer with the mark of this browser's session, for a page that asks whether its own has ended."""
    answer = Response(session.mark(), mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/logout")
@public
def logout() -> Response:
    """End the session of this browser."""
    person = me()
    if person:
        sessions.end_session(queries.session_of(person, person.session_id))
        db.session.commit()
    session.leave()
    return pages.redirect("/")


@blueprint.route("/welcome", methods=["GET", "POST"])
@signed_in
def welcome() -> Response:
    """Ask a new person for their first settings."""
    person = me()
    form = WelcomeForm(obj=person, next=request.args.get("next", ""))
    form.next.data = pages.safe_next(form.next.data, "/")
    if form.validate_on_submit():
        sessions.save_welcome(person, name=form.name.data, locale=form.locale.data, city=form.city.data)
        db.session.commit()
        return pages.redirect(form.next.data)
    return pages.render("auth/welcome.html", "form", status=form.http_status, form=form)


def _send_code(form: Form, phone: str, next_path: str, pressed: PressedIntent | None) -> bool:
    """Send a code and let this browser wait for it; return False, with the error on the form, if a limit is reached."""
    with attempt(form) as result:
        code, secret = code_flow.request_code(phone, "sign_in", next_path)
    if result.succeeded:
        code_flow.remember_code(code, secret)
        code_flow.remember_intent(code, pressed)
    return result.succeeded


def _signed_in(result: codes.CodeResult, pending: SignInCode, pressed: PressedIntent | None = None) -> Response:
    """Set the cookies of the person who has signed in and do what they pressed, or go back to the login page."""
    if result.person is None:
        return _back_to_login(pending, result.outcome)
    code_flow.do_after_code(result.person, pending)
    return code_flow.let_in(result.person, result.device_token, result.next_path, pressed)


def _back_to_login(pending: SignInCode | None, reason: str = "") -> Response:
    if pending is None:
        return pages.redirect(url_for("auth.login"))
    pressed = code_flow.pending_intent(pending)
    path, act = code_flow.unless_home(pending.next_path), pressed.token if pressed else None
    return pages.redirect(url_for("auth.login", reason=reason or pending.state, next=path, act=act))


def _code_page(form: CodeForm, pending: SignInCode) -> Response:
    pressed = code_flow.pending_intent(pending)
    return pages.render(
        "auth/code.html",
        "form",
        status=form.http_status,
        form=form,
        pending=pending,
        next_path=code_flow.unless_home(pending.next_path),
        wait=code_flow.seconds_to_next(pending),
        act=pressed.token if pressed else None,
        intent=pressed.words() if pressed else None,
    )
