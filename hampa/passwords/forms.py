"""Forms of passwords."""

from hampa.passwords.models import LONGEST
from hampa.platform.config import settings
from hampa.platform.locale import phone
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.mail import addresses
from hampa.platform.web.fields import BooleanField, HiddenField, StringField
from hampa.platform.web.forms import Form
from hampa.platform.web.password_field import PasswordField


class PasswordForm(Form):
    """A new password, and whether to end the sessions elsewhere."""

    password = PasswordField(_l("New password"), max=LONGEST, autocomplete="new-password")
    end_others = BooleanField(_l("Sign out everywhere else"))


class SignInForm(Form):
    """A number or an address with a password; the path to go to afterwards, and the act that was pressed."""

    name = StringField(
        _l("Your mobile number or email address"), max=320, render_kw={"dir": "ltr"}, autocomplete="username"
    )
    password = PasswordField(_l("Password"), max=LONGEST, autocomplete="current-password")
    next = HiddenField()
    act = HiddenField()
    timezone = HiddenField(render_kw={"data-timezone": True})

    def known_name(self) -> str:
        """Return the name as accounts have it: E.164, or an address in lower case; else as it was typed."""
        typed = str(self.name.data)
        try:
            if "@" in typed:
                return addresses.parse(typed).lower()
            return phone.parse(typed, settings().phone_region)
        except (ValueError, phone.PhoneError):
            return typed
