"""The form for a file, and the words for its states."""

from hampa.files.models import MEGABYTES
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import ValidationError
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.uploads import UploadField

ACCEPTED = ".pdf,.png,.jpg,.jpeg,.docx,.txt,.gpx,.fit"
KIND_WORDS = {
    "pdf": _l("PDF"),
    "png": _l("Picture"),
    "jpeg": _l("Photo"),
    "docx": _l("Word document"),
    "txt": _l("Text"),
    "gpx": _l("Route (GPX)"),
    "fit": _l("Watch file (FIT)"),
}
REASON_WORDS = {
    "broken": _l("It is broken, or ends in the middle. Save it once more and add it again."),
    "active": _l("There are programs, forms or pages in it. Print it to PDF, or save it plainly, and add that."),
    "too_large": _l("It unpacks to far more than it seems. Make it smaller and add it again."),
    "virus": _l("The virus scanner found something in it."),
    "unscanned": _l("The virus scanner could not say that it is clean. Add it again later."),
}
"""The message for each of `models.REASONS`."""


class StoredFileForm(OnceForm):
    """A file to keep."""

    file = UploadField(_l("File"), megabytes=MEGABYTES, accept=ACCEPTED)

    def validate_file(self, field: UploadField) -> None:
        """Ask for a file."""
        if not field.data:
            raise ValidationError(_("Choose the file first."))
