"""Forms of rosters, and the words of their rules and checks."""

from __future__ import annotations

from typing import Any

from hampa.duties.forms import ROLE_WORDS
from hampa.duties.models import MARSHAL, MOST_EXPECTED
from hampa.duty_rosters.models import FILLED, LEADER_ALONE, MOST_NEEDED, MOST_PER, OF_A_ROLE, QUALIFIED, RATIO, TEAM
from hampa.duty_rosters.queries.checks import BUSY, GONE, NO_SHIFT, SHORT, UNPUBLISHED, Check
from hampa.platform.locale.i18n import digits, gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.web.fields import BooleanField, IntegerField, SelectField
from hampa.platform.web.forms import Form

KIND_WORDS = {
    FILLED: _l("A role must be filled"),
    RATIO: _l("A role for a number of runners"),
    TEAM: _l("At least this many people"),
    LEADER_ALONE: _l("Whoever leads does nothing else"),
    QUALIFIED: _l("All are qualified"),
}
MENDING_WORDS = {
    FILLED: _l("Add somebody"),
    SHORT: _l("Add somebody"),
    RATIO: _l("Add somebody"),
    TEAM: _l("Add somebody"),
    NO_SHIFT: _l("New schedule"),
    LEADER_ALONE: _l("To the shift"),
    BUSY: _l("To the shift"),
    GONE: _l("To the shift"),
    QUALIFIED: _l("Who is qualified"),
    UNPUBLISHED: _l("To the schedule"),
}


class RuleForm(Form):
    """A rule of one kind; fields that the kind does not need are left out."""

    role = SelectField(_l("Which role"), list(ROLE_WORDS.items()), default=MARSHAL)
    people = IntegerField(_l("People at least"), min=1, max=MOST_NEEDED, default=1)
    per = IntegerField(_l("For each this many runners"), min=1, max=MOST_PER, default=50)
    is_blocking = BooleanField(_l("Without it, the roster can't be published"))

    @classmethod
    def of(cls, kind: str, **values: Any) -> RuleForm:
        """Return the form of a kind of rule."""
        form = cls(**values)
        if kind not in OF_A_ROLE:
            del form.role
        if kind not in (FILLED, RATIO, TEAM):
            del form.people
        if kind != RATIO:
            del form.per
        return form

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        names = ("role", "people", "per", "is_blocking")
        return {name: self[name].data for name in names if name in self}


class ExpectedForm(Form):
    """How many runners are expected."""

    expected = IntegerField(_l("Runners expected"), min=0, max=MOST_EXPECTED, required=False)


def rule_in_words(kind: str, role: str, people: int, per: int | None) -> str:
    """Return a rule as a sentence."""
    if kind == FILLED:
        return ngettext(
            "%(role)s: %(num)d person at least", "%(role)s: %(num)d people at least", people, role=ROLE_WORDS[role]
        )
    if kind == RATIO:
        return ngettext(
            "%(role)s: %(num)d person for each %(per)s runners",
            "%(role)s: %(num)d people for each %(per)s runners",
            people,
            role=ROLE_WORDS[role],
            per=digits(per or 0),
        )
    if kind == TEAM:
        return ngettext("%(num)d person in all at least", "%(num)d people in all at least", people)
    if kind == LEADER_ALONE:
        return _("Whoever leads the day has no other role.")
    return _("Everybody has the qualification that their duty needs.")


def check_in_words(check: Check) -> str:
    """Return what is wrong as a sentence."""
    role = str(ROLE_WORDS[check.role]) if check.role else ""
    there, needed, name = digits(check.there), digits(check.needed), check.person or _("Somebody")
    values = {"role": role, "there": there, "needed": needed, "name": name, "duty": check.duty}
    if check.kind == RATIO:
        return _("%(role)s: %(there)s of %(needed)s, which %(runners)s runners need.", **values, runners=digits(
            check.runners))  # fmt: skip
    texts = {
        FILLED: _("%(role)s: %(there)s of %(needed)s people.", **values),
        NO_SHIFT: _("%(role)s: no shift that day.", **values),
        TEAM: _("%(there)s people in all, and at least %(needed)s are needed.", **values),
        LEADER_ALONE: _("%(name)s leads the day, and does %(duty)s too.", **values),
        QUALIFIED: _("%(name)s isn't qualified for %(duty)s.", **values),
        BUSY: _("%(name)s has another duty at the time of %(duty)s.", **values),
        GONE: _("%(name)s is down for %(duty)s, but no longer belongs here.", **values),
        SHORT: _("%(duty)s: %(there)s of at least %(needed)s people.", **values),
        UNPUBLISHED: _("The schedule %(duty)s is not published yet, so nobody can be put in.", **values),
    }
    return texts[check.kind]
