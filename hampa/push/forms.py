"""The form by which a browser says where it takes messages; a script fills it in."""

from __future__ import annotations

from hampa.platform.config import settings
from hampa.platform.delivery.endpoints import parts_of_endpoint
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.push.encoding import is_browser_key, is_browser_secret
from hampa.platform.web.fields import HiddenField, ValidationError
from hampa.platform.web.forms import Form


class DeviceForm(Form):
    """A subscription, as the browser's Push API gives it, and the page to go back to."""

    endpoint = HiddenField(_l("Address"))
    p256dh = HiddenField(_l("Key"))
    auth = HiddenField(_l("Secret"))
    next = HiddenField()

    def validate_endpoint(self, field: HiddenField) -> None:
        """Refuse what is no address of a push service."""
        if parts_of_endpoint(field.data or "", local=settings().push_local) is None:
            raise ValidationError(_("This browser gave no address for messages. Try again, or use another browser."))

    def validate_p256dh(self, field: HiddenField) -> None:
        """Refuse what can't be a browser's key."""
        if not is_browser_key(field.data or ""):
            raise ValidationError(_("This browser gave no key for messages. Try again, or use another browser."))

    def validate_auth(self, field: HiddenField) -> None:
        """Refuse what can't be a browser's secret."""
        if not is_browser_secret(field.data or ""):
            raise ValidationError(_("This browser gave no key for messages. Try again, or use another browser."))
