"""Questions that the organiser of a run asks people who join, stored with the run, and their answers."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from unicodedata import category

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

TEXT, CHOICE, YES_NO = "text", "choice", "yes_no"
KINDS = (TEXT, CHOICE, YES_NO)
MOST_QUESTIONS, MOST_CHOICES = 3, 8
LONGEST_QUESTION, LONGEST_CHOICE, LONGEST_ANSWER = 120, 40, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of an organiser, answered by a text, one of the `choices`, or yes or no.

    Answers are kept by `id`, which is no part of what an organiser entered; other words make another question. One that
    is not `required` may be left empty.
    """

    text: str
    kind: str = TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12], compare=False)


def with_distinct_ids(questions: Iterable[Question]) -> tuple[Question, ...]:
    """Return the questions, of which one whose id another has already gets a new one."""
    by_id: dict[str, Question] = {}
    for question in questions:
        distinct = replace(question, id=uuid.uuid4().hex[:12]) if question.id in by_id else question
        by_id[distinct.id] = distinct
    return tuple(by_id.values())


def with_kept_ids(present: Sequence[Question], planned: Sequence[Question]) -> tuple[Question, ...]:
    """Return planned questions, of which those that the run asks already keep their answers.

    They are known by id or, from a client that sends none, by their words. Other words or another kind of answer make a
    new question: nobody's answer stands under words that they did not read. Case and punctuation may change, not signs
    such as < and %.
    """
    by_id = {(question.id, question.kind, _essence(question.text)) for question in present}
    same = {question: question.id for question in present}
    return with_distinct_ids(
        question
        if (question.id, question.kind, _essence(question.text)) in by_id
        else replace(question, id=same.get(question) or Question(text="").id)
        for question in planned
    )


def _essence(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum() or category(char).startswith("S") or char == "%")


class QuestionList(TypeDecorator[Any]):
    """A tuple of questions, stored as JSON."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Iterable[Question] | None, _dialect: Dialect) -> Any:
        """Return the questions as JSON."""
        return serialize_questions(value or ())

    def process_result_value(self, value: Any, _dialect: Dialect) -> tuple[Question, ...]:
        """Return the stored questions."""
        return deserialize_questions(value or ())


def serialize_questions(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """Return questions as JSON."""
    return [asdict(question) | {"choices": list(question.choices)} for question in questions]


def deserialize_questions(stored: Iterable[dict[str, Any]]) -> tuple[Question, ...]:
    """Return stored questions."""
    return tuple(Question(**fields | {"choices": tuple(fields["choices"])}) for fields in stored)
