"""The form by which somebody uploads one picture of a thing; `templates/layouts/picture.html` shows it."""

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.uploads import PICTURES, UploadField

PICTURE_MEGABYTES = 5


class PictureForm(OnceForm):
    """A picture of one thing; each thing has a form of its own name."""

    picture = UploadField(_l("Picture"), megabytes=PICTURE_MEGABYTES, accept=PICTURES)

    def validate(self, extra_validators: object = None) -> bool:
        """Return whether a valid picture was chosen."""
        valid = bool(super().validate(extra_validators))
        if valid and not self.picture.data:
            self.picture.errors = [_("Choose a picture first.")]
            return False
        return valid
