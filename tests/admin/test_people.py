"""Operators find people, shut them out, let them in again, and answer the one appeal that each may write."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.audit.models import AuditEntry
from hampa.moderation import actions
from hampa.moderation.models import BanAppeal, Report
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict
from hampa.platform.texts.rendering import render_text
from hampa.runs.models.participation import COMPLETED, NO_SHOW
from hampa.tokens.models import PersonalToken
from tests.auth.signing_in import ask, codes_sent
from tests.factories.moderation import operator_values
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, meet, take_part
from tests.factories.tokens import make_personal_token
from tests.page import Page

PAGE = "/admin/people"


def audited() -> list[tuple[str, dict]]:
    db.session.expire_all()
    rows = select(AuditEntry).order_by(AuditEntry.created_at, AuditEntry.id)
    return [(row.action, row.after) for row in db.session.scalars(rows)]


def prove(page: Page, person: Person) -> Page:
    """Return the browser in which somebody has typed the code for their number."""
    browser = Page(page.app)
    ask(browser, person.phone)
    answer = browser.post("/login/code", {"code": codes_sent(person.phone)[-1]}, 303)
    browser.landed = answer
    return browser


def test_people_are_found_by_words_exact_number_user_name_and_id(page, operator, db_session):
    rahim = make_person(name="Rahim Rahmani", handle="rahim_runs")
    make_person(name="Gol Andam")
    browser = page.as_(operator)

    def found(text: str) -> list[str]:
        shown = browser.get(f"{PAGE}?q={text}", 200)
        return [name for name in ("Rahim Rahmani", "Gol Andam") if name in shown.words]

    assert found("") == ["Rahim Rahmani", "Gol Andam"]
    for text in ("rahm", "@rahim_runs", str(rahim.id), rahim.phone.replace("+", "%2B"), f"0{rahim.phone[3:]}"):
        assert found(text) == ["Rahim Rahmani"], text
    for text in (rahim.phone[3:-1], rahim.phone[4:], "....", "09120000000"):
        assert found(text) == [], text
    shown = browser.get(f"{PAGE}/{rahim.id}", 200)
    assert rahim.phone not in shown.text and rahim.phone[3:9] not in shown.text, "the number is masked"
    rahim.emergency_name, rahim.email, rahim.birth_year = "Quince Contact", "quince@example.org", 1987
    db.session.commit()
    take_part(make_run(), rahim)
    words = browser.get(f"{PAGE}/{rahim.id}", 200).words
    assert "Runs taken part in 0" in words, "the run is still to come"
    for status in (COMPLETED, NO_SHOW):
        over = make_run(starts_local=in_days(-3))
        take_part(over, rahim, status=status)
    words = browser.get(f"{PAGE}/{rahim.id}", 200).words
    assert "Runs taken part in 1" in words, "the one to which they came, though it is settled"
    assert not [secret for secret in ("Quince Contact", "quince@", "1987") if secret in words]


def test_a_suspension_ends_sessions_and_tokens_at_once_and_on_its_day(page, operator, owner, work):
    run, token = make_run(owner), make_personal_token(owner)
    browser, inside = page.as_(operator), page.as_(owner)
    inside.get("/me", 200)
    url = f"{PAGE}/{owner.id}"
    assert browser.post(url, {"decision": "suspend"}, 422).error_of("note")
    yesterday = f"{clock.now() - timedelta(days=2):%Y-%m-%d}"
    assert browser.post(url, {"decision": "suspend", "until": yesterday, "note": "Spam"}, 422).error_of("until")
    assert audited() == []
    until = f"{clock.now() + timedelta(days=3):%Y-%m-%d}"
    browser.post(url, {"decision": "suspend", "until": until, "note": "Spam", "cancel_runs": "1"}, 303)
    assert inside.get("/me").location.startswith("/login")
    db.session.expire_all()
    assert db.session.get_one(PersonalToken, token.id).ended_at is not None
    work()
    db.session.refresh(run)
    assert run.cancelled_at is not None
    [(action, after)] = audited()
    assert (action, after["account"], after["runs_cancelled"]) == ("people.suspended", "suspended", True)
    assert "Spam" in browser.get(url, 200).words
    with clock.frozen(clock.now() + timedelta(days=5)):
        work()
    db.session.refresh(owner)
    assert owner.state == "active"
    browser.post(url, {"decision": "restore", "note": "Again"}, 422)
    # operators are not shut out here, and nobody shuts out themselves
    other = make_person(name="Olga", is_operator=True)
    db.session.commit()
    assert browser.post(f"{PAGE}/{other.id}", {"decision": "ban", "note": "x"}).status == 422
    assert browser.post(f"{PAGE}/{operator.id}", {"decision": "ban", "note": "x"}).status == 404


def test_a_number_without_an_account_is_banned_and_nobody_signs_up_with_it(page, operator, db_session):
    page.as_(operator).post(f"{PAGE}/ban", {"phone": "0912 777 11 22", "note": "Sold to spammers"}, 303).follow()
    banned = db.session.scalars(select(Person).where(Person.phone == "+989127771122")).one()
    assert banned.state == "banned"
    browser = prove(page, banned)
    assert browser.landed.location.startswith("/login/appeal/")
    assert browser.get("/me").location.startswith("/login")
    assert [name for name, _after in audited()] == ["people.banned"]


def test_a_number_is_banned_because_of_a_report_and_led_back_to_it(page, operator, companion, owner, db_session):
    reported = moderated(companion, owner)
    browser = page.as_(operator)
    shown = browser.get(f"/admin/moderation/{reported.id}", 200)
    other = next(link for link in shown.links if link.startswith(f"{PAGE}?report="))
    form = browser.get(other.split("#")[0], 200).form(f"{PAGE}/ban")
    banned = form.fill(phone="0912 777 11 33", note="His second number").submit(status=303).follow()
    assert f"/admin/moderation/{reported.id}" in banned.links, "the decision leads to the report"
    [(action, after)] = audited()
    assert (action, after["report"]) == ("people.banned", str(reported.id))
    assert f"/admin/moderation/{reported.id}" in browser.get("/admin/audit", 200).links
    # a report about the operator, and one that is none, lead nowhere and ban nobody
    mine = moderated(companion, operator)
    for report in (mine.id, companion.id):
        assert browser.get(f"{PAGE}?report={report}").status == 404
        fields = {"phone": "0912 777 11 44", "note": "x", "report": str(report)}
        assert browser.post(f"{PAGE}/ban", fields).status == 404
    assert browser.get(f"{PAGE}?report=nonsense").status == 200
    assert len(audited()) == 1


def moderated(reporter: Person, about: Person) -> Report:
    """Return the report of one person about another."""
    meet(about)
    report = actions.report(reporter, "person", about.id, "danger", "")
    db.session.commit()
    return report


@pytest.mark.parametrize("grants", [True, False])
def test_a_banned_person_appeals_once_and_is_told(page, operator, owner, grants):
    page.as_(operator).post(f"{PAGE}/{owner.id}", {"decision": "ban", "note": "Secret note"}, 303)
    browser = prove(page, owner)
    form = browser.landed.follow()
    assert "Secret note" not in form.text and owner.name not in form.words and owner.phone not in form.text
    assert form.form().fill(words="").submit(status=422).error_of("words")
    shown = form.form().fill(words="It was my brother").submit(status=303).follow()
    assert "It was my brother" in shown.words
    assert browser.post(browser.landed.location, {"words": "And again"}, 409)
    db.session.expire_all()
    [appeal] = db.session.scalars(select(BanAppeal))
    listed = page.as_(operator).get("/admin/appeals", 200)
    assert "It was my brother" in listed.words
    answer = {"decision": "grant" if grants else "refuse", "answer": "We looked at it"}
    page.as_(operator).post(f"/admin/appeals/{appeal.id}", answer, 303).follow()
    assert page.as_(operator).post(f"/admin/appeals/{appeal.id}", answer).status == 409
    db.session.refresh(owner)
    assert owner.state == ("active" if grants else "banned")
    [sms] = db.session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "appeal_decided"))
    assert sms.recipient == owner.phone
    assert ("/login/appeal/" in render_text(sms.template, data=sms.data, to=sms.recipient)) == grants, (
        "who is in again finds the answer by the link"
    )
    for locale in ("fa", "en"):
        assert "We looked at it" in browser.speaking(locale).get(browser.landed.location, 200).words
    assert audited()[-1][0] == "moderation.appeal_decided" and audited()[-1][1]["granted"] == grants
    if grants:  # another ban may be appealed against again
        page.as_(operator).post(f"{PAGE}/{owner.id}", {"decision": "ban", "note": "Again"}, 303)
        browser.post(browser.landed.location, {"words": "This time too"}, 303)


def test_an_appeal_against_an_earlier_decision_does_not_lift_a_later_ban(page, operator, owner):
    browser = page.as_(operator)
    browser.post(f"{PAGE}/{owner.id}", {"decision": "suspend", "note": "Spam"}, 303)
    prove(page, owner).landed.follow().form().fill(words="It was my brother").submit(status=303)
    [appeal] = db.session.scalars(select(BanAppeal))
    browser.post(f"{PAGE}/{owner.id}", {"decision": "ban", "note": "Threats"}, 303)
    browser.post(f"/admin/appeals/{appeal.id}", {"decision": "grant", "answer": "Fine"}, 409)
    db.session.refresh(owner)
    assert owner.state == "banned"
    browser.post(f"/admin/appeals/{appeal.id}", {"decision": "refuse", "answer": "No"}, 303)


def test_a_link_to_an_appeal_is_of_its_number_alone(page, operator, owner, stranger, db_session):
    token = operator_values(owner, operator)["appeal_token"]
    page.get(f"/login/appeal/{token}", 200)
    for wrong in (("B" if token[0] == "A" else "A") + token[1:], token[:-1] + "n", "x" * 45, "b"):
        page.get(f"/login/appeal/{wrong}", 404)
    owner.phone = "+989121110055"
    db.session.commit()
    page.get(f"/login/appeal/{token}", 404)
    for viewer in (owner, stranger):
        for address in (PAGE, f"{PAGE}/{owner.id}", "/admin/appeals", "/admin/audit", "/admin/audit.csv"):
            page.as_(viewer).get(address, 404)


def test_two_appeals_at_once_are_one(owner, operator, db_session):
    actions.judge(operator, owner.id, actions.Verdict("ban", "x"), address="")
    actions.write_appeal(owner, "one")
    with pytest.raises(Conflict):
        actions.write_appeal(owner, "two")
    assert db.session.scalar(select(func.count()).select_from(BanAppeal)) == 1
