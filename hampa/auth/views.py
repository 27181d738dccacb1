"""Pages at the door: number, code, first steps; and where one is signed in."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, flash, g, request, session as cookie, url_for

from hampa.auth import code_flow, queries
from hampa.auth.actions import codes, sessions
from hampa.auth.forms import CodeForm, PhoneForm, WelcomeForm
from hampa.auth.models import SignInCode
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused, TooFast
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.web import device, pages, session
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("auth", __name__)

REASONS = {
    **code_flow.WHY_NOT,
    "shut_out": _l("This account has been suspended. Write to the people who run this place."),
}


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> Response:
    """Ask for a code by phone number."""
    pending = code_flow.pending()
    form = PhoneForm(next=request.args.get("next", ""), phone=pending.phone if pending else None)
    form.next.data = pages.safe_next(form.next.data, "/")
    if me():
        return pages.redirect(form.next.data)
    page = partial(_login_page, form, pending)
    if form.validate_on_submit():
        return _send_code(form.phone.data, form.next.data, page)
    return page(form.http_status)


@blueprint.route("/login/code", methods=["GET", "POST"])
@public
def code() -> Response:
    """Take the code that came by SMS, in the browser that asked for it."""
    pending = code_flow.pending()
    if me():
        return pages.redirect("/")
    if pending is not None and pending.state == "asked":
        return pages.redirect(url_for("auth.stay"))
    if pending is None or pending.state != "open":
        return _back_to_login(pending)
    form = CodeForm()
    page = partial(_code_page, form, pending)
    if not form.validate_on_submit():
        return page(form.http_status)
    try:
        answer = codes.answer_code(
            pending.id, code_flow.secret_of(), form.code.data, code_flow.browser(form.timezone.data)
        )
    except TooFast as limit:
        return _too_fast(limit, page)
    db.session.commit()
    if answer.how == "wrong":
        form.refuse(Refused(code_flow.wrong_code(answer.attempts_left), "code"))
        return page(422)
    if answer.how == "leaving":
        return pages.redirect(url_for("auth.stay"))
    if answer.until is not None:
        flash(_("Your account is suspended until %(when)s.", when=dates.when(answer.until)), "stop")
    if answer.person is None:
        return _back_to_login(pending, answer.how)
    return _let_in(answer.person, answer)


@blueprint.route("/login/stay", methods=["GET", "POST"])
@public
def stay() -> Response:
    """Ask who is leaving and has just shown that the number is theirs, whether they stay after all."""
    pending = code_flow.pending()
    leaver = queries.leaver_of(pending) if pending and not me() else None
    if pending is None or leaver is None:
        return pages.redirect(url_for("auth.login"))
    if request.method == "GET":
        until = leaver.erased_from
        # Between that moment and the worker's next round the account is still there, and can come back.
        return pages.render("auth/stay.html", until=until if until and until > clock.now() else None)
    answer = codes.stay(pending.id, code_flow.secret_of(), code_flow.browser())
    db.session.commit()
    if answer.person is None:
        return _back_to_login(pending, answer.how)
    flash(_("Good that you stay."))
    return _let_in(answer.person, answer)


@blueprint.post("/login/code/resend")
@public
def resend() -> Response:
    """Send another code to the number that this browser has asked for."""
    pending = code_flow.pending()
    if me() or pending is None:
        return pages.redirect(url_for("auth.login"))
    return _send_code(pending.phone, pending.next_path, partial(_code_page, CodeForm(formdata=None), pending))


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
    """First steps of a new person."""
    person = me()
    form = WelcomeForm(obj=person, next=request.args.get("next", ""))
    form.next.data = pages.safe_next(form.next.data, "/")
    if form.validate_on_submit():
        sessions.introduce(person, name=form.name.data, locale=form.locale.data, city=form.city.data)
        db.session.commit()
        return pages.redirect(form.next.data)
    return pages.render("auth/welcome.html", "form", status=form.http_status, form=form)


@blueprint.get("/me/sessions", endpoint="sessions")
@signed_in
def list_sessions() -> Response:
    """Where one is signed in."""
    person = me()
    found = queries.sessions_of(person, request.args.get("after"))
    return pages.render("auth/sessions.html", "list", sessions=found, current=person.session_id)


@blueprint.post("/me/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: uuid.UUID) -> Response:
    """Sign out in one place, which may be this one."""
    person = me()
    sessions.end_session(queries.session_of(person, session_id))
    db.session.commit()
    if session_id == person.session_id:
        session.leave()
        return pages.redirect("/")
    flash(_("Signed out there."))
    return pages.redirect(url_for("auth.sessions"))


@blueprint.post("/me/sessions/end-others")
@signed_in
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    ended = sessions.end_other_sessions(me())
    db.session.commit()
    flash(ngettext("Signed out in %(num)d other place.", "Signed out in %(num)d other places.", ended))
    return pages.redirect(url_for("auth.sessions"))


@blueprint.after_app_request
def note_visit(answer: Response) -> Response:
    """Every few minutes write down who is here, and let their cookie live on."""
    person = g.get("_login_user")
    if answer.status_code < 500 and person is not None and person.is_authenticated and sessions.is_visit_due(person):
        db.session.rollback()  # what a refused request left behind is not to be saved by this
        sessions.note_visit(person)
        db.session.commit()
        cookie.modified = True
    return answer


def _send_code(phone: str, next_path: str, page: Callable[[int, TooFast], Response]) -> Response:
    """Send one and go on to typing it in, or show `page` with when it can be sent."""
    try:
        sent, secret = code_flow.ask(phone, "sign_in", next_path)
    except TooFast as limit:
        return _too_fast(limit, page)
    db.session.commit()
    code_flow.remember(sent, secret)
    return pages.redirect(url_for("auth.code"))


def _let_in(person: Person, answer: codes.Answer) -> Response:
    session.enter(person)
    target = url_for("auth.welcome", next=_unless_home(answer.next_path)) if person.is_new else answer.next_path
    went_in = pages.redirect(target)
    device.remember(went_in, answer.device_token)
    return went_in


def _back_to_login(pending: SignInCode | None, reason: str = "") -> Response:
    if pending is None:
        return pages.redirect(url_for("auth.login"))
    return pages.redirect(url_for("auth.login", reason=reason or pending.state, next=_unless_home(pending.next_path)))


def _unless_home(path: str) -> str | None:
    """Where to go next, when that is worth saying in an address."""
    return path if path != "/" else None


def _too_fast(limit: TooFast, page: Callable[[int, TooFast], Response]) -> Response:
    """The page that was being filled in, with when to try again."""
    db.session.rollback()
    answer = page(429, limit)
    answer.headers["Retry-After"] = str(limit.retry_after)
    return answer


def _login_page(form: PhoneForm, pending: SignInCode | None, status: int, limit: TooFast | None = None) -> Response:
    return pages.render(
        "auth/login.html",
        "form",
        status=status,
        form=form,
        limit=limit,
        reason=REASONS.get(request.args.get("reason", "")),
        has_code=pending is not None and pending.state == "open",
    )


def _code_page(form: CodeForm, pending: SignInCode, status: int, limit: TooFast | None = None) -> Response:
    return pages.render(
        "auth/code.html",
        "form",
        status=status,
        form=form,
        pending=pending,
        limit=limit,
        next_path=_unless_home(pending.next_path),
        wait=code_flow.seconds_to_next(pending),
    )
