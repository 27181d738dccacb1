"""Pages of links by mail: asking for one, and opening it, in this browser or another."""

import math
import secrets
import uuid

from flask import Blueprint, Response, request, session as cookie, url_for

from hampa.auth import code_flow
from hampa.auth.actions.attempts import count_attempt
from hampa.auth.queries import browser_secret_hash
from hampa.mail_links import actions, queries
from hampa.mail_links.actions import REASONS
from hampa.mail_links.forms import MailLinkForm
from hampa.mail_links.models import MailLink
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound
from hampa.platform.web import device, intents, pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me

blueprint = Blueprint("mail_links", __name__)

COOKIE = "mail_link"


@blueprint.route("/login/mail", methods=["GET", "POST"])
@public
def ask() -> Response:
    """Ask for a link by mail."""
    if not queries.mail_links_are_sent():
        raise NotFound
    form = MailLinkForm(next=request.args.get("next", ""), act=request.args.get("act", ""))
    pressed = intents.parse(form.act.data)
    form.next.data = pages.safe_next(form.next.data, pressed.page if pressed else "/")
    if me():
        return pages.redirect(form.next.data)
    act = pressed.token if pressed else ""
    if form.validate_on_submit() and _send(form, form.next.data, act):
        return pages.redirect(url_for("mail_links.sent"))
    return pages.render(
        "mail_links/ask.html", "form", status=form.http_status, form=form, intent=pressed.words() if pressed else None
    )


@blueprint.route("/login/password/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> Response:
    """Ask for a link by mail to set a new password."""
    if not (queries.mail_links_are_sent() and settings().passwords):
        raise NotFound
    target = url_for("passwords.edit")
    if me():
        return pages.redirect(target)
    form = MailLinkForm()
    if form.validate_on_submit() and _send(form, target, purpose="password"):
        return pages.redirect(url_for("mail_links.sent"))
    return pages.render("mail_links/forgotten.html", "form", status=form.http_status, form=form)


@blueprint.get("/login/mail/sent")
@public
def sent() -> Response:
    """Say that a link is on its way, the same whether somebody has the address or not."""
    link = _pending()
    if me() or link is None:
        return pages.redirect(url_for("auth.login"))
    owner = queries.address_owner(link.address, device.token())
    is_known = owner is not None and owner.device_id is not None
    until = queries.next_link_at(link.address, link.network, link.browser_hash, is_known=is_known)
    wait = max(0, math.ceil((until - clock.now()).total_seconds())) if until else 0
    return pages.render("mail_links/sent.html", link=link, wait=wait, next_path=code_flow.unless_home(link.next_path))


@blueprint.get("/login/mail/<mail_token>")
@public
def opened(mail_token: str) -> Response:
    """Ask whether to sign in here; programs that scan mail follow links, so only a POST signs in."""
    link = queries.link_by_token(mail_token)
    if me():
        return pages.redirect(link.next_path)
    return _link_page(link, mail_token, str(REASONS.get(link.state, "")))


@blueprint.post("/login/mail/<mail_token>")
@public
def use(mail_token: str) -> Response:
    """Sign in by a link, in this browser."""
    if me():
        return pages.redirect("/")
    browser = code_flow.current_browser(request.form.get("timezone", ""))
    count_attempt(browser)
    db.session.commit()  # a try counts, whatever comes of it
    result = actions.use_link(mail_token, browser)
    db.session.commit()
    if result.person is None:
        return _link_page(result.link, mail_token, actions.refusal_of(result))
    pressed = intents.parse(result.link.act) if _is_of_browser(result.link) else None
    return code_flow.let_in(result.person, result.device_token, result.link.next_path, pressed)


def _link_page(link: MailLink, token: str, refusal: str) -> Response:
    answer = pages.render(
        "mail_links/opened.html",
        status=Gone.status if refusal else 200,
        link=link,
        token=token,
        refusal=refusal,
        is_here=_is_of_browser(link),
    )
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _send(form: MailLinkForm, next_path: str, act: str = "", purpose: str = "sign_in") -> bool:
    """Send a link and let this browser wait for it; return False, with the error on the form, if a limit is reached."""
    secret = _secret()
    with attempt(form) as result:
        link = actions.send_link(form.email.data, code_flow.current_browser(), secret, next_path, act, purpose)
    if result.succeeded:
        cookie[COOKIE], cookie.permanent = [str(link.id), secret], True
    return result.succeeded


def _secret() -> str:
    """Return the secret of this browser, so that a newer link ends the one before."""
    return _kept()[1] or secrets.token_urlsafe(24)


def _pending() -> MailLink | None:
    link_id, secret = _kept()
    return queries.link_of_browser(uuid.UUID(link_id), secret) if link_id else None


def _is_of_browser(link: MailLink) -> bool:
    _link_id, secret = _kept()
    return bool(secret) and browser_secret_hash(secret) == link.browser_hash


def _kept() -> tuple[str, str]:
    """Return the id and the secret of the link that this browser asked for last."""
    link_id, secret = cookie.get(COOKIE) or ("", "")
    return link_id, secret


def _way(**_values: object) -> dict[str, object] | None:
    return {} if queries.mail_links_are_sent() else None


slots.fill(blueprint, "login.ways", "mail_links/way.html", _way)
slots.fill(blueprint, "login.forgotten", "mail_links/way_back.html", _way)
