"""Forms of sign-in."""

from typing import Any

from flask import request

from hampa.platform.locale import zones
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.locale.phone_words import reading_choices
from hampa.platform.locale.regions import phone_regions
from hampa.platform.web import intents
from hampa.platform.web.fields import CodeField, HiddenField, PhoneField, SelectField, StringField
from hampa.platform.web.forms import Form


def number_regions() -> list[str]:
    """Return the countries as in which the number of the request is read: the chosen one, or the likeliest first.

    A number that is typed on the way to a run is likely of the country of the run.
    """
    if chosen := request.form.get("country"):
        return [chosen]
    pressed = intents.parse(request.values.get("act"))
    country = zones.country_of(pressed.timezone() or "") if pressed else None
    return [*([country] if country else []), *(region for region in phone_regions() if region != country)]


class PhoneForm(Form):
    """A number to sign in with, the path to go to afterwards, and the act that was pressed (`platform.web.intents`)."""

    phone = PhoneField(_l("Your mobile number"), regions=number_regions, render_kw={"autocomplete": "tel webauthn"})
    country = SelectField(_l("Which country?"), required=False)
    next = HiddenField()
    act = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the readings of an ambiguous number."""
        super().__init__(*args, **kwargs)
        chosen = self.country.data or ""
        self.country.set_choices(reading_choices(self.phone.readings) or [(chosen, chosen)])


class CodeForm(Form):
    """The code from the SMS; a script fills in the browser's time zone."""

    code = CodeField(_l("Code"))
    timezone = HiddenField(render_kw={"data-timezone": True})


class ProofForm(Form):
    """The code that shows once more that it is the person, and the path to go to afterwards."""

    code = CodeField(_l("Code"))
    next = HiddenField()


class WelcomeForm(Form):
    """The first settings of a new person."""

    name = StringField(_l("Your name"), min=1, max=60, autocomplete="name")
    locale = SelectField(_l("Language"), [("fa", "فارسی"), ("en", "English")])
    city = StringField(_l("Your city"), max=80, required=False, autocomplete="address-level2")
    next = HiddenField()
