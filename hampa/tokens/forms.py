"""The form of a new personal token."""

from __future__ import annotations

from hampa.platform.locale.i18n import lazy_gettext as _l, ngettext
from hampa.platform.web.fields import SelectField, SelectMultipleField, StringField
from hampa.platform.web.forms import OnceForm
from hampa.tokens.models import LIFETIMES, LONGEST_NAME, SCOPES


def lifetimes() -> list[tuple[str, str]]:
    """Return the choices of how long a token is good for, in days."""
    return [(str(days), ngettext("%(num)d day", "%(num)d days", days)) for days in LIFETIMES]


def scopes() -> list[tuple[str, str]]:
    """Return the choices of what a token allows."""
    return [(name, str(words)) for name, words in SCOPES.items()]


class NewTokenForm(OnceForm):
    """What a token is for, what it allows, and how long."""

    name = StringField(_l("What is it for?"), min=1, max=LONGEST_NAME)
    scopes = SelectMultipleField(_l("What may it do?"), scopes)
    days = SelectField(_l("How long is it good for?"), lifetimes, default="90")
