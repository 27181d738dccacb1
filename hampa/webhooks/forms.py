"""The form of a webhook."""

from __future__ import annotations

from hampa.platform.config import settings
from hampa.platform.delivery.endpoints import parts_of_endpoint
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import SelectMultipleField, StringField, ValidationError
from hampa.platform.web.forms import OnceForm
from hampa.webhooks.models import EVENTS

LONGEST_URL = 1_000


def events() -> list[tuple[str, str]]:
    """Return the choices of what a webhook is told of."""
    return [(name, str(words)) for name, words in EVENTS.items()]


class WebhookForm(OnceForm):
    """Where a webhook goes, and what it is told of."""

    url = StringField(
        _l("Address"), max=LONGEST_URL, render_kw={"dir": "ltr", "inputmode": "url", "autocomplete": "url"}
    )
    events = SelectMultipleField(_l("What should it hear about?"), events, default=list(EVENTS))

    def validate_url(self, field: StringField) -> None:
        """Refuse what is not called; where its name leads is looked at when it is called."""
        if parts_of_endpoint(field.data or "", local=settings().push_local) is None:
            raise ValidationError(_("This has to be an address that begins with https://, without a port."))
