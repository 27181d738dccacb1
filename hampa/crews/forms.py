"""Forms of a crew: its settings, getting in, and what organisers do with members."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from hampa.crews.models import (
    BIWEEKLY,
    DAILY,
    FEWEST_MEMBERS,
    FEWEST_NUMBERS,
    INVITATION,
    LONGEST_GROUP_NAME,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_MEMBERS,
    MOST_NUMBERS,
    OPEN,
    OTHER,
    PACE,
    PLACE,
    REQUEST,
    RIGHTS,
    SHORTEST_NAME,
    USUAL_MEMBERS,
    USUAL_NUMBERS,
    WEEKLY,
)
from hampa.crews.queries.groups import GroupRow
from hampa.platform.locale import dates, i18n, zones
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.texts.cleaning import to_latin_digits
from hampa.platform.web.fields import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from hampa.platform.web.forms import Form, OnceForm
from hampa.platform.web.picture_form import PictureForm

GROUP_KIND_WORDS = {PACE: _l("Pace"), PLACE: _l("Place"), OTHER: _l("Something else")}

JOINING_WORDS = {
    OPEN: _l("Anybody who finds it can join"),
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
    "runs": _l("Publish runs of the crew"),
    "reports": _l("See reports"),
    "duties": _l("Coordinate duties"),
}
DURATIONS = {"1": _l("One day"), "7": _l("One week"), "30": _l("30 days")}


def own_zone() -> str:
    """Return the time zone of the viewer."""
    return zones.canonical_name(i18n.timezone().key) or "UTC"


class CrewForm(OnceForm):
    """A crew and its settings."""

    name = StringField(_l("Crew name"), min=SHORTEST_NAME, max=LONGEST_NAME)
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
        default=lambda: str(dates.CODES.index(dates.week()[0]) + 1),
    )
    timezone = SelectField(_l("Time zone"), lambda: zones.by_area(i18n.get_locale_code()), default=own_zone)
    numbers_from = IntegerField(
        _l("Answers before numbers are shown"), min=FEWEST_NUMBERS, max=MOST_NUMBERS, default=USUAL_NUMBERS
    )

    shown = HiddenField()

    def values(self) -> dict[str, Any]:
        """Return the columns of the crew."""
        names = [name for name in self.data if name not in ("csrf_token", "submission", "shown")]
        return {name: self.data[name] for name in names} | {"first_day": int(self.first_day.data)}

    def changed_values(self) -> dict[str, Any]:
        """Return the columns that are not as the form showed them: what another organiser has changed since then stays."""
        shown = dict(zip(self.values(), (self.shown.data or "").split("-"), strict=False))
        return {name: value for name, value in self.values().items() if shown.get(name) != digest_of(value)}


def digest_of(value: object) -> str:
    """Return a short digest of a setting, by which a form knows what it showed."""
    return hashlib.sha256(str(value).replace("\r\n", "\n").encode()).hexdigest()[:12]


class JoinForm(Form):
    """Getting in: accepting the agreement, and a line to the organisers."""

    agrees = BooleanField(_l("I accept the agreement"))
    version = HiddenField()
    line = StringField(_l("A line to the organisers"), max=200, required=False)

    @property
    def read_version(self) -> int | None:
        """Return the version of the agreement that was shown."""
        return version_read(self.version.data)


class AgreementForm(Form):
    """Accepting the agreement, in the version that was shown."""

    version = HiddenField()

    @property
    def read_version(self) -> int | None:
        """Return the version of the agreement that was shown."""
        return version_read(self.version.data)


def version_read(text: str | None) -> int | None:
    """Return the number of a version in a hidden field, None without one."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None


class CodeForm(Form):
    """An access code, typed in any way: capitals, spaces and dashes do not matter."""

    code = StringField(_l("Access code"), max=40, render_kw={"dir": "ltr", "autocapitalize": "none"})
    agrees = BooleanField(_l("I accept the agreement"))
    version = HiddenField()

    @property
    def read_version(self) -> int | None:
        """Return the version of the agreement that was shown."""
        return version_read(self.version.data)

    @property
    def typed(self) -> str:
        """Return the code as it is stored."""
        return "".join(char for char in to_latin_digits(self.code.data).lower() if char.isalnum())


class LinkForm(OnceForm):
    """A new invitation link."""

    days = SelectField(_l("Valid for"), list(DURATIONS.items()), default="7")
    most_uses = IntegerField(_l("How many people it lets in"), min=1, max=MOST_MEMBERS, default=10)


class NoticeForm(OnceForm):
    """A notice to all members, or to those of a sub-group."""

    group = SelectField(_l("To"), [("", _l("All members"))], required=False)
    text = TextAreaField(_l("Notice"), min=1, max=1000)

    def offer(self, groups: Sequence[GroupRow]) -> None:
        """Offer the sub-groups of the crew."""
        self.group.set_choices([("", _("All members")), *((str(group.id), group.name) for group in groups)])

    @property
    def group_id(self) -> uuid.UUID | None:
        """Return the chosen sub-group."""
        return uuid.UUID(self.group.data) if self.group.data else None


class GroupForm(OnceForm):
    """A sub-group of a crew."""

    name = StringField(_l("Sub-group name"), min=1, max=LONGEST_GROUP_NAME)
    kind = SelectField(_l("Based on"), list(GROUP_KIND_WORDS.items()), default=PACE)
    is_open = BooleanField(_l("Members choose it themselves"), default=True)

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        return {"name": self.name.data, "kind": self.kind.data, "is_open": self.is_open.data}


class GroupsForm(Form):
    """The sub-groups of a member."""

    groups = SelectMultipleField(_l("Sub-groups"), [], required=False)

    def offer(self, groups: Sequence[GroupRow], *, chosen: bool = False) -> None:
        """Offer sub-groups; with `chosen` those are ticked that the member is in."""
        self.groups.set_choices([(str(group.id), group.name) for group in groups])
        if chosen:
            self.groups.data = [str(group.id) for group in groups if group.is_in]

    @property
    def group_ids(self) -> list[uuid.UUID]:
        """Return the chosen sub-groups."""
        return [uuid.UUID(text) for text in self.groups.data or []]


class MembershipForm(GroupsForm):
    """What a member chooses for themselves in a crew."""

    notices = BooleanField(_l("Tell me what happens in this crew"))
    shares_phone = BooleanField(_l("Show my phone number to the admins of this crew"))


class CrewPictureForm(PictureForm):
    """A picture of the crew."""


class CloseForm(Form):
    """What becomes of the runs of a crew that is closed."""

    runs = SelectField(
        _l("Its runs to come"),
        [("keep", _l("They stay with their organisers, without the crew")), ("cancel", _l("They are cancelled"))],
        default="keep",
        required=False,
    )


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
