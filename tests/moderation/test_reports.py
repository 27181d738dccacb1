"""Reports: silent, kept as evidence, decided once, felt at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.comments.models import Comment
from hampa.moderation import actions
from hampa.moderation.actions import MOST_AN_HOUR, Verdict
from hampa.moderation.models import Decision, Report
from hampa.moderation.queries import reports
from hampa.notifications.models import Notification
from hampa.people import privacy_registry
from hampa.people.actions import deactivate, erase
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.auth.signing_in import ask, codes_sent
from tests.factories.cards import make_card
from tests.factories.comments import make_comment
from tests.factories.files import make_picture
from tests.factories.people import make_person
from tests.factories.runs import make_run, meet, take_part
from tests.page import Page
from tests.races import at_once

ADMIN = "/admin/moderation"


def told(person):
    return list(db.session.scalars(select(Notification.type).where(Notification.person_id == person.id)))


def decide(page, operator, report, **fields):
    return page.as_(operator).post(f"/admin/moderation/{report.id}", fields)


@pytest.fixture
def comment(owner):
    return make_comment(
        make_run(owner, title="Around the lake"), make_person(name="Rude Rahim"), text="You run like a duck"
    )


@pytest.fixture
def report(db_session, companion, comment):
    made = actions.report(companion, "comment", comment.id, "harassment", "He goes on and on")
    db.session.commit()
    return made


def test_operators_read_on_their_own_page_how_much_waits_and_where(page, operator, companion, report, comment):
    def row(path, where):
        found = page.as_(operator).get(path, 200).one("a", class_="menu-row", href=where)
        return "".join(found.itertext()).split()

    assert row("/me", "/admin") == ["Administration", "1"]
    assert row("/admin", ADMIN) == ["Reports", "1"]
    decide(page, operator, report, decision="nothing")
    assert row("/me", "/admin") == ["Administration"]
    assert ADMIN in page.as_(operator).get("/admin", 200).links
    assert not {"/admin", ADMIN} & set(page.as_(companion).get("/me", 200).links)


def test_a_report_keeps_what_was_seen_and_the_reported_hears_nothing(page, companion, comment):
    browser = page.as_(companion)
    form = browser.get(f"/report/comment/{comment.id}", 200)
    assert "You run like a duck" in form.words
    answer = form.form().fill(reason="harassment", words="He goes on and on").submit(status=303).follow()
    assert "The operators have it" in answer.words
    [kept] = db.session.scalars(select(Report))
    assert (kept.about_id, kept.shown["says"]) == (comment.author_id, {"text": "You run like a duck"})
    assert told(db.session.get(Person, comment.author_id)) == []


def test_every_kind_is_reported_from_where_it_is_seen(page, owner, companion):
    run = make_run(owner)
    things = {"person": owner, "card": make_card(owner), "run": run, "photo": make_picture(run, owner)}
    for kind, thing in things.items():
        page.as_(companion).post(f"/report/{kind}/{thing.id}", {"reason": "fake"}, 303).follow()
        page.as_(owner).get(f"/report/{kind}/{thing.id}", 404)
        page.as_(companion).get(f"/report/{kind}/{run.organiser_id if kind != 'person' else run.id}", 404)
    assert {one.kind for one in db.session.scalars(select(Report))} == set(things)
    assert page.as_(companion).get(f"/people/{owner.id}/block").words.count("Is it more than that?") == 1
    page.as_(companion).get(f"/report/nothing/{run.id}", 404)


def test_what_is_wrong_is_said_beside_the_field(page, companion, comment):
    answer = page.as_(companion).post(f"/report/comment/{comment.id}", {"words": "He goes on"}, 422)
    assert answer.error_of("reason")
    assert answer.form().values["words"] == "He goes on"


def test_twice_is_once_and_an_hour_takes_ten(page, companion):
    browser = page.as_(companion)
    cards = [make_card() for _ in range(MOST_AN_HOUR + 1)]
    for card in [*cards[:MOST_AN_HOUR], cards[0]]:
        browser.post(f"/report/card/{card.id}", {"reason": "spam"}, 303)
    browser.post(f"/report/card/{cards[-1].id}", {"reason": "spam"}, 429)
    assert db.session.scalar(select(func.count()).select_from(Report)) == MOST_AN_HOUR


def test_only_its_sender_and_operators_see_a_report(page, report, companion, owner, operator, comment):
    author = db.session.get(Person, comment.author_id)
    page.as_(companion).get(f"/me/reports/{report.id}", 200)
    for person in (owner, author, operator):
        page.as_(person).get(f"/me/reports/{report.id}", 404)
    for person in (owner, author, companion):
        page.as_(person).get("/admin/moderation", 404)
        page.as_(person).get(f"/admin/moderation/{report.id}", 404)
        assert decide(page, person, report, decision="ban").status == 404
    listed = page.as_(operator).get("/admin/moderation", 200)
    assert "Around the lake" in listed.words
    shown = page.as_(operator).get(f"/admin/moderation/{report.id}", 200)
    assert "You run like a duck" in shown.words and "He goes on and on" in shown.words and "Rude Rahim" in shown.words


def test_taking_away_removes_it_tells_the_sender_and_is_logged(page, operator, companion, report, comment, work):
    other = make_person()
    actions.report(other, "comment", comment.id, "spam", "")
    assert decide(page, operator, report, decision="remove", note="Not here").status == 303
    work()
    db.session.expire_all()
    assert db.session.scalar(select(func.count()).select_from(Comment)) == 0
    assert told(companion) == told(other) == ["report_decided"]
    assert "Somebody has looked at it" in page.as_(companion).get(f"/me/reports/{report.id}").words
    [line] = db.session.scalars(select(Decision))
    assert (line.decision, line.note, line.by_id, line.address) == ("remove", "Not here", operator.id, "127.0.0.1")
    assert decide(page, operator, report, decision="warn").status == 409
    assert page.as_(operator).get(f"/admin/moderation/{report.id}").words.count("Not here") == 1


def test_a_warning_is_read_by_the_person_alone(page, operator, report, comment):
    decide(page, operator, report, decision="warn")
    author = db.session.get(Person, comment.author_id)
    assert told(author) == ["account_security"]
    assert "mind how you treat others" in page.as_(author).get("/notifications").words


def test_who_is_suspended_is_out_at_once_and_told_until_when(page, operator, report, comment, work):
    author = db.session.get(Person, comment.author_id)
    browser = page.as_(author)
    browser.get("/me", 200)
    decide(page, operator, report, decision="suspend", days="3")
    assert browser.get("/me").location.startswith("/login")
    newcomer = Page(page.app)
    ask(newcomer, author.phone)
    [code] = codes_sent(author.phone)
    refused = newcomer.post("/login/code", {"code": code}, 303).follow()
    assert "suspended until" in refused.words
    with clock.frozen(clock.now() + timedelta(days=3, minutes=1)):
        work()
    db.session.expire_all()
    assert (author.state, author.suspended_until) == ("active", None)


@pytest.mark.parametrize("cancel", [True, False])
def test_runs_of_who_is_banned_leave_all_lists_or_are_called_off(page, owner, companion, operator, work, cancel):
    run, going = make_run(owner, title="Gone soon"), make_person()
    take_part(run, going)
    card = make_card(owner, title="Gone too")
    found = actions.report(companion, "person", owner.id, "danger", "")
    decide(page, operator, found, decision="ban", **({"cancel_runs": "1"} if cancel else {}))
    work()
    db.session.expire_all()
    assert owner.state == "banned"
    for address in ("/runs", "/cards", "/"):
        assert "Gone" not in page.get(address).words
    page.get(f"/cards/{card.id}", 404)
    assert (db.session.get(Run, run.id).cancelled_at is not None) == cancel
    assert told(going) == (["run_cancelled"] if cancel else [])
    decide(page, operator, found, decision="restore")
    db.session.expire_all()
    assert owner.state == "active"


def test_leaving_is_no_way_around_a_ban(page, owner, companion, operator):
    name = owner.name
    meet(owner)
    found = actions.report(companion, "person", owner.id, "danger", "")
    deactivate(owner)
    db.session.commit()
    assert decide(page, operator, found, decision="ban").status == 303
    db.session.refresh(owner)
    assert (owner.state, owner.leaving_at, owner.name) == ("banned", None, name)


def test_reports_about_who_is_forgotten_stay_and_name_nobody(page, companion, operator):
    for name in ("Goli Gone", "Nasrin Nobody"):
        gone = make_person(name=name)
        meet(gone)
        found = actions.report(companion, "person", gone.id, "danger", "")
        decide(page, operator, found, decision="nothing", note=f"about {name}")
        privacy_registry.erase(gone)
        erase(gone)
    db.session.commit()
    db.session.expire_all()
    addresses = (f"/admin/moderation/{found.id}", "/admin/moderation?state=decided")
    seen = [page.as_(operator).get(address, 200) for address in addresses]
    seen.append(page.as_(companion).get(f"/me/reports/{found.id}", 200))
    for answer in seen:
        assert "Deleted person" in answer.words
        assert "Goli" not in answer.text and "Nasrin" not in answer.text
    assert "Nothing before this." in seen[0].words


def test_what_is_about_an_operator_another_one_looks_at(page, operator, owner):
    meet(operator)
    report = actions.report(owner, "person", operator.id, "harassment", "He answers nobody")
    address = f"/admin/moderation/{report.id}"
    assert address not in page.as_(operator).get("/admin/moderation", 200).text
    page.as_(operator).get(address, 404)
    assert decide(page, operator, report, decision="nothing").status == 404
    other = make_person(is_operator=True)
    assert address in page.as_(other).get("/admin/moderation", 200).text
    assert decide(page, other, report, decision="nothing").status == 303


def test_an_operator_is_not_shut_out_and_a_person_not_taken_away(page, operator, owner, companion):
    colleague = make_person(is_operator=True)
    meet(colleague, companion)
    first = actions.report(owner, "person", colleague.id, "other", "")
    assert decide(page, operator, first, decision="ban").status == 422
    second = actions.report(owner, "person", companion.id, "other", "")
    assert decide(page, operator, second, decision="remove").status == 422
    assert decide(page, operator, second).status == 422


def test_the_list_is_paged_by_key_and_as_long_as_it_likes(page, operator, companion, statements):
    def count():
        with statements() as seen:
            page.as_(operator).get("/admin/moderation", 200)
        return len(seen)

    def more(number):
        for _ in range(number):
            actions.report(make_person(), "card", make_card().id, "spam", "")
        db.session.commit()

    more(2)
    few = count()
    more(31)
    assert count() == few
    first = reports(operator, "open")
    second = reports(operator, "open", first.next)
    assert (len(first.items), len(second.items)) == (30, 3) and second.next is None


def test_the_same_report_at_once_is_one_and_two_verdicts_at_once_are_one(real_database):
    reporter, operators = make_person().id, [make_person(is_operator=True).id for _ in range(2)]
    card = make_card().id
    db.session.commit()
    one = lambda found: db.session.get_one(Person, found)  # noqa: E731 - short, and used in lambdas alone
    ended = at_once(real_database, [lambda: actions.report(one(reporter), "card", card, "spam", "")] * 6)
    assert ended == ["done"] * 6
    [found] = db.session.scalars(select(Report.id))
    ended = at_once(
        real_database, [lambda by=by: actions.decide(one(by), found, Verdict("warn"), address="") for by in operators]
    )
    assert sorted(ended) == ["Conflict", "done"]
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 1


@pytest.mark.parametrize("nth", range(4))
def test_two_verdicts_about_two_reports_of_one_thing_at_once_are_one(real_database, nth):
    operators = [make_person(is_operator=True).id for _ in range(2)]
    card = make_card().id
    told_of = [actions.report(make_person(), "card", card, "spam", "").id for _ in operators]
    db.session.commit()
    ended = at_once(
        real_database,
        [
            lambda by=by, found=found: actions.decide(
                db.session.get_one(Person, by), found, Verdict("warn"), address=""
            )
            for by, found in zip(operators, told_of, strict=True)
        ],
    )
    assert sorted(ended) == ["Conflict", "done"]


@pytest.mark.parametrize("nth", range(4))
def test_two_who_reported_each_other_are_banned_at_once(real_database, nth):
    operators = [make_person(is_operator=True).id for _ in range(2)]
    one, other = make_person(), make_person()
    meet(one, other)
    told_of = [actions.report(*pair, "other", "").id for pair in ((one, "person", other.id), (other, "person", one.id))]
    db.session.commit()
    ended = at_once(
        real_database,
        [
            lambda by=by, found=found: actions.decide(db.session.get_one(Person, by), found, Verdict("ban"), address="")
            for by, found in zip(operators, told_of, strict=True)
        ],
    )
    assert ended == ["done", "done"]


def test_names_in_the_list_of_operators_do_not_turn_the_line(page, operator, stranger):
    person = make_person(name="سارا")
    meet(person)
    actions.report(stranger, "person", person.id, "spam", "")
    assert [one.text for one in page.as_(operator).get("/admin/moderation", 200).all("bdi") if one.text == "سارا"]


def test_what_was_decided_reads_as_done(page, operator, report):
    decide(page, operator, report, decision="warn")
    for path in (f"/admin/moderation/{report.id}", "/admin/moderation?state=decided"):
        seen = page.as_(operator).get(path, 200)
        assert "Warned" in seen.words
    assert page.as_(operator).get(f"/admin/moderation/{report.id}", 200).words.count("Warn the person") == 1
