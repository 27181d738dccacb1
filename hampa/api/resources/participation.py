"""Taking part in runs: joining, offers, leaving, and the people of a run."""

import uuid
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.run_shapes import OwnStatus, ParticipationData, participation_as_data
from hampa.joining import actions
from hampa.joining.forms import JoinForm
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.questions.forms import AnswersForm, name_of
from hampa.roster.actions import participants as roster
from hampa.roster.forms import ParticipantForm
from hampa.roster.queries.participants import participants
from hampa.roster.queries.roster import wants_join_sms
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, REQUESTED, WAITLISTED, Participation
from hampa.runs.models.run import MOST_GUESTS, Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises
from hampa.runs.queries.people import participation_of

resource = Resource("participation", _l("Taking part in runs"), scope="runs")

LISTS = {"going": GOING, "waiting": WAITLISTED, "interested": INTERESTED, "requested": REQUESTED}
EMPTY: dict[str, tuple[str, Any]] = {
    "note": ("note", ""),
    "pace_group": ("pace_group_id", None),
    "card_id": ("card_id", None),
    "together_with_id": ("together_with_id", None),
}
"""What a field is that is sent as null or empty, by the names of the details of `join_run`."""


class JoinBody(Body):
    """How you join. `answers` are by the ids of the run's questions; what is left out stays as it is."""

    status: Annotated[str, OneOf(GOING, INTERESTED)] = GOING
    pace_group: uuid.UUID | None = None
    guests: int = Field(0, ge=0, le=MOST_GUESTS)
    note: str = Field("", max_length=200)
    card_id: uuid.UUID | None = None
    together_with_id: uuid.UUID | None = None
    take_at_once: bool = True
    answers: dict[str, str] = Field({}, max_length=20)


class OfferBody(Body):
    """Your answer to an offered place."""

    answer: Annotated[str, OneOf("take", "pass")]


class LateBody(Body):
    """By how many minutes you are late; 0 for on time after all."""

    minutes: Annotated[int, Field(ge=0, le=20)]


class ParticipantsQuery(Paging):
    """Which people of a run; those who ask to join (`requested`) are for organisers."""

    list: Annotated[str, OneOf(*LISTS)] = "going"


class RequestsBody(Body):
    """The answer to requests; without `participations`, to all of them."""

    answer: Annotated[str, OneOf("yes", "no")]
    participations: list[uuid.UUID] | None = Field(None, min_length=1, max_length=100)


class AnsweredData(TypedDict):
    """How many requests were answered."""

    answered: int


class ParticipantChange(Body):
    """The new status of a participant; `beyond` lets them in although the run is full."""

    status: Annotated[str, OneOf(GOING, WAITLISTED, INTERESTED, LEFT)]
    note: str = Field("", max_length=200)
    beyond: bool = False


class ParticipantData(TypedDict):
    """Somebody in a run. `id` and `avatar` are null where you may not know who it is; organisers alone read the last four."""

    participation_id: uuid.UUID
    id: uuid.UUID | None
    name: str
    avatar: str | None
    guests: int
    pace_group: str | None
    card_id: uuid.UUID | None
    is_companion: bool
    status: OwnStatus | None
    note: str | None
    answers: dict[str, str] | None
    is_still_in: bool | None


class JoinSmsData(TypedDict):
    """Whether you get SMS of people who join a run of yours."""

    by_sms: bool


class JoinSmsBody(Body):
    """Whether you get SMS of people who join."""

    by_sms: bool


@resource.post("/runs/<uuid:run_id>/join", needs_name=True)
def join_run(run_id: uuid.UUID, body: JoinBody) -> ParticipationData:
    """Join a run, its waitlist where it is full, or ask to; or say that you are interested. Again, it changes details."""
    run = runs.run_for(me(), run_id)
    fields = {name: getattr(body, name) for name in body.model_fields_set if name != "answers"}
    if "take_at_once" in fields:
        fields["asks_take_at_once"] = True
    details = valid_form(JoinForm, fields).details()
    for name, (detail, nothing) in EMPTY.items():
        if name in fields and not fields[name]:
            details[detail] = nothing  # type: ignore[literal-required]
    if "answers" in body.model_fields_set:
        details["answers"] = _answers(run, body.answers)
    return participation_as_data(actions.join_run(me(), run_id, body.status, details))


@resource.post("/runs/<uuid:run_id>/leave")
def leave_run(run_id: uuid.UUID) -> None:
    """Leave a run; the place goes to the next in line."""
    actions.leave_run(me(), run_id)


@resource.post("/runs/<uuid:run_id>/offer", needs_name=True, keeps_refusals=True)
def answer_offer(run_id: uuid.UUID, body: OfferBody) -> ParticipationData:
    """Take the place that you are offered, or pass it on."""
    actions.answer_offer(me(), run_id, body.answer == "take")
    return _own(run_id)


@resource.post("/runs/<uuid:run_id>/late")
def report_late(run_id: uuid.UUID, body: LateBody) -> ParticipationData:
    """Tell the organisers that you are late."""
    actions.report_late(me(), run_id, body.minutes)
    return _own(run_id)


@resource.post("/runs/<uuid:run_id>/confirm")
def confirm_going(run_id: uuid.UUID) -> ParticipationData:
    """Confirm that you come."""
    actions.confirm_going(me(), run_id)
    return _own(run_id)


@resource.get("/runs/<uuid:run_id>/participants")
def list_participants(run_id: uuid.UUID, query: ParticipantsQuery) -> Page[ParticipantData]:
    """List the people of a run in the order of joining, yourself first; after it, `going` are all who had a place."""
    run = runs.run_for(me(), run_id) if query.list != "requested" else runs.organised_run(me(), run_id)
    reads_all = organises(me(), run)
    page = participants(me(), run, LISTS[query.list], query.after, query.limit, for_organiser=reads_all)
    return page.of_rows(lambda row: _participant(row, reads_all=reads_all))


@resource.post("/runs/<uuid:run_id>/requests")
def decide_requests(run_id: uuid.UUID, body: RequestsBody) -> AnsweredData:
    """Answer requests to join a run that you organise."""
    return {"answered": roster.answer_requests(me(), run_id, body.participations, body.answer == "yes")}


@resource.patch("/runs/<uuid:run_id>/participants/<uuid:participation_id>")
def change_participant(run_id: uuid.UUID, participation_id: uuid.UUID, body: ParticipantChange) -> None:
    """Set the status of a participant of a run that you organise; they are told."""
    runs.organised_run(me(), run_id)
    form = valid_form(ParticipantForm, body)
    fields = {"note": form.note.data, "beyond": form.beyond.data}
    roster.set_participant_status(me(), run_id, participation_id, form.status.data, **fields)


@resource.get("/runs/<uuid:run_id>/join-sms")
def read_join_sms(run_id: uuid.UUID) -> JoinSmsData:
    """Return whether you get SMS of people who join a run of yours."""
    return {"by_sms": wants_join_sms(me(), runs.organised_run(me(), run_id))}


@resource.put("/runs/<uuid:run_id>/join-sms", locks=Run)
def set_join_sms(run_id: uuid.UUID, body: JoinSmsBody) -> JoinSmsData:
    """Set whether you get SMS of people who join a run of yours."""
    roster.set_join_sms(me(), run_id, body.by_sms)
    return {"by_sms": body.by_sms}


def _answers(run: Run, given: dict[str, str]) -> dict[str, str]:
    """Return the answers to the questions of a run. Raise Invalid."""
    names = {question.id: name_of(question) for question in run.questions}
    try:
        form = valid_form(
            AnswersForm.for_questions(run.questions), {names[key]: text for key, text in given.items() if key in names}
        )
    except Invalid as error:
        keys = {name: f"answers.{key}" for key, name in names.items()}
        raise Invalid([(keys.get(field, field), words) for field, words in error.details]) from None
    return form.answers()


def _own(run_id: uuid.UUID) -> ParticipationData:
    participation: Participation | None = participation_of(me(), run_id)
    assert participation is not None  # noqa: S101  the action has refused who takes no part
    return participation_as_data(participation)


def _participant(row: Any, *, reads_all: bool) -> ParticipantData:
    return {
        "participation_id": row.participation_id,
        "id": row.id if row.known or row.opens else None,
        "name": row.name,
        "avatar": row.avatar,
        "guests": row.guests,
        "pace_group": row.pace_group,
        "card_id": row.card_id,
        "is_companion": row.companion,
        "status": row.status if reads_all else None,
        "note": row.note if reads_all else None,
        "answers": row.answers or {} if reads_all else None,
        "is_still_in": row.still_in if reads_all else None,
    }
