"""A model writes a summary, in the worker."""

import logging
import uuid
from datetime import timedelta

from hampa.coach_summaries.actions import asking, writing
from hampa.coach_summaries.models import REJECTED, UNUSABLE
from hampa.coach_summaries.queries.material import material_for
from hampa.coach_summaries.queries.summaries import waiting_summary
from hampa.files.queries.owners import owner_for
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import DomainError
from hampa.platform.jobs import job
from hampa.platform.language_model import ModelFailed, ask_model
from hampa.platform.locale.i18n import use_locale

log = logging.getLogger(__name__)


@job("coach_summaries.ask", lease=timedelta(minutes=4))
def ask(summary_id: uuid.UUID, version: int) -> None:
    """Have a model write a draft, with what its author sees at this moment; the composed one stays where that fails."""
    draft = waiting_summary(summary_id, version)
    if draft is None:
        db.session.commit()
        return
    author, failure, tokens, model = db.session.get_one(Person, draft.author_id), "", (0, 0), ""
    try:
        with use_locale(draft.locale, author.timezone, author.calendar, author.units):
            material = material_for(author, owner_for(author, draft.owner_kind, draft.owner_id))
            instruction, content, keys = asking.question_of(material, draft.locale)
    except DomainError:  # taken back meanwhile: nothing of it is sent
        writing.take_answer(draft, [], "", REJECTED, tokens)
        db.session.commit()
        return
    db.session.commit()  # no connection is held while somebody else writes
    sentences = []
    try:
        answer = ask_model(instruction, content, asking.SCHEMA)
        tokens, model = answer.tokens, answer.model
        sentences = asking.sentences_from(answer.text, keys)
        failure = "" if sentences else UNUSABLE
    except ModelFailed as error:
        tokens, failure = error.tokens, error.reason
        log.warning("a summary stays as it was composed, the model has not written it: %s", error.reason)
    writing.count_call(failure, tokens)
    draft = waiting_summary(summary_id, version)
    if draft is not None:
        writing.take_answer(draft, sentences, model, failure, tokens)
    db.session.commit()
