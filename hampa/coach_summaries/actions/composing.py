"""Composing a summary without any service: sentences of the data, and the most telling ones of notes.

Each sentence has the keys of its sources: `kind:id`, as `queries.links` understands them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hampa.coach_summaries.models import CHANGES, FACTS, LONGEST_SENTENCE, MOST_SENTENCES, QUESTIONS
from hampa.coach_summaries.queries.material import EventFacts, Material, NoteFacts, PlanFacts, SessionFacts
from hampa.coaching.forms.words import ATHLETE_STATUS_WORDS, EVENT_WORDS, EXCUSE_WORDS
from hampa.coaching.models.athletes import ACTIVE
from hampa.coaching.models.sessions import EXCUSED, SKIPPED
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, ngettext, number
from hampa.platform.texts.markdown import to_plain
from hampa.platform.texts.telling import LONGEST, most_telling, sentences_of
from hampa.training.forms.words import FEELING_WORDS
from hampa.training.models.plans import OPEN_STATUSES

TELLING, ASKED, MISSED_ASKED, CHANGES_TOLD = 6, 6, 3, 8
SHORTEST_ASKED = 5
HARD = ("heavy", "bad")
QUESTION_MARKS = ("?", "؟")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a summary with the keys of its sources."""

    part: str
    text: str
    sources: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """Return the sentence as it is stored."""
        return {"part": self.part, "text": self.text[:LONGEST_SENTENCE], "sources": list(self.sources)}


def compose(material: Material) -> list[Sentence]:
    """Return the sentences of a summary in the language of the moment: facts, changes, then open questions."""
    found = [
        *_of_athlete(material),
        *(one for plan in material.plans for one in _of_plan(material, plan)),
        *(one for event in material.events[:CHANGES_TOLD] for one in _of_event(event)),
        *_open_questions(material),
        *_of_notes(material.notes),
    ]
    order = (FACTS, CHANGES, QUESTIONS)
    return sorted(found, key=lambda one: order.index(one.part))[:MOST_SENTENCES]


def _of_athlete(material: Material) -> Iterator[Sentence]:
    athlete = material.athlete
    if athlete is None:
        return
    key = (f"athlete:{athlete.id}",)
    if athlete.status != ACTIVE:
        words = ATHLETE_STATUS_WORDS[athlete.status]
        yield Sentence(FACTS, _("Status: %(status)s.", status=words), key)
    if athlete.goal_race and athlete.goal_race_on is not None:
        text = _("The goal is %(race)s on %(day)s.", race=athlete.goal_race, day=dates.date(athlete.goal_race_on))
        yield Sentence(FACTS, text, key)
    elif athlete.goal_race:
        yield Sentence(FACTS, _("The goal is %(race)s.", race=athlete.goal_race), key)


def _of_plan(material: Material, plan: PlanFacts) -> Iterator[Sentence]:
    key = (f"plan:{plan.id}",)
    if plan.race_on is not None and plan.race_on >= material.today:
        days = (plan.race_on - material.today).days
        text = ngettext(
            "%(plan)s leads to a race on %(day)s, in %(num)d day.",
            "%(plan)s leads to a race on %(day)s, in %(num)d days.",
            days,
            plan=plan.name,
            day=dates.date(plan.race_on),
        )
        yield Sentence(FACTS, text, key)
    steps = [one for one in material.milestones if one.plan_id == plan.id]
    done = [one for one in steps if one.done_at is not None]
    if steps:
        text = _(
            "%(done)s of %(all)s milestones of %(plan)s are reached.",
            done=number(len(done)),
            all=number(len(steps)),
            plan=plan.name,
        )
        yield Sentence(FACTS, text, key)
    if not plan.sees_done:
        return
    rows = [one for one in material.sessions if one.plan_id == plan.id]
    over = [one for one in rows if one.day < material.today or one.is_done or one.state in (SKIPPED, EXCUSED)]
    if over:
        yield Sentence(FACTS, _tally(over, material, plan), (f"sessions:{plan.id}",))
        longest = max((one for one in over if one.done_m), key=lambda one: one.done_m or 0, default=None)
        if longest is not None:
            text = _(
                "The longest session was %(distance)s on %(day)s.",
                distance=measures.distance((longest.done_m or 0) / 1_000),
                day=dates.date(longest.day),
            )
            yield Sentence(FACTS, text, (f"session:{longest.id}",))
    for one in rows[::-1]:
        if one.feeling in HARD:
            yield Sentence(FACTS, _felt(one), (f"session:{one.id}",))


def _tally(over: Sequence[SessionFacts], material: Material, plan: PlanFacts) -> str:
    done, missed = sum(one.is_done for one in over), sum(one.is_missed(material.today) for one in over)
    skipped = sum(one.state == SKIPPED and not one.is_done for one in over)
    excused = sum(one.state == EXCUSED and not one.is_done for one in over)
    counts = [
        *([ngettext("%(num)d was done", "%(num)d were done", done)] if done else []),
        *([ngettext("%(num)d was missed", "%(num)d were missed", missed)] if missed else []),
        *([ngettext("%(num)d was skipped", "%(num)d were skipped", skipped)] if skipped else []),
        *([ngettext("%(num)d was excused", "%(num)d were excused", excused)] if excused else []),
    ]
    return ngettext(
        "Of %(num)d session of %(plan)s since %(day)s: %(counts)s.",
        "Of %(num)d sessions of %(plan)s since %(day)s: %(counts)s.",
        len(over),
        plan=plan.name,
        day=dates.date(over[0].day),
        counts=_(", ").join(counts) if counts else _("nothing was done"),
    )


def _felt(one: SessionFacts) -> str:
    day, feeling = dates.date(one.day), FEELING_WORDS[one.feeling]
    if one.line:
        return _("How it was on %(day)s: %(feeling)s, “%(line)s”.", day=day, feeling=feeling, line=one.line)
    return _("How it was on %(day)s: %(feeling)s.", day=day, feeling=feeling)


def _of_event(event: EventFacts) -> Iterator[Sentence]:
    what, day = EVENT_WORDS.get(event.what), dates.date(event.created_at)
    if what is None:
        return
    values = {"what": what, "day": day, "why": event.why}
    text = _("%(what)s on %(day)s: “%(why)s”.", **values) if event.why else _("%(what)s on %(day)s.", **values)
    yield Sentence(CHANGES, text, (f"event:{event.id}",))


def _open_questions(material: Material) -> Iterator[Sentence]:
    missed = [one for one in material.sessions if one.is_missed(material.today)][::-1][:MISSED_ASKED]
    for one in missed:
        text = _("Why was the session of %(day)s missed, and does it need a new day?", day=dates.date(one.day))
        yield Sentence(QUESTIONS, text, (f"session:{one.id}",))
    going = {plan.id for plan in material.plans if plan.status in OPEN_STATUSES}
    for step in material.milestones:
        if step.due_on is None or step.done_at is not None or step.due_on >= material.today:
            continue
        if step.plan_id in going:
            text = _("Is “%(name)s” reached? It was due on %(day)s.", name=step.name, day=dates.date(step.due_on))
            yield Sentence(QUESTIONS, text, (f"milestone:{step.id}",))
    for one in material.sessions:
        if one.state == EXCUSED and one.day <= material.today:
            words = EXCUSE_WORDS[one.excuse]
            text = _("%(excuse)s on %(day)s: is it over?", excuse=words, day=dates.date(one.day))
            yield Sentence(QUESTIONS, text, (f"session:{one.id}",))
            break


def _of_notes(notes: Sequence[NoteFacts]) -> Iterator[Sentence]:
    said = [(note.id, text) for note in notes for text in sentences_of(to_plain(note.text))]
    asked = [one for one in said if one[1].endswith(QUESTION_MARKS) and SHORTEST_ASKED <= len(one[1]) <= LONGEST]
    told = [one for one in said if not one[1].endswith(QUESTION_MARKS)]
    for place in sorted(most_telling([text for _id, text in told], TELLING)):
        yield Sentence(FACTS, told[place][1], (f"note:{told[place][0]}",))
    for id_, text in asked[:ASKED]:
        yield Sentence(QUESTIONS, text, (f"note:{id_}",))
