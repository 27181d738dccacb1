"""Who organises a run: co-organisers, invitations, handing it over, and leading its pace groups."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.run_shapes import OrganiserData
from hampa.api.shapes import Summary, summary_as_data
from hampa.leading import actions as leading
from hampa.leading.forms import LeadForm
from hampa.leading.queries import groups_of
from hampa.organising.actions import invitations as answers, organisers as actions, ownership
from hampa.organising.actions.organisers import MAX_CO_ORGANISERS
from hampa.organising.forms.organisers import InvitationForm, OrganisersForm
from hampa.organising.forms.run import HandOverForm
from hampa.organising.queries.invitations import asked_by, asked_to_organise, declined_for, invitation_for, open_offer
from hampa.organising.queries.ownership import speaks_for_series
from hampa.people.actions import count_number_lookups
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.config import settings
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.runs.admission import closed_reason
from hampa.runs.models.run import ORGANISER, OWNER, Run
from hampa.runs.queries import organisers, runs

resource = Resource("organising", _l("Organisers of runs"), scope="runs")

Answer = Annotated[str, OneOf("yes", "no")]


class AskedData(TypedDict):
    """An invitation that waits; `phone` and `name` are for who asked, as far as they chose by them, else empty."""

    id: uuid.UUID
    phone: str
    name: str


class TeamData(TypedDict):
    """The organisers of a run, the owner first, and who is asked to be one."""

    organisers: list[OrganiserData]
    asked: list[AskedData]


class AskBody(Body):
    """Phone numbers of people whom you ask to organise the run with you."""

    organisers: list[Annotated[str, Field(max_length=40)]] = Field(min_length=1, max_length=MAX_CO_ORGANISERS)


class HandOverBody(Body):
    """Whom you ask to own the run, whether the series goes along, and whether you would like to go on organising it."""

    to: uuid.UUID
    series: bool = False
    stays: bool = True


class HandOverData(TypedDict):
    """The question to the next owner, which they have not answered."""

    to: Summary
    series: bool
    stays: bool
    created_at: datetime
    expires_at: datetime


class InvitationData(TypedDict):
    """What you are asked: to organise a run, or to own it; `series` is whether its series can go with that.

    `stays` is whether the owner who asks would like to go on organising it. Once `is_declined`, your no can be taken back
    for half an hour.
    """

    id: uuid.UUID
    role: Annotated[str, OneOf(ORGANISER, OWNER)]
    asker: Summary
    series: bool
    stays: bool
    is_declined: bool
    created_at: datetime
    updated_at: datetime
    version: int
    expires_at: datetime


class InvitationAnswer(Body):
    """Your answer; `back` takes a no back.

    As an organiser you may say yes for its later runs too (`series`), and to own it if its owner leaves (`takes_over`);
    as the new owner, whether the one who had it may go on organising it (`keep`).
    """

    answer: Annotated[str, OneOf("yes", "no", "back")]
    series: bool = False
    takes_over: bool = False
    keep: bool = True


class LedGroupData(TypedDict):
    """A pace group that you are asked to lead, or lead once you have `agreed`. `pace` is in seconds a kilometre."""

    id: uuid.UUID
    name: str
    pace: int
    agreed: bool
    asker: str


class LedGroupsData(TypedDict):
    """The pace groups of a run that are yours to lead or decline."""

    groups: list[LedGroupData]


class LeadBody(Body):
    """Whether you lead a pace group, and those of the later runs of the series too."""

    group: uuid.UUID
    answer: Answer
    series: bool = False


@resource.get("/runs/<uuid:run_id>/organisers")
def read_organisers(run_id: uuid.UUID) -> TeamData:
    """Return who organises a run with you, and who is asked to."""
    run = runs.organised_run(me(), run_id)
    team = organisers.organisers_of(me(), run)
    return {
        "organisers": [{**summary_as_data(one), "is_owner": one.owner} for one in team if one.agreed],
        "asked": [{"id": one.id, "phone": one.phone, "name": one.name} for one in asked_to_organise(me(), run)],
    }


@resource.post("/runs/<uuid:run_id>/organisers", keeps_refusals=True)
def ask_organisers(run_id: uuid.UUID, body: AskBody) -> TeamData:
    """Ask people by their phone numbers to organise a run with you; whoever has the number here can say yes."""
    runs.organised_run(me(), run_id)
    phones = valid_form(OrganisersForm, body).organisers.data
    count_number_lookups(me(), len(phones), settings().numbers_per_person_day, field="organisers")
    actions.invite_by_number(me(), run_id, phones)
    return read_organisers(run_id)


@resource.delete("/runs/<uuid:run_id>/organisers/me")
def step_down(run_id: uuid.UUID) -> None:
    """Organise a run no longer that somebody else owns; the others are told."""
    actions.step_down(me(), run_id)


@resource.delete("/runs/<uuid:run_id>/organisers/<uuid:person_id>")
def remove_organiser(run_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Take a co-organiser out of a run."""
    actions.remove_organiser(me(), run_id, person_id)


@resource.delete("/runs/<uuid:run_id>/invitations/<uuid:invitation_id>")
def withdraw_invitation(run_id: uuid.UUID, invitation_id: uuid.UUID) -> None:
    """Take back a question whether somebody organises a run."""
    actions.withdraw_invitation(me(), run_id, invitation_id)


@resource.get("/runs/<uuid:run_id>/hand-over")
def read_hand_over(run_id: uuid.UUID) -> HandOverData:
    """Return whom you have asked to own a run of yours."""
    offer = open_offer(runs.owned_run(me(), run_id))
    if offer is None:
        raise NotFound
    asked, person = offer
    return {
        "to": summary_as_data(person),
        "series": asked.with_series,
        "stays": asked.stays,
        "created_at": asked.created_at,
        "expires_at": asked.expires_at,
    }


@resource.post("/runs/<uuid:run_id>/hand-over")
def offer_run(run_id: uuid.UUID, body: HandOverBody) -> Created[HandOverData]:
    """Ask a co-organiser or a participant to own a run of yours; it is yours until they say yes."""
    runs.owned_run(me(), run_id)
    form = valid_form(HandOverForm, body.model_dump())
    ownership.offer_run(me(), run_id, body.to, with_series=form.series.data, stays=form.stays.data)
    return Created(read_hand_over(run_id), f"/runs/{run_id}/hand-over")


@resource.delete("/runs/<uuid:run_id>/hand-over", locks=Run)
def withdraw_offer(run_id: uuid.UUID) -> None:
    """Take back the question who owns a run next."""
    ownership.withdraw_offer(me(), run_id)


@resource.get("/runs/<uuid:run_id>/invitation")
def read_invitation(run_id: uuid.UUID) -> InvitationData:
    """Return what you are asked about a run: to organise it, or to own it."""
    run = runs.run_for(me(), run_id)
    asked = invitation_for(me(), run)
    found = asked or declined_for(me(), run)
    if found is None:
        raise NotFound
    asker = asked_by(found.asker_id)
    speaks = run.series_id is not None and speaks_for_series(asker, run)
    return {
        "id": found.id,
        "role": found.role,
        "asker": summary_as_data(asker),
        "series": found.with_series if found.role == OWNER else speaks,
        "stays": found.stays,
        "is_declined": asked is None,
        "created_at": found.created_at,
        "updated_at": found.declined_at or found.created_at,
        "version": 1 if found.declined_at is None else 2,
        "expires_at": found.expires_at,
    }


@resource.post("/runs/<uuid:run_id>/invitation", needs_name=True)
def answer_invitation(run_id: uuid.UUID, body: InvitationAnswer) -> None:
    """Say whether you organise a run, or own it from now on. With yes, your name and face stand on its page."""
    run = runs.run_for(me(), run_id)
    if body.answer == "back":
        answers.restore(me(), run_id)
        return
    asked = invitation_for(me(), run)
    if asked is None:
        raise NotFound
    form = valid_form(InvitationForm, body.model_dump())
    if form.answer.data == "no":
        answers.decline(me(), run_id, asked.role)
        return
    choices = {"with_series": form.series.data, "takes_over": form.takes_over.data, "keeps_owner": form.keep.data}
    answers.accept(me(), run_id, asked.role, **choices)


@resource.get("/runs/<uuid:run_id>/lead")
def read_led_groups(run_id: uuid.UUID) -> LedGroupsData:
    """Return the pace groups of a run that you lead, or are asked to lead."""
    return {"groups": [_group(row) for row in _groups(run_id)]}


@resource.post("/runs/<uuid:run_id>/lead", needs_name=True)
def answer_lead(run_id: uuid.UUID, body: LeadBody) -> None:
    """Say whether you lead a pace group; with yes, your name stands under it."""
    if not _groups(run_id):
        raise NotFound
    form = valid_form(LeadForm, body)
    if form.answer.data == "yes":
        leading.accept_leading(me(), run_id, body.group, with_series=form.series.data)
    else:
        leading.decline_leading(me(), run_id, body.group)


def _groups(run_id: uuid.UUID) -> Any:
    """Return the groups that the person leads or is asked to lead, none where it is too late for an answer."""
    run = runs.run_for(me(), run_id)
    return () if closed_reason(run) else groups_of(me(), run)


def _group(row: Any) -> LedGroupData:
    return {"id": row.id, "name": row.name, "pace": row.pace, "agreed": row.agreed, "asker": row.asker or ""}
