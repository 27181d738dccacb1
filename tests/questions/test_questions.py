"""Questions of the organiser's own: asked in the step of joining, read by organisers and whoever answered."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.platform.db import db
from hampa.questions.models import Question
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from tests.auth.signing_in import codes_sent
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, make_run, take_part
from tests.one_tap.test_one_tap import link_of

LIFT = Question(text="Do you need a lift?", kind="yes_no", required=True, id="0123456789ab")
SHIRT = Question(text="Which shirt?", kind="choice", choices=("S", "M"), id="1123456789ab")
TEA = Question(text="Which tea?", id="2123456789ab")


@pytest.fixture
def run(owner):
    return make_run(owner, questions=(LIFT, SHIRT, TEA))


def answers(person):
    db.session.expire_all()
    return db.session.scalar(select(Participation.answers).where(Participation.person_id == person.id))


def status(person):
    return db.session.scalar(select(Participation.status).where(Participation.person_id == person.id))


def joined(run, person, **given):
    return take_part(run, person, answers={LIFT.id: "yes", TEA.id: "=1+1"}, **given)


def entry(number, **values):
    """Return the fields of a question in the publishing form."""
    return {f"questions-{number}-{name}": value for name, value in values.items()}


@pytest.mark.parametrize("language", ["fa", "en"])
def test_joining_asks_and_what_is_wrong_is_said_beside_the_question(page, run, stranger, language):
    browser = page.as_(stranger).speaking(language)
    assert f"/runs/{run.id}/join" in [
        e.get("href") for e in browser.get(f"/runs/{run.id}", 200).one(id="bar").iter("a")
    ]
    form = browser.get(f"/runs/{run.id}/join", 200).form()
    refused = form.fill(**{f"answer_{TEA.id}": "Mint"}).submit(status=422)
    assert status(stranger) is None
    again = refused.form()
    assert again.values[f"answer_{TEA.id}"] == "Mint"
    again.fill(**{f"answer_{LIFT.id}": "no"}).submit(status=303)
    assert answers(stranger) == {LIFT.id: "no", TEA.id: "Mint"}


def test_answers_that_are_not_offered_or_not_asked_for_are_not_kept(page, run, stranger):
    browser = page.as_(stranger)
    wrong = {"answers": "1", "step": "1", f"answer_{LIFT.id}": "perhaps", f"answer_{SHIRT.id}": "XXL"}
    browser.post(f"/runs/{run.id}/join", wrong, 422)
    long = {"answers": "1", "step": "1", f"answer_{LIFT.id}": "yes", f"answer_{TEA.id}": "x" * 201}
    browser.post(f"/runs/{run.id}/join", long, 422)
    browser.post(f"/runs/{run.id}/join", {"answers": "1", f"answer_{LIFT.id}": "yes", "answer_ffffffffffff": "x"}, 303)
    assert answers(stranger) == {LIFT.id: "yes"}


def test_a_visitor_is_asked_after_the_code(page, run):
    runner = make_person()
    [link] = [link for link in page.get(f"/runs/{run.id}", 200).links if "act=run_join" in link]
    code_page = page.get(link, 200).form("/login").fill(phone=runner.phone).submit(status=303).follow()
    asked = code_page.form("/login/code").fill(code=codes_sent(runner.phone)[-1]).submit(status=303).follow()
    asked.form().fill(**{f"answer_{LIFT.id}": "yes"}).submit(status=303)
    assert (status(runner), answers(runner)) == ("GOING", {LIFT.id: "yes"})


def test_who_joined_in_one_tap_is_asked_on_the_page_and_keeps_the_place(page, run, stranger):
    browser = page.as_(stranger)
    browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    form = browser.get(f"/runs/{run.id}", 200).form(f"/runs/{run.id}/answers")
    refused = form.submit(status=422)
    assert (status(stranger), refused.form(f"/runs/{run.id}/answers").names[0]) == ("GOING", "answers")
    form.fill(**{f"answer_{LIFT.id}": "yes"}).submit(status=303)
    assert answers(stranger) == {LIFT.id: "yes"}
    assert "The organiser asks you" not in browser.get(f"/runs/{run.id}", 200).words
    changed = browser.get(f"/runs/{run.id}/taking-part", 200).form(f"/runs/{run.id}/answers")
    assert changed.values[f"answer_{LIFT.id}"] == "yes"


@pytest.mark.parametrize("given", [{"question_id": TEA.id}, {}])
def test_no_two_questions_of_a_run_share_an_answer(page, owner, stranger, given):
    asked = [entry(number, text="Which tea?", **given) for number in range(3)]
    fields = SHORT_FORM | asked[0] | asked[1] | asked[2]
    organiser = page.as_(owner)
    address = organiser.post("/runs/new", fields, 303).location
    edited = dict(organiser.get(f"{address}/edit").form(f"{address}/edit").values)
    for change in ({}, edited | fields | {"title": "Another"}):
        if change:
            organiser.post(f"{address}/edit", change, 303)
        page.as_(stranger).get(f"{address}/join", 200)
        db.session.expire_all()
        assert len({question.id for question in db.session.scalars(select(Run)).one().questions}) == 3


def test_interest_asks_nothing(page, run, stranger):
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "INTERESTED"}, 303)
    assert "The organiser asks you" not in page.as_(stranger).get(f"/runs/{run.id}", 200).words


@pytest.mark.parametrize("path", ["", "/participants", "/participants?list=waiting"])
def test_answers_are_read_by_organisers_alone(page, owner, run, companion, operator, path):
    joined(run, make_person(), status="WAITLISTED" if "waiting" in path else "GOING")
    for viewer in (None, companion, operator, make_person()):
        answer = page.as_(viewer).get(f"/runs/{run.id}{path}")
        assert "=1+1" not in answer.text
    if path:
        assert "Which tea? =1+1" in page.as_(owner).get(f"/runs/{run.id}{path}", 200).words


def test_answers_stand_on_requests_paper_and_in_the_spreadsheet_without_formulas(page, owner, run):
    joined(run, make_person())
    joined(run, make_person(), status="REQUESTED")
    browser = page.as_(owner)
    for path in ("requests", "print"):
        assert "=1+1" in browser.get(f"/runs/{run.id}/{path}", 200).words
    text = browser.get(f"/runs/{run.id}/participants.csv", 200).response.get_data().decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert head[-3:] == [LIFT.text, SHIRT.text, TEA.text]
    assert [row[-3:] for row in rows] == [["Yes", "", "'=1+1"]] * 2


def test_answers_go_with_who_leaves_and_are_asked_anew(page, run, stranger):
    joined(run, stranger)
    page.as_(stranger).post(f"/runs/{run.id}/leave", {}, 303)
    assert answers(stranger) == {}


def test_an_export_has_the_answers_with_their_questions_and_an_erasure_deletes_them(run, stranger):
    joined(run, stranger)
    db.session.flush()
    [noun] = [noun for noun in privacy_registry.nouns() if noun.name == "participations"]
    [row] = list(noun.rows(stranger))
    assert row["answers"] == [{"question": LIFT.text, "answer": "yes"}, {"question": TEA.text, "answer": "=1+1"}]
    privacy_registry.erase(stranger)
    assert answers(stranger) == {}


def test_a_run_is_published_and_changed_with_questions(page, owner, stranger):
    browser = page.as_(owner)
    asked = entry(0, text="Which tea?") | entry(1, text="Which shirt?", kind="choice", choices="S\nM", required="1")
    browser.post("/runs/new", SHORT_FORM | asked, 303)
    run = db.session.scalars(select(Run)).one()
    tea, shirt = run.questions
    assert (tea.kind, shirt.choices, shirt.required) == ("text", ("S", "M"), True)
    take_part(run, stranger, answers={tea.id: "Mint", shirt.id: "M"})
    form = browser.get(f"/runs/{run.id}/edit", 200).form()
    form.fill(**entry(0, text="WHICH tea?!") | entry(1, text="", choices="")).submit(status=303)
    db.session.expire_all()
    assert [(one.id, one.text) for one in run.questions] == [(tea.id, "WHICH tea?!")]
    assert answers(stranger) == {tea.id: "Mint"}
    copied = browser.get(f"/runs/{run.id}/copy", 200).form()
    assert copied.values["questions-0-text"] == "WHICH tea?!"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"text": "Which?", "kind": "choice"}, "choices"),
        ({"text": "Which?", "kind": "choice", "choices": "one"}, "choices"),
        ({"text": "Which?", "kind": "choice", "choices": f"a\n{'b' * 41}"}, "choices"),
        ({"text": "", "choices": "a\nb"}, "text"),
        ({"text": "x" * 121}, "text"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_beside_its_field(page, owner, fields, name):
    refused = page.as_(owner).post("/runs/new", SHORT_FORM | entry(0, **fields), 422)
    assert refused.error_of(f"questions-0-{name}")


def test_the_runs_of_a_series_ask_the_same(page, owner, work_off):
    fields = SHORT_FORM | {"repeats": "weekly"} | entry(0, text="Which tea?")
    page.as_(owner).post("/runs/new", fields, 303)
    work_off()
    runs = db.session.scalars(select(Run)).all()
    assert len(runs) > 1
    assert {one.questions[0].text for one in runs} == {"Which tea?"}


def test_questions_alone_tell_nobody(page, owner, run, told, work_off):
    runner = take_part(run)
    form = page.as_(owner).get(f"/runs/{run.id}/edit", 200).form()
    form.fill(**entry(2, text="Which coffee?")).submit(status=303)
    work_off()
    assert told(runner) == []


def test_a_link_in_an_sms_says_that_something_is_asked(page, run, stranger):
    take_part(run, stranger, "OFFERED")
    link = link_of("o", stranger, run)
    [yes] = [form for form in page.get(link, 200).forms if form.values.get("answer") == "yes"]
    assert "asks you something" in yes.submit(status=303).follow().words
    assert (status(stranger), answers(stranger)) == ("GOING", {})
    page.as_(stranger).post(f"/runs/{run.id}/answers", {"answers": "1", f"answer_{LIFT.id}": "no"}, 303)
    assert "asks you something" not in page.get(link, 200).words


def test_who_comes_every_time_is_asked_without_losing_the_place(page, owner, stranger, work_off):
    fields = SHORT_FORM | {"repeats": "weekly"} | entry(0, text="Which tea?", required="1")
    page.as_(owner).post("/runs/new", fields, 303)
    work_off()
    first = db.session.scalars(select(Run).order_by(Run.starts_at)).first()
    page.as_(stranger).post(f"/series/{first.series_id}/join", {}, 303)
    assert status(stranger) == "GOING"
    assert "The organiser asks you" in page.as_(stranger).get(f"/runs/{first.id}", 200).words


def test_no_answer_stands_under_words_that_the_person_did_not_read(page, run, owner, stranger):
    joined(run, stranger)
    path = f"/runs/{run.id}/edit"
    page.as_(owner).get(path, 200).form(path).fill(**entry(0, text="Do you need a LIFT")).submit(status=303)
    assert answers(stranger) == {LIFT.id: "yes", TEA.id: "=1+1"}
    page.as_(owner).get(path, 200).form(path).fill(**entry(0, text="May we publish it?")).submit(status=303)
    assert answers(stranger) == {TEA.id: "=1+1"}
    assert "The organiser asks you" in page.as_(stranger).get(f"/runs/{run.id}", 200).words


@pytest.mark.parametrize("htmx", [True, False])
def test_the_form_shows_one_question_and_one_more_with_each_press(page, owner, htmx):
    browser = page.as_(owner)
    browser = browser.htmx if htmx else browser
    form = page.as_(owner).get("/runs/new", 200).form("/runs/new")
    assert [name for name in form.names if name.endswith("-text")] == ["questions-0-text"]
    for number in (1, 2):
        form.fill(title="A loop", **{f"questions-{number - 1}-text": f"Question {number}?"})
        form = form.submit("Add a question", status=422).form("/runs/new")
        assert form.values["title"] == "A loop"
        assert f"questions-{number}-text" in form.names
    assert "Add a question" not in "".join(form.element.itertext())
    form = form.submit("questions-0", status=422).form("/runs/new")
    assert form.values["questions-1-text"] == "Question 2?"
    assert "questions-0-text" not in form.names
    assert db.session.scalars(select(Run)).all() == []


def test_a_question_keeps_its_answers_when_another_row_is_taken_away(page, run, owner, stranger):
    joined(run, stranger)
    form = page.as_(owner).get(f"/runs/{run.id}/edit", 200).form(f"/runs/{run.id}/edit")
    form.submit("questions-0", status=422).form(f"/runs/{run.id}/edit").submit(status=303)
    assert answers(stranger) == {TEA.id: "=1+1"}
