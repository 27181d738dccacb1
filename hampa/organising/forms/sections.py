"""The sections of the form of a run that unfold: what is set in each now, and which of them are open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from hampa.organising.forms.run import RunForm, own_zone
from hampa.plans.actions import RunPlan
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, ngettext, number

FIELDS: Final = {
    "about": ("directions", "description", "duration_min", "level", "terrain"),
    "groups": ("pace_groups",),
    "questions": ("questions",),
    "joining": (
        "visibility",
        "crew",
        "company",
        "join_policy",
        "guests_allowed",
        "meet_minutes_before",
        "joining_closes",
    ),
    "repeats": ("repeats", "every_weeks", "days", "nth", "ends_on", "times"),
    "files": ("route", "route_cut", "cover"),
    "team": ("organisers",),
    "zone": ("timezone", "latitude", "longitude"),
}
"""The fields of each section."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the form: `now` is what is set in it, in words; it is `open` when a field has an error."""

    now: str
    open: bool


def sections_of(form: RunForm, *, files: str = "", files_failed: bool = False) -> dict[str, Section]:
    """Return the sections of a form by name; `files` are words for those that the run has, which may have `failed`."""
    return {
        name: Section(
            now=files or _("none") if name == "files" else WORDS[name](form),
            open=any(_is_wrong(form[field]) for field in names if field in form)
            or name in form.opened
            or (name == "files" and files_failed),
        )
        for name, names in FIELDS.items()
    }


def taken_words(form: RunForm) -> str:
    """Return what the form takes from an earlier run, beside title and place."""
    parts = []
    if form.distance_km.data:
        parts.append(measures.distance(float(form.distance_km.data)))
    if form.filled_groups:
        parts.append(ngettext("%(num)d pace group", "%(num)d pace groups", form.filled_groups))
    if form.capacity.data:
        parts.append(ngettext("%(num)d place", "%(num)d places", form.capacity.data))
    if form.level.data != RunPlan.level:
        parts.append(_label(form.level, RunPlan.level))
    return " · ".join([*parts, _label(form.terrain, RunPlan.terrain), *([_joining(form)] if _differs(form) else [])])


def _differs(form: RunForm) -> bool:
    is_for_all = form.company.data == RunPlan.company and form.visibility.data == RunPlan.visibility
    return not is_for_all or bool(form.crew.data)


def _is_wrong(field: Any) -> bool:
    return bool(field.errors) and any(field.errors if isinstance(field.errors, (list, tuple)) else [field.errors])


def _label(field: Any, default: str | None) -> str:
    """Return the label of the chosen value of a field, or of the default while none is chosen."""
    chosen = field.data or default
    return next((str(choice.label) for choice in field.choices if choice.value == chosen), "")


def _about(form: RunForm) -> str:
    minutes = form.duration_min.data or RunPlan.duration_min
    parts = [measures.duration(minutes), _label(form.level, RunPlan.level), _label(form.terrain, RunPlan.terrain)]
    return _joined(parts)


def _groups(form: RunForm) -> str:
    filled = form.filled_groups
    return ngettext("%(num)d group", "%(num)d groups", filled) if filled else _("none")


def _questions(form: RunForm) -> str:
    filled = form.filled_questions
    return ngettext("%(num)d question", "%(num)d questions", filled) if filled else _("none")


def _joining(form: RunForm) -> str:
    company, join_policy = form.company.data or RunPlan.company, form.join_policy.data or RunPlan.join_policy
    parts = [_label(form.company, RunPlan.company)] if company != RunPlan.company else []
    if form.crew.data:
        parts.append(_label(form.crew, None))
    if form.visibility.data in ("link", "crew"):
        parts.append(_label(form.visibility, RunPlan.visibility))
    if join_policy != RunPlan.join_policy:
        parts.append(_label(form.join_policy, RunPlan.join_policy))
    if form.guests_allowed.data:
        parts.append(ngettext("%(num)d guest each", "%(num)d guests each", form.guests_allowed.data))
    if form.meet_minutes_before.data:
        minutes = number(form.meet_minutes_before.data)
        parts.append(_("be there %(minutes)s min before", minutes=minutes))
    if form.joining_closes.data:
        parts.append(_("closes earlier"))
    return _joined(parts) or _("everybody, at once")


def _repeats(form: Any) -> str:
    return _label(form.repeats, None) if "repeats" in form and form.recurs else _("once")


def _team(form: RunForm) -> str:
    typed = len(form.organisers.typed())
    return ngettext("%(num)d number", "%(num)d numbers", typed) if typed else _("nobody more")


def _zone(form: RunForm) -> str:
    return dates.zone_name(form.timezone.data or own_zone())


def _joined(parts: list[str]) -> str:
    return _(", ").join(part for part in parts if part)


WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "about": _about,
    "groups": _groups,
    "questions": _questions,
    "joining": _joining,
    "repeats": _repeats,
    "team": _team,
    "zone": _zone,
}
