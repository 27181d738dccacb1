"""Count tries at the ways to sign in that are not codes."""

from datetime import timedelta

from hampa.auth.actions.entering import Browser
from hampa.auth.queries import is_known_device
from hampa.platform.config import settings
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit, subject_named
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.measures import waiting_time
from hampa.platform.security.ip_addresses import network_of


def count_attempt(browser: Browser, *, anywhere: bool = False) -> None:
    """Count a try from an address, unless somebody has signed in before in the browser. Raise TooFast for too many.

    With `anywhere` browsers that somebody has signed in in count too: it may be another one than whose secret is tried.
    """
    if not anywhere and is_known_device(browser.device_token):
        return
    source, most = subject_named("door", network_of(browser.address)), settings().door_attempts_per_address_minute
    limit(source, "auth.attempts", most, per=timedelta(minutes=1), error=too_many_attempts)


def too_many_attempts(seconds: int) -> TooFast:
    """Return the refusal of a further try from an address."""
    return TooFast(_("Too many tries from here. Try again %(when)s.", when=waiting_time(seconds)), seconds)
