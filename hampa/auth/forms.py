"""Forms of sign-in."""

from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import CodeField, HiddenField, PhoneField, SelectField, StringField
from hampa.platform.web.forms import Form


class PhoneForm(Form):
    """A number to sign in with, the path to go to afterwards, and the act that was pressed (`platform.web.intents`)."""

    phone = PhoneField(_l("Your mobile number"))
    next = HiddenField()
    act = HiddenField()


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
