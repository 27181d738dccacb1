"""Forms of passkeys; a script fills in what the authenticator says."""

from hampa.passkeys.models import LONGEST_NAME
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import HiddenField, StringField
from hampa.platform.web.forms import Form


class NameForm(Form):
    """The name that a person gives a passkey."""

    name = StringField(_l("Name"), min=1, max=LONGEST_NAME)


class NewPasskeyForm(NameForm):
    """A new passkey, and its name."""

    credential = HiddenField()


class SignedForm(Form):
    """What a passkey has signed; the path to go to afterwards, and the act that was pressed."""

    credential = HiddenField()
    next = HiddenField()
    act = HiddenField()
    timezone = HiddenField(render_kw={"data-timezone": True})
