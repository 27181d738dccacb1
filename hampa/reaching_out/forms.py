"""The form of a link to help."""

from urllib.parse import urlsplit

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.texts.cleaning import to_latin_digits
from hampa.platform.web.fields import SelectField, StringField, ValidationError
from hampa.platform.web.forms import OnceForm
from hampa.reaching_out.models import LOCALES, LONGEST_ADDRESS, LONGEST_NOTE, LONGEST_TITLE

LOCALE_WORDS = dict(zip(LOCALES, (_l("Everybody"), _l("English"), _l("Persian")), strict=True))
SHORTEST_NUMBER, LONGEST_NUMBER = 3, 15


class HelpLinkForm(OnceForm):
    """A link to help: a page, or a phone number, which is stored as a URL too."""

    title = StringField(_l("What it is called"), min=1, max=LONGEST_TITLE)
    address = StringField(
        _l("Web address or phone number"),
        min=1,
        max=LONGEST_ADDRESS,
        render_kw={"dir": "ltr", "autocapitalize": "none"},
    )
    note = StringField(_l("When it is open, and for whom"), max=LONGEST_NOTE, required=False)
    locale = SelectField(_l("Shown to readers"), lambda: [(key or "all", words) for key, words in LOCALE_WORDS.items()])

    def validate_address(self, field: StringField) -> None:
        """Require a number, or an address of a page that is read over TLS."""
        if not self.url:
            raise ValidationError(_("Enter a phone number, or an address that begins with https://."))

    @property
    def url(self) -> str:
        """Return the address as it is stored, "" for one that is neither a page nor a number."""
        text = to_latin_digits(self.address.data or "")
        number = "".join(char for char in text if char not in " -()./")
        if number.removeprefix("+").isdecimal() and SHORTEST_NUMBER <= len(number) <= LONGEST_NUMBER:
            return f"tel:{number}"
        try:
            parts = urlsplit(text)
            is_page = parts.scheme == "https" and bool(parts.hostname) and "." in (parts.hostname or "")
        except ValueError:
            return ""
        return text if is_page and " " not in text and parts.username is None else ""
