"""The person of the token."""

from hampa.api.shapes import Me, me_as_data
from hampa.platform.api.operations import Resource
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me

resource = Resource("me", _l("Your profile and settings"))


@resource.get("/me")
def read_me() -> Me:
    """Return your profile and settings."""
    return me_as_data(me())
