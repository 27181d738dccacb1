"""The bar at the foot of a run's page: the viewer's status in two short texts, and buttons."""

from dataclasses import dataclass

from flask import url_for

from hampa.joining.views.blueprint import blueprint
from hampa.joining.views.intents import LABELS, press_path
from hampa.people.models import Person
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, ngettext, pgettext
from hampa.platform.web import slots
from hampa.platform.web.ui import Button
from hampa.runs.admission import Admission, places_in_words
from hampa.runs.models.participation import GOING, INTERESTED, OFFERED, REQUESTED, WAITLISTED
from hampa.runs.models.run import Run


@dataclass(frozen=True, slots=True)
class Bar:
    """The texts and buttons of the bar."""

    headline: str
    detail: str
    buttons: tuple[Button, ...]


def bar_of(
    run: Run,
    admission: Admission,
    *,
    viewer: Person | None,
    organises: bool,
    arrived: bool,
    short_link: str,
    asks_more: bool = False,
) -> Bar:
    """Return the bar for this viewer, who may have `arrived` at the meeting point.

    With `asks_more` the button to join leads to the page that asks for the pace group or the organiser's questions.
    """
    headline, detail = _texts(run, admission, organises)
    if arrived:
        headline, detail = _("You are here"), dates.when(run.starts_at, run.timezone)
    organiser_buttons = slots.collect("run.organiser_button", run=run) if organises else []
    if organiser_buttons:
        return Bar(headline, detail, tuple(organiser_buttons))
    if organises and not admission.participation_status and not admission.final:
        buttons = [Button(_("Organise"), "#organising")]
        if "join" in admission.actions:
            buttons.append(_join(run, _("I'm in"), kind="plain", asks_more=asks_more))
        return Bar(headline, detail, tuple(buttons))
    buttons = _icons(run, viewer, short_link) if admission.has_place else []
    return Bar(headline, detail, (*buttons, *_actions(run, admission, viewer, asks_more=asks_more)))


# The gallery of components shows the bar in all its states.
slots.contribute(blueprint, "run.bar", bar_of)


def _texts(run: Run, admission: Admission, organises: bool) -> tuple[str, str]:
    """Return the headline and the detail: the status of the run if it is final, else of the viewer, else the places."""
    places = _("Open to all") if run.capacity is None else places_in_words(run) or _("Full")
    coming = ngettext("%(num)d going", "%(num)d going", run.coming) if run.coming else _("Be the first")
    status = admission.participation_status
    if admission.status == "cancelled":
        return _("Cancelled"), _("Nobody runs this one.")
    if admission.status == "over":
        return _("Over"), dates.when(run.starts_at, run.timezone)
    if admission.status == "started":
        return _("On the way"), _("It began at %(time)s.", time=dates.clock_in(run.starts_at, run.timezone))
    if organises and not status:
        if run.requested and not run.coming:
            return ngettext("%(num)d asks to join", "%(num)d ask to join", run.requested), places
        return coming, ngettext("%(num)d waiting", "%(num)d waiting", run.waiting) if run.waiting else places
    if status == OFFERED and admission.offer_ends_at:
        return _("A place is offered"), dates.time_left(admission.offer_ends_at, run.timezone)
    texts = {
        GOING: (_("You're in"), places),
        WAITLISTED: (_("You're waiting"), _ahead(admission) or _("You are next in line")),
        REQUESTED: (_("Asked"), _("No answer yet")),
    }
    return texts.get(status or "") or _texts_for_newcomer(run, admission, places, coming)


def _texts_for_newcomer(run: Run, admission: Admission, places: str, coming: str) -> tuple[str, str]:
    waiting = (
        ngettext("%(num)d waiting", "%(num)d waiting", admission.ahead) if admission.ahead else _("Nobody waits yet")
    )
    if admission.asks_gender:
        return _("For women only"), _("Say so as you join.")
    if admission.barred_reason:
        return _("Not for you"), admission.barred_reason
    if admission.removed_reason:
        return _("By approval"), _("Taken off the list")
    if admission.status == "closed" and run.joining_closes_at:
        return _("Joining closed"), dates.when(run.joining_closes_at, run.timezone)
    if admission.status == "approval":
        return places, _("By approval")
    return (_("Full"), waiting) if admission.status == "waitlist" else (places, coming)


def _icons(run: Run, viewer: Person | None, short_link: str) -> list[Button]:
    """Return the icons for a person with a place: the attendance code around the start, else calendar and share."""
    directions = Button(_("How to get there"), "#place", "icon", "navigation")
    attendance = slots.collect("run.participant_button", run=run, viewer=viewer)
    if attendance:
        return [*attendance, directions]
    calendar = url_for("calendars.calendar", run_id=run.id)
    share: dict[str, object] = {"data_share": short_link, "data_share_done": _("Link copied")}
    return [
        Button(_("Add to calendar"), calendar, "icon", "calendar", attributes={"download": True, "class_": "bar-wide"}),
        Button(_("Share"), "#share", "icon", "share", attributes=share),
        directions,
    ]


def _actions(run: Run, admission: Admission, viewer: Person | None, *, asks_more: bool) -> list[Button]:
    """Return a button for each action that the viewer may take."""
    actions = admission.actions
    leave, offer = url_for("runs.leave", run_id=run.id), url_for("runs.offer", run_id=run.id)
    if "take" in actions:
        return [
            Button(_("Pass"), offer, "plain", fields={"answer": "pass"}),
            Button(_("Take it"), offer, "dawn", "check", fields={"answer": "take"}),
        ]
    if viewer is None:
        kinds = {"interest": "plain"}
        return [Button(str(LABELS[one]), press_path(run, one), kinds.get(one, "dawn")) for one in reversed(actions)]
    if actions and actions[0] == "leave" and admission.participation_status != INTERESTED:
        labels = {GOING: _("Going"), WAITLISTED: _("Waiting"), REQUESTED: _("Asked")}
        status = admission.participation_status or ""
        path = url_for("runs.taking_part", run_id=run.id)
        return [
            Button(
                labels[status],
                path,
                "mine",
                "check" if status == GOING else "waiting",
                detail=pgettext("going", "change"),
            )
        ]
    buttons = []
    if "leave" in actions:
        buttons.append(Button(_("Interested"), leave, "mine", "check"))
    elif "interest" in actions:
        buttons.append(_join(run, _("Interested"), status=INTERESTED, kind="plain"))
    if admission.may_join:
        detail = _ahead(admission) if actions[0] == "wait" else ""
        buttons.append(_join(run, str(LABELS[actions[0]]), detail=detail, asks_more=asks_more))
    if admission.asks_gender:
        labels = {"open": _("I'm a woman: I'm in"), "waitlist": _("I'm a woman: I'll wait")}
        label = labels.get(admission.status, _("I'm a woman: ask to join"))
        fields = {"status": GOING, "is_woman": "yes"}
        buttons.append(Button(label, url_for("runs.join", run_id=run.id), "dawn", fields=fields))
    elif not actions and admission.barred_reason and not admission.final and run.company == "women":
        buttons.append(Button(_("My profile"), url_for("profile.profile")))
    return buttons


def _join(
    run: Run, label: str, status: str = GOING, kind: str = "dawn", detail: str = "", *, asks_more: bool = False
) -> Button:
    if asks_more:
        return Button(label, url_for("runs.join_page", run_id=run.id), kind, detail=detail)
    return Button(label, url_for("runs.join", run_id=run.id), kind, fields={"status": status}, detail=detail)


def _ahead(admission: Admission) -> str:
    """Return the number of people who wait before the viewer in words, "" for none."""
    return ngettext("%(num)d ahead", "%(num)d ahead", admission.ahead) if admission.ahead else ""
