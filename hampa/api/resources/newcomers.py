"""The question to newcomers of a crew after two weeks: their own answer, and what admins read."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.crews.models import Crew
from hampa.crews.queries.crews import member_of
from hampa.newcomers import actions, queries
from hampa.newcomers.forms import AnswerForm
from hampa.newcomers.models import FEELINGS, LONGEST_ANSWER, NOBODY, READERS, NewcomerQuestion
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("newcomers", _l("Newcomers of crews"), scope="crews")

Feeling = Annotated[str, OneOf(*FEELINGS)]
Readers = Annotated[str, OneOf(*READERS)]


class AnswerBody(Body):
    """How it has been in the crew, and who reads that: its admins, or nobody."""

    feeling: Feeling
    text: str = Field("", max_length=LONGEST_ANSWER)
    readers: Readers = NOBODY


class AnswerData(TypedDict):
    """What you said; `feeling` and `answered_at` are null until you do."""

    feeling: Feeling | None
    text: str
    readers: Readers
    answered_at: datetime | None


class NewcomerData(TypedDict):
    """What a newcomer told the admins."""

    person: Summary
    feeling: Feeling
    text: str
    answered_at: datetime


@resource.get("/crews/<uuid:crew_id>/how-has-it-been")
def read_own_answer(crew_id: uuid.UUID) -> AnswerData:
    """Return what you said in a crew that asked you how it has been; 404 if it has not."""
    member_of(me(), crew_id)
    return _answer(queries.own_question(me(), crew_id))


@resource.put("/crews/<uuid:crew_id>/how-has-it-been", locks=Crew)
def say_how_it_has_been(crew_id: uuid.UUID, body: AnswerBody) -> AnswerData:
    """Say how it has been in a crew that asked you, or say it anew."""
    form = valid_form(AnswerForm, body)
    actions.answer(me(), crew_id, form.feeling.data, form.text.data or "", form.readers.data)
    return _answer(queries.own_question(me(), crew_id))


@resource.delete("/crews/<uuid:crew_id>/how-has-it-been", locks=Crew)
def delete_own_answer(crew_id: uuid.UUID) -> None:
    """Delete what you said; you are not asked again."""
    actions.delete_answer(me(), crew_id)


@resource.get("/crews/<uuid:crew_id>/newcomers")
def list_newcomers(crew_id: uuid.UUID, query: Paging) -> Page[NewcomerData]:
    """List what newcomers told the admins of a crew of which you are one, the latest first."""
    _crew, page = queries.answers_for(me(), crew_id, query.after, query.limit)
    return page.of_rows(
        lambda row: {
            "person": summary_as_data(row),
            "feeling": row.feeling,
            "text": row.text,
            "answered_at": row.answered_at,
        }
    )


def _answer(question: NewcomerQuestion) -> AnswerData:
    return {
        "feeling": question.feeling,
        "text": question.text,
        "readers": question.readers,
        "answered_at": question.answered_at,
    }
