"""The form that asks for a link."""

from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import EmailField, HiddenField
from hampa.platform.web.forms import Form


class MailLinkForm(Form):
    """A mail address that a link is sent to; the path to go to afterwards, and the act that was pressed."""

    email = EmailField(_l("Your email address"))
    next = HiddenField()
    act = HiddenField()
