"""The form of photos to be added."""

from hampa.photos.queries import MOST_PHOTOS
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.uploads import PICTURES, UploadField

MEGABYTES = 10


class PhotosForm(OnceForm):
    """Photos of a run."""

    photos = UploadField(_l("Photos"), megabytes=MEGABYTES, accept=PICTURES, most=MOST_PHOTOS)

    def validate(self, extra_validators: object = None) -> bool:
        """Require at least one photo."""
        if super().validate(extra_validators) and not self.photos.data:
            self.photos.errors = [_("Choose a photo first.")]
        return not self.errors
