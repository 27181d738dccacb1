"""Forms of a crew: its settings, getting in, and what organisers do with members."""

from typing import Any

from hampa.crews.models import (
    BIWEEKLY,
    DAILY,
    FEWEST_MEMBERS,
    FEWEST_NUMBERS,
    INVITATION,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_MEMBERS,
    MOST_NUMBERS,
    OPEN,
    REQUEST,
    RIGHTS,
    SHORTEST_NAME,
    USUAL_MEMBERS,
    USUAL_NUMBERS,
    WEEKLY,
)
from hampa.platform.locale import dates, i18n, zones
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.texts.cleaning import to_latin_digits
from hampa.platform.web.fields import (
    BooleanField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from hampa.platform.web.forms import Form, OnceForm

JOINING_WORDS = {
    OPEN: _l("Anybody who finds it joins"),
    REQUEST: _l("People ask, an organiser answers"),
    INVITATION: _l("By invitation"),
}
FREQUENCY_WORDS = {DAILY: _l("Every day"), WEEKLY: _l("Every week"), BIWEEKLY: _l("Every two weeks")}
ROLE_WORDS = {"admin": _l("Admin"), "moderator": _l("Moderator"), "member": _l("Member")}
RIGHT_WORDS = {
    "invite": _l("Invite people and answer requests"),
    "remove": _l("Remove, mute and ban members"),
    "edit": _l("Change the settings"),
    "post": _l("Post notices"),
    "runs": _l("Publish runs of the crew, and take them out of it"),
    "reports": _l("See reports"),
}
DURATIONS = {"1": _l("One day"), "7": _l("One week"), "30": _l("30 days")}


def own_zone() -> str:
    """Return the time zone of the viewer."""
    return zones.canonical_name(i18n.timezone().key) or "UTC"


class CrewForm(OnceForm):
    """A crew and its settings."""

    name = StringField(_l("Name of the crew"), min=SHORTEST_NAME, max=LONGEST_NAME)
    description = TextAreaField(_l("What it is about"), max=LONGEST_TEXT, required=False)
    guide = TextAreaField(_l("When, where, how fast"), max=LONGEST_TEXT, required=False)
    is_listed = BooleanField(_l("Anybody can find the crew"))
    joining = SelectField(_l("How people get in"), list(JOINING_WORDS.items()), default=INVITATION)
    members_may_invite = BooleanField(_l("All members may invite"), default=True)
    members_may_publish = BooleanField(_l("All members may publish runs of the crew"), default=True)
    max_members = IntegerField(_l("Members at most"), min=FEWEST_MEMBERS, max=MOST_MEMBERS, default=USUAL_MEMBERS)
    agreement = TextAreaField(_l("Agreement"), max=LONGEST_TEXT, required=False)
    welcome = TextAreaField(_l("Welcome to new members"), max=LONGEST_TEXT, required=False)
    frequency = SelectField(_l("Check-ins"), list(FREQUENCY_WORDS.items()), default=WEEKLY)
    first_day = SelectField(
        _l("First day of the week"),
        lambda: [(str(dates.CODES.index(day) + 1), dates.weekday_name(day)) for day in dates.week()],
        default="1",
    )
    timezone = SelectField(_l("Time zone"), lambda: zones.by_area(i18n.get_locale_code()), default=own_zone)
    numbers_from = IntegerField(
        _l("Answers before numbers are shown"), min=FEWEST_NUMBERS, max=MOST_NUMBERS, default=USUAL_NUMBERS
    )

    def values(self) -> dict[str, Any]:
        """Return the columns of the crew."""
        names = [name for name in self.data if name not in ("csrf_token", "submission")]
        return {name: self.data[name] for name in names} | {"first_day": int(self.first_day.data)}


class JoinForm(Form):
    """Getting in: accepting the agreement, and a line to the organisers."""

    agrees = BooleanField(_l("I accept the agreement"))
    line = StringField(_l("A line to the organisers"), max=200, required=False)


class CodeForm(Form):
    """An access code, typed in any way: capitals, spaces and dashes do not matter."""

    code = StringField(_l("Access code"), max=40, render_kw={"dir": "ltr", "autocapitalize": "none"})
    agrees = BooleanField(_l("I accept the agreement"))

    @property
    def typed(self) -> str:
        """Return the code as it is stored."""
        return "".join(char for char in to_latin_digits(self.code.data).lower() if char.isalnum())


class LinkForm(OnceForm):
    """A new invitation link."""

    days = SelectField(_l("It works for"), list(DURATIONS.items()), default="7")
    most_uses = IntegerField(_l("People it lets in"), min=1, max=MOST_MEMBERS, default=10)


class NoticeForm(OnceForm):
    """A notice to all members."""

    text = TextAreaField(_l("Notice to all members"), min=1, max=1000)


class RoleForm(Form):
    """The role of a member, and rights in place of those of the role."""

    role = SelectField(_l("Role"), list(ROLE_WORDS.items()))
    rights = SelectMultipleField(
        _l("Rights of their own"), [(right, RIGHT_WORDS[right]) for right in RIGHTS], required=False
    )


class RemovalForm(Form):
    """Why a member is removed."""

    reason = StringField(_l("Reason"), max=200)

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        return {"reason": self.reason.data}


class SanctionForm(RemovalForm):
    """Why, and for how long, a member is muted or banned."""

    days = SelectField(_l("For how long"), [*DURATIONS.items(), ("365", _l("One year"))], default="7")

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        return super().values() | {"days": int(self.days.data)}
