"""Pages of sign-in at a provider: leaving for it, coming back, and what is left to do then."""

import uuid
from datetime import datetime

import structlog
from flask import Blueprint, Response, flash, request, session as cookie, url_for

from hampa.auth import code_flow
from hampa.auth.models import SignInCode
from hampa.auth.queries import has_proved
from hampa.openid import actions, queries
from hampa.openid.actions import Settled
from hampa.openid.models import OpenIdFlow
from hampa.people.models import Person
from hampa.platform import openid
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.openid import ProviderError, RefusedAnswer
from hampa.platform.web import intents, pages, slots
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("openid", __name__)
log = structlog.get_logger(__name__)

COOKIE = "openid"
WORDS = {
    "denied": _l("You didn't let %(provider)s tell us who you are. That's fine: nothing has changed."),
    "late": _l("That took too long, or was begun in another window. Start once more."),
    "refused": _l("The answer of %(provider)s was not right, so nobody is signed in. Start once more."),
    "down": _l("%(provider)s isn't responding right now. Your phone number works as always."),
    "unverified": _l("%(provider)s has not verified the address of this account, so it can't sign you in here."),
    "taken": _l("This account of %(provider)s signs in to another account of Hampa. Unlink it there first."),
    "address_taken": _l(
        "The address of this account of %(provider)s belongs to another account of Hampa. Sign in there."
    ),
    "another": _l("Another account of %(provider)s is linked already. Unlink that one first, in the settings."),
    "leaving": _l("This account is being deleted. Sign in with your number if you want to stay."),
    "shut_out": _l("This account has been suspended. Write to the operators of this site."),
}


@blueprint.post("/login/openid")
@public
def start() -> Response:
    """Begin a sign-in at the provider."""
    _require_provider()
    pressed = intents.parse(request.form.get("act"))
    next_path = pages.safe_next(request.form.get("next"), pressed.page if pressed else "/")
    if me():
        return pages.redirect(next_path)
    return _begin(next_path=next_path, act=pressed.token if pressed else "")


@blueprint.post("/me/openid")
@signed_in
def link() -> Response:
    """Begin a link of an account at the provider, with a fresh proof that it is the person."""
    _require_provider()
    if not has_proved(me()):
        return pages.redirect(url_for("auth.proof", next=url_for("auth.ways")))
    return _begin(next_path=url_for("auth.ways"), person=me())


@blueprint.post("/me/openid/unlink")
@signed_in
def unlink() -> Response:
    """Unlink the person's account at the provider."""
    if actions.unlink(me()):
        flash(_("Unlinked. You sign in with your number, as always."))
    db.session.commit()
    return pages.redirect(url_for("auth.ways"))


@blueprint.get("/login/openid/away")
@public
def away() -> Response:
    """Lead to the provider. A form that is redirected to another site is held up by browsers, a page may lead there."""
    flow, secret = _flow()
    if flow is None or not flow.is_at("started"):
        return _failed("late")
    state = queries.state_of(secret, flow.id)
    db.session.rollback()  # nothing is held while the provider is asked
    try:
        url = openid.provider().authorization_url(
            state=state,
            nonce=queries.nonce_of(state),
            verifier=queries.verifier_of(state),
            redirect_uri=_redirect_uri(),
            locale=i18n.get_locale_code(),
        )
    except ProviderError as error:
        return _down(error)
    return _private(pages.render("openid/away.html", url=url, provider=settings().openid_name))


@blueprint.get("/login/openid/back")
@public
def back() -> Response:
    """Take the provider's answer."""
    flow_id, secret = _kept()
    state = request.args.get("state", "")
    flow = actions.take_answer(flow_id, secret, state) if flow_id else None
    purpose, session_id = (flow.purpose, flow.session_id) if flow is not None else ("", None)
    db.session.commit()
    if flow_id is None or not purpose:
        return _failed("late")
    viewer = me()
    if purpose == "link" and (viewer is None or viewer.session_id != session_id):  # the session that began it has ended
        return _failed("late")
    if request.args.get("error"):
        return _failed("denied" if request.args["error"] == "access_denied" else "refused")
    try:
        identity = openid.provider().identity(
            code=request.args.get("code", ""),
            issuer=request.args.get("iss"),
            nonce=queries.nonce_of(state),
            verifier=queries.verifier_of(state),
            redirect_uri=_redirect_uri(),
        )
    except ProviderError as error:
        return _down(error)
    except RefusedAnswer as error:
        log.warning("openid.refused", reason=str(error))
        return _failed("refused")
    settled = actions.settle(flow_id, secret, identity, code_flow.current_browser(), viewer)
    db.session.commit()
    return _go_on(settled)


@blueprint.get("/login/openid/confirm")
@public
def ask_to_confirm() -> Response:
    """Ask whether the account at the provider is to be linked to the one here that has its address."""
    flow, _secret = _flow()
    owner = queries.owner_of_address(flow.email) if flow is not None and flow.is_at("waits") else None
    if flow is None or owner is None or me():
        return pages.redirect(url_for("auth.login"))
    page = pages.render("openid/confirm.html", flow=flow, name=owner.name, provider=settings().openid_name)
    return _private(page)


@blueprint.post("/login/openid/confirm")
@public
def confirm() -> Response:
    """Link the account at the provider to the one here, and sign in."""
    flow_id, secret = _kept()
    if flow_id is None or me():
        return pages.redirect(url_for("auth.login"))
    settled = actions.confirm(flow_id, secret, code_flow.current_browser())
    db.session.commit()
    return _go_on(settled)


@blueprint.post("/login/openid/forget")
@public
def forget() -> Response:
    """Go on without the provider."""
    flow_id, secret = _kept()
    if flow_id is not None:
        actions.forget(flow_id, secret)
        db.session.commit()
    cookie.pop(COOKIE, None)
    return pages.redirect(url_for("auth.login"))


def _begin(*, next_path: str, act: str = "", person: Person | None = None) -> Response:
    flow, secret = actions.start(code_flow.current_browser(), next_path=next_path, act=act, person=person)
    db.session.commit()
    cookie[COOKIE], cookie.permanent = [str(flow.id), secret], True
    return pages.redirect(url_for("openid.away"))


def _go_on(settled: Settled) -> Response:
    """Answer with what comes next."""
    flow, _secret = _flow()
    if settled.outcome == "confirm":
        return pages.redirect(url_for("openid.ask_to_confirm"))
    if flow is None or settled.outcome not in ("in", "linked", "number"):
        return _failed(settled.outcome, settled.until)
    if settled.outcome == "number":
        next_path = code_flow.unless_home(flow.next_path)
        return pages.redirect(url_for("auth.login", next=next_path, act=flow.act or None))
    cookie.pop(COOKIE, None)
    if settled.outcome == "linked" or settled.person is None:
        flash(_("Linked. From now on %(provider)s signs you in too.", provider=settings().openid_name))
        return pages.redirect(flow.next_path)
    return code_flow.let_in(settled.person, settled.device_token, flow.next_path, intents.parse(flow.act))


def _failed(reason: str, until: datetime | None = None, status: int = 400) -> Response:
    """Say why nobody is signed in, and lead to the number."""
    words = str(WORDS[reason]) % {"provider": settings().openid_name}
    if until is not None:
        words = _("Your account is suspended until %(when)s.", when=dates.when(until))
    home = url_for("auth.ways") if me() else url_for("auth.login")
    return _private(pages.render("openid/failed.html", status=status, words=words, home=home, is_in=bool(me())))


def _down(error: ProviderError) -> Response:
    log.warning("openid.down", reason=str(error))
    return _failed("down", status=503)


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _require_provider() -> None:
    if not openid.is_offered():
        raise NotFound


def _redirect_uri() -> str:
    return f"{settings().base_url}{url_for('openid.back')}"


def _kept() -> tuple[uuid.UUID | None, str]:
    """Return the id and the secret of the sign-in that this browser began last."""
    flow_id, secret = cookie.get(COOKIE) or ("", "")
    return (uuid.UUID(flow_id) if flow_id else None), secret


def _flow() -> tuple[OpenIdFlow | None, str]:
    flow_id, secret = _kept()
    return (queries.flow_of_browser(flow_id, secret) if flow_id else None), secret


def _waiting() -> OpenIdFlow | None:
    """Return the sign-in that waits for a number in this browser."""
    if not openid.is_offered() or COOKIE not in cookie:
        return None
    flow, _secret = _flow()
    return flow if flow is not None and flow.is_at("waits") else None


def _way(**_values: object) -> dict[str, object] | None:
    return {"provider": settings().openid_name} if openid.is_offered() and _waiting() is None else None


def _notice(**_values: object) -> dict[str, object] | None:
    flow = _waiting()
    return {"provider": settings().openid_name, "email": flow.email} if flow is not None else None


def _way_of(person: Person) -> dict[str, object] | None:
    account = queries.account_of(person)
    if account is None and not openid.is_offered():
        return None
    return {"account": account, "provider": settings().openid_name, "is_offered": openid.is_offered()}


def _link_after_code(person: Person, code: SignInCode) -> None:
    """Link what waits in this browser to the person who has just typed a code."""
    flow_id, secret = _kept()
    if flow_id is None or _waiting() is None:
        return
    settled = actions.link_after_code(flow_id, secret, person, code.created_at)
    db.session.commit()
    if settled.outcome == "linked":
        flash(_("Linked. From now on %(provider)s signs you in too.", provider=settings().openid_name))
    elif settled.outcome in WORDS and settled.outcome != "late":
        flash(str(WORDS[settled.outcome]) % {"provider": settings().openid_name}, "stop")


code_flow.after_code(_link_after_code)
slots.fill(blueprint, "login.ways", "openid/way.html", _way)
slots.fill(blueprint, "login.notice", "openid/notice.html", _notice)
slots.fill(blueprint, "auth.ways", "openid/of_person.html", _way_of)
