"""Sign-in in the web: the browser of the request, the code that it waits for, and the end of every way in."""

import math
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta

from flask import Response, flash, request, session as cookie, url_for

from hampa.auth import queries
from hampa.auth.actions import codes
from hampa.auth.actions.entering import Browser
from hampa.auth.models import SignInCode
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.errors import Conflict, Forbidden, NotFound
from hampa.platform.locale import i18n, phone, regions, zones
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.security.ip_addresses import network_of
from hampa.platform.web import device, intents, pages, session
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.intents import PressedIntent

INTENT_LIFETIME = timedelta(minutes=30)
"""How long an act that a visitor pressed waits for the code."""

REJECTIONS = {
    "late": _l("That code came too late. Ask for a new one."),
    "spent": _l("That was one wrong try too many for this code. Ask for a new one."),
    "newer": _l("A newer code was sent to this number, so this one no longer works."),
    "used": _l("That code has been used already. Ask for a new one."),
}
"""Messages by the outcome of typing a code."""


def current_browser(timezone: str = "", likely_timezone: str = "") -> Browser:
    """Return the browser of the request; an unknown or unlisted time zone counts as none."""
    return Browser(
        address=request.remote_addr or "",
        user_agent=request.user_agent.string,
        locale=i18n.get_locale_code(),
        timezone=zones.canonical_name(timezone) or "",
        likely_timezone=likely_timezone,
        device_token=device.token(),
    )


def likely_timezone(number: str, pressed: PressedIntent | None) -> str:
    """Return the time zone of somebody new whose browser does not say it, "" when nothing tells.

    What they pressed tells it, such as a run that they join; else the country of their number, or of their languages.
    """
    if pressed is not None and (zone := zones.canonical_name(pressed.timezone())):
        return zone
    countries = [phone.country(number), *regions.browser_regions()]
    return next((zone for country in countries if country and (zone := zones.zone_in(country))), "")


def request_code(phone: str, purpose: str, next_path: str = "/", wording: str = "") -> tuple[SignInCode, str]:
    """Send a code for this browser; return it with the secret, to be passed to `remember_code` after the commit.

    A browser that waits for a code keeps its secret, so that a newer code ends its own older one. Raise TooFast.
    """
    secret = pending_secret(purpose) if purpose in cookie else secrets.token_urlsafe(24)
    return codes.send_code(phone, current_browser(), secret, next_path, purpose, wording), secret


def remember_code(code: SignInCode, secret: str) -> None:
    """Make the code the pending one of its purpose in this browser."""
    cookie[code.purpose] = [str(code.id), secret]
    cookie.permanent = True  # a phone may close the browser while its owner reads the SMS


def remember_intent(code: SignInCode, pressed: PressedIntent | None) -> None:
    """Bind an act to a code of this browser, in place of any earlier one; None forgets that."""
    cookie.pop("intent", None)
    if pressed is not None:
        cookie["intent"] = [str(code.id), pressed.token, int(clock.now().timestamp())]


def pending_intent(code: SignInCode) -> PressedIntent | None:
    """Return the act that is done once this code has been typed, None when there is none or it is too old."""
    code_id, token, pressed_at = cookie.get("intent") or ("", "", 0)
    if code_id != str(code.id) or clock.now().timestamp() - pressed_at > INTENT_LIFETIME.total_seconds():
        return None
    return intents.parse(token)


def forget_code(purpose: str) -> None:
    """Forget the pending code of a purpose."""
    cookie.pop(purpose, None)


def pending_code(purpose: str = "sign_in") -> SignInCode | None:
    """Return the code that this browser requested last, in whatever state."""
    try:
        code_id, secret = cookie[purpose]
        return queries.code_for(uuid.UUID(code_id), secret, purpose)
    except (KeyError, NotFound):
        return None


def open_code(purpose: str) -> SignInCode | None:
    """Return the pending code if it can still be typed."""
    code = pending_code(purpose)
    return code if code is not None and code.state == "open" else None


def pending_secret(purpose: str = "sign_in") -> str:
    """Return the secret that binds the pending code to this browser."""
    return str(cookie[purpose][1])


def seconds_to_next(code: SignInCode) -> int:
    """Return how many seconds this browser has to wait before another code can go to the same number."""
    owner = queries.phone_owner(code.phone, device.token())
    until = queries.next_code_at(code.phone, network_of(request.remote_addr), owner, code.browser_hash)
    return math.ceil((until - clock.now()).total_seconds()) if until else 0


def check_pending_code(purpose: str, digits: str, sent_to: str | None = None) -> tuple[SignInCode | None, str]:
    """Return the pending code if the digits are right, or else None and a message; commit in both cases.

    With `sent_to` it must have gone to that number (E.164). Raise TooFast while wrong codes have to wait.
    """
    code = pending_code(purpose)
    if code is None or sent_to not in (None, code.phone):
        return None, _("Ask for a code first.")
    result = codes.check_code(code.id, pending_secret(purpose), digits, current_browser(), purpose)
    if result.outcome == "wrong":
        return None, wrong_code_message(result.attempts_left)
    return result.code, str(REJECTIONS.get(result.outcome, ""))


def wrong_code_message(attempts_left: int) -> str:
    """Return the message for a wrong code."""
    return ngettext(
        "This is not the code we sent; you have %(num)d try left.",
        "This is not the code we sent; you have %(num)d tries left.",
        attempts_left,
    )


AfterCode = Callable[[Person, SignInCode], None]
_after_code: list[AfterCode] = []


def after_code(act: AfterCode) -> None:
    """Register what is done once a person has signed in with a code, before the cookies of the browser are replaced."""
    _after_code.append(act)


def do_after_code(person: Person, code: SignInCode) -> None:
    """Do what features have registered."""
    for act in _after_code:
        act(person, code)


def let_in(person: Person, device_token: str, next_path: str, pressed: PressedIntent | None = None) -> Response:
    """Set the cookies of a person whose session is open, do what they pressed before, and lead on."""
    flashes = cookie.get("_flashes")
    session.enter(person)
    if flashes:
        cookie["_flashes"] = flashes  # what was said on the way in is read on the page after it
    if pressed is not None:
        with i18n.use_locale_of(person):
            path = _perform(pressed, person)
    elif person.is_new:
        path = url_for("auth.welcome", next=unless_home(next_path))
    else:
        path = next_path
    answer = pages.redirect(path)
    device.remember(answer, device_token)
    return answer


def unless_home(path: str) -> str | None:
    """Return a path, None for that of home, which needs no mention."""
    return path if path != "/" else None


def _perform(pressed: PressedIntent, person: Person) -> str:
    """Do what the person pressed as a visitor, and return the path of the page that says how it went."""
    path = pressed.page
    with attempt(Form(formdata=None), NotFound, Forbidden, Conflict) as result:
        path = pressed.perform(person)
    if isinstance(result.error, NotFound):
        flash(
            result.error.message or _("What you wanted is not there any more. Look around for something like it."),
            "stop",
        )
        return "/"
    if result.error is not None:
        flash(result.error.message, "stop")
    return path
