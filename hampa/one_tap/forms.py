"""The form of the page of a one-tap link."""

from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import StringField
from hampa.runs.forms import AnswerForm


class TapForm(AnswerForm):
    """The answer to a one-tap link, with the name of a person who has given none: others see it when they join."""

    own_name = StringField(_l("Your name"), min=1, max=60, autocomplete="name")

    def __init__(self, *, asks_name: bool) -> None:
        super().__init__()
        self.asks_name = asks_name
        if not asks_name:
            del self.own_name

    @property
    def name(self) -> str:
        """The name that was typed, "" if none was asked for."""
        return str(self.own_name.data) if "own_name" in self else ""
