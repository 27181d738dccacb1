"""A few words under a run."""

from __future__ import annotations

from hampa.comments.models import LONGEST
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import TextAreaField
from hampa.platform.web.forms import OnceForm


class CommentForm(OnceForm):
    """What somebody says under a run."""

    text = TextAreaField(_l("Say something"), min=1, max=LONGEST)
