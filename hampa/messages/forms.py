"""Forms of messages."""

from hampa.messages.models import LONGEST, LONGEST_REASON
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import StringField, TextAreaField
from hampa.platform.web.forms import Form, OnceForm


class MessageForm(OnceForm):
    """A message to be sent."""

    text = TextAreaField(_l("Write a message"), min=1, max=LONGEST)


class RemovalForm(Form):
    """Why an organiser of a crew removes a message."""

    reason = StringField(_l("Reason"), max=LONGEST_REASON, required=False)


class ChangeForm(Form):
    """The new text of a message."""

    text = TextAreaField(_l("Message"), min=1, max=LONGEST)
