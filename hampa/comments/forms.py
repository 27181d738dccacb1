"""The form of a comment."""

from hampa.comments.models import LONGEST
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import TextAreaField
from hampa.platform.web.forms import OnceForm


class CommentForm(OnceForm):
    """A comment to be added."""

    text = TextAreaField(_l("Write a comment"), min=1, max=LONGEST)
