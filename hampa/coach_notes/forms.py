"""The form of a note."""

from hampa.coach_notes.models import LONGEST
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, HiddenField, TextAreaField
from hampa.platform.web.forms import OnceForm


class NoteForm(OnceForm):
    """A note in Markdown; `number` is the version that it was written from."""

    text = TextAreaField(_l("Note"), min=1, max=LONGEST, render_kw={"rows": 8})
    is_shared = BooleanField(_l("Everybody who belongs here sees it"))
    number = HiddenField()

    @property
    def read_number(self) -> int | None:
        """Return the number of the version that the form began with, None if it says none."""
        text = str(self.number.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
