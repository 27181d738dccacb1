"""The form of a comment on an entry."""

from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import TextAreaField
from hampa.platform.web.forms import OnceForm
from hampa.timeline.models import LONGEST_COMMENT


class EntryCommentForm(OnceForm):
    """A comment to be added."""

    text = TextAreaField(_l("Write a comment"), min=1, max=LONGEST_COMMENT)
