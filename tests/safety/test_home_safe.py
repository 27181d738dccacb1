"""Home safe, step by step: what comes when, to whom, and that it comes once."""

from __future__ import annotations

from datetime import time, timedelta

from sqlalchemy import func, select

from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.security import signed_links
from hampa.safety import actions, jobs
from hampa.safety.models import Watch
from tests.factories.people import let_be, make_person
from tests.factories.runs import make_run, take_part
from tests.safety.conftest import FORM, MOTHER, TEHRAN, at, watch_of


def link_in(text):
    return "/safe/" + text.split()[-1].rsplit("/", 1)[1]


def link_of(watch, person):
    return "/safe/" + signed_links.make_token("h", watch.id, person.phone)


def lake_loop(**given):
    return make_run(title="Lake loop", place="Chitgar, north gate", starts_at=at("18:30"), **given)


def test_each_step_comes_at_its_time_and_once(go_out, work_at, texts, sara):
    run = lake_loop()
    go_out(run=run)
    work_at("20:19")
    assert texts(sara.phone) == []
    work_at("20:20")
    (nudge,) = texts(sara.phone)
    assert "home by 20:30?" in nudge
    work_at("20:29")
    work_at("20:30")
    work_at("20:44")
    _nudge, ask = texts(sara.phone)
    assert "are you home?" in ask
    assert "20:45" in ask
    assert texts(MOTHER) == []
    for moment in ("20:45", "20:46", "23:00", "2026-12-05 09:00"):
        work_at(moment)
    (late,) = texts(MOTHER)
    for told in ("Sara Karimi", "20:30", "Lake loop", "18:30", "Chitgar, north gate", "18:00"):
        assert told in late
    assert sara.phone[-7:] not in late
    assert len(texts(sara.phone)) == 2


def test_alone_the_sms_says_so_and_where(go_out, work_at, texts):
    go_out(place="Darband, the statue")
    for moment in ("20:20", "20:30", "20:45"):
        work_at(moment)
    (late,) = texts(MOTHER)
    assert "A solo run, at: Darband, the statue." in late


def test_the_link_of_the_nudge_is_enough_and_then_nothing_comes(page, go_out, work_at, texts, sara):
    go_out()
    work_at("20:20")
    link = link_in(texts(sara.phone)[0])
    with clock.frozen(at("20:25")):
        seen = page.get(link, 200)
        assert "Are you home, Sara?" in seen.words
        assert watch_of(sara).status == "nudged", "looking changes nothing"
        home = next(form for form in seen.forms if form.values.get("word") == "home")
        assert "Good that you're home, Sara." in home.submit(status=303).follow().words
        page.post(link, {"word": "home"}, 303)
    for moment in ("20:30", "20:45", "21:30"):
        work_at(moment)
    assert (len(texts(sara.phone)), texts(MOTHER)) == (1, [])
    assert watch_of(sara).status == "home"


def test_who_says_so_after_the_contact_was_told_lets_them_hear_it(page, go_out, work_at, texts, sara):
    watch = go_out()
    for moment in ("20:30", "20:45"):
        work_at(moment)
    with clock.frozen(at("20:50")):
        assert "was told" in page.get(link_of(watch, sara), 200).words
        for _ in range(2):
            page.post(link_of(watch, sara), {"word": "home"}, 303)
    work_at("20:50")
    assert [text.split(": ")[1] for text in texts(MOTHER)[1:]] == ["Sara Karimi is home safe."]


def test_more_time_in_one_tap_moves_every_step(page, go_out, work_at, texts, sara):
    watch = go_out()
    work_at("20:20")
    with clock.frozen(at("20:25")):
        page.post(link_of(watch, sara), {"word": "30"}, 303)
    assert watch_of(sara).expected_at == at("21:00")
    for moment in ("20:30", "20:45", "20:49"):
        work_at(moment)
    assert len(texts(sara.phone)) == 1
    work_at("20:50")
    work_at("21:00")
    assert ["21:00" in text for text in texts(sara.phone)] == [False, True, False]
    work_at("21:15")
    (late,) = texts(MOTHER)
    assert "21:00" in late
    assert "20:25" in late, "that she asked for more time is the last word of her"


def test_more_time_after_the_time_counts_from_now(page, go_out, sara):
    go_out()
    with clock.frozen(at("20:40")):
        page.as_(sara).post(f"/safety/{watch_of(sara).id}/more", {"minutes": "15"}, 303)
    assert watch_of(sara).expected_at == at("20:55")


def test_more_time_after_the_contact_was_told_is_told_too(page, go_out, work_at, texts, sara):
    watch = go_out()
    for moment in ("20:30", "20:45"):
        work_at(moment)
    with clock.frozen(at("20:50")):
        page.post(link_of(watch, sara), {"word": "60"}, 303)
    work_at("20:50")
    assert "still out and wants to be home by 21:50" in texts(MOTHER)[1]
    for moment in ("21:40", "21:50", "22:05"):
        work_at(moment)
    assert len(texts(MOTHER)) == 3
    with clock.frozen(at("22:10")):
        page.post(link_of(watch, sara), {"word": "home"}, 303)
    work_at("22:10")
    assert "home safe" in texts(MOTHER)[3]


def test_time_can_not_be_asked_for_without_end(page, go_out, work, sara):
    watch = go_out()
    moment = at("20:30")
    for _ in range(actions.MAX_ALERTS):
        for step in (0, 15):
            with clock.frozen(moment + timedelta(minutes=step)):
                work()
        moment += timedelta(minutes=15)
        with clock.frozen(moment):
            last = page.post(link_of(watch, sara), {"word": "15"})
        moment += timedelta(minutes=15)
    assert last.status == 422
    assert "When you are home, say so" in last.words


def test_called_off_nothing_comes(page, go_out, work_at, texts, sara):
    watch = go_out()
    with clock.frozen(at("19:00")):
        page.as_(sara).post(f"/safety/{watch.id}/cancel", None, 303)
    for moment in ("20:20", "20:30", "20:45"):
        work_at(moment)
    assert texts(sara.phone) == texts(MOTHER) == []
    assert watch_of(sara).status == "cancelled"


def test_once_the_contact_was_told_it_ends_with_home_alone(page, go_out, work_at, sara):
    watch = go_out()
    for moment in ("20:30", "20:45"):
        work_at(moment)
    with clock.frozen(at("21:00")):
        answer = page.as_(sara).post(f"/safety/{watch.id}/cancel", None, 303).follow()
        assert "Maman has already been told" in answer.words
    assert watch_of(sara).status == "told"


def test_quiet_hours_hold_nothing_back(page, db_session, go_out, work_at, texts):
    sleeper = make_person(quiet_from=time(18), quiet_to=time(17, 59))
    go_out(sleeper)
    for moment in ("20:20", "20:30", "20:45"):
        work_at(moment)
    assert (len(texts(sleeper.phone)), len(texts(MOTHER))) == (2, 1)


def test_a_worker_that_was_away_asks_and_tells_at_once(go_out, work_at, texts, sara):
    go_out()
    work_at("20:55")
    assert len(texts(sara.phone)) == 1
    assert "are you home?" in texts(sara.phone)[0]
    assert len(texts(MOTHER)) == 1


def test_nearer_than_ten_minutes_there_is_no_nudge(go_out, work_at, texts, sara):
    go_out(when="20:25")
    work_at("20:26")
    assert texts(sara.phone) == []
    work_at("20:30")
    assert len(texts(sara.phone)) == 1


def test_what_nobody_has_got_yet_is_taken_back(page, go_out, texts, work_at, sara, db_session):
    """The gateway is away when the contact should be told; she comes home before it is back."""
    go_out()
    for moment in ("20:30", "20:45"):
        with clock.frozen(at(moment)):
            jobs.advance_due_watches("urgent", lambda: False)
    with clock.frozen(at("20:47")):
        page.as_(sara).post(f"/safety/{watch_of(sara).id}/home", None, 303)
    work_at("20:48")
    assert texts(MOTHER) == []
    assert texts(sara.phone) == []
    assert set(db_session.scalars(select(OutboxMessage.status))) == {"cancelled"}


def test_what_may_have_gone_is_followed_by_the_good_word_and_not_sent_again(
    page, go_out, texts, work_at, sara, db_session
):
    go_out()
    for moment in ("20:30", "20:45"):
        with clock.frozen(at(moment)):
            jobs.advance_due_watches("urgent", lambda: False)
    tried = db_session.scalars(select(OutboxMessage).filter_by(recipient=MOTHER)).one()
    tried.attempts, tried.next_attempt_at = 1, at("20:50")
    with clock.frozen(at("20:47")):
        page.as_(sara).post(f"/safety/{watch_of(sara).id}/home", None, 303)
    work_at("20:55")
    (word,) = texts(MOTHER)
    assert "home safe" in word


def test_one_step_that_fails_keeps_nobody_else_from_theirs(page, go_out, monkeypatch, texts, work_at, sara, db_session):
    go_out()
    reza = make_person(name="Reza")
    go_out(reza, expected_at="20:31")
    take, sara_id = actions.advance_watch, sara.id
    monkeypatch.setattr(actions, "advance_watch", lambda watch: 1 / 0 if watch.person_id == sara_id else take(watch))
    work_at("20:35")
    assert (len(texts(sara.phone)), len(texts(reza.phone))) == (0, 1)
    monkeypatch.undo()
    work_at("20:36")
    assert len(texts(sara.phone)) == 1


def test_the_contact_reads_the_language_of_the_runner(page, db_session, go_out, work_at, texts):
    sara = make_person(name="سارا کریمی", locale="fa", calendar="solar")
    go_out(sara, contact_name="مامان")
    for moment in ("20:20", "20:30", "20:45"):
        work_at(moment)
    (late,) = texts(MOTHER)
    assert "سارا کریمی" in late
    assert "۲۰:۳۰" in late
    assert "تنها" in late


def test_in_the_app_too(page, go_out, work_at, sara, db_session):
    go_out()
    for moment in ("20:20", "20:30", "20:45"):
        work_at(moment)
    told = db_session.scalars(select(Notification.data).filter_by(person_id=sara.id).order_by(Notification.created_at))
    assert [data["what"] for data in told] == ["nudge", "ask", "told"]
    with clock.frozen(at("21:00")):
        seen = page.as_(sara).get("/notifications", 200)
        assert "Maman was told" in seen.words
        link = next(link for link in seen.links if link.startswith("/notifications/"))
        assert page.as_(sara).get(link, 303).location == "/safety"


def test_who_is_suspended_may_still_say_that_they_are_home(page, go_out, work_at, texts, sara):
    watch = go_out()
    sara.state = "suspended"
    for moment in ("20:30", "20:45"):
        work_at(moment)
    assert len(texts(MOTHER)) == 1
    with clock.frozen(at("20:50")):
        page.post(link_of(watch, sara), {"word": "home"}, 303)
    work_at("20:50")
    assert "home safe" in texts(MOTHER)[1]


def test_of_who_is_erased_nothing_is_said_any_more(page, go_out, work_at, texts, sara):
    watch = go_out()
    number, link = sara.phone, link_of(watch, sara)
    let_be(sara, "erased")
    for moment in ("20:20", "20:30", "20:45"):
        work_at(moment)
    assert texts(number) == texts(MOTHER) == []
    page.get(link, 404)


def test_forged_ended_and_foreign_links(page, go_out, sara):
    watch = go_out()
    link = link_of(watch, sara)
    page.get(link[:-4] + ("AAA" if link[-4:-1] != "AAA" else "BBB") + "h", 404)
    page.get("/safe/" + signed_links.make_token("s", watch.id, sara.phone), 404)
    with clock.frozen(at("2026-12-06 20:31")):
        page.get(link, 410)
        page.post(link, {"word": "home"}, 410)
    with clock.frozen(at("19:00")):
        page.post_raw(link, {"word": "home"}, 400)
        page.post(link, {"word": "perhaps"}, 422)
    assert watch_of(sara).status == "waiting"


def test_a_link_shows_a_first_name_and_the_run_and_no_more(page, go_out, sara):
    run = lake_loop()
    watch = go_out(run=run)
    with clock.frozen(at("19:00")):
        seen = page.get(link_of(watch, sara), 200)
    assert "Lake loop" in seen.words
    for secret in ("Karimi", "Maman", "1234567", "912 123", sara.phone[-7:]):
        assert secret not in seen.text
    assert seen.response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert seen.response.headers["Cache-Control"] == "no-store"


def test_who_holds_a_link_may_read_it_in_the_other_language(page, go_out, sara):
    link = link_of(go_out(), sara)
    with clock.frozen(at("19:00")):
        [switch] = page.get(link).all("a", class_="language")
        assert "رسیدی خانه؟" in page.get(switch.attrib["href"]).words


def test_old_ones_are_forgotten_with_the_numbers_in_them(page, go_out, sara, db_session):
    watch = go_out()
    with clock.frozen(at("20:00")):
        page.as_(sara).post(f"/safety/{watch.id}/home", None, 303)
    for days, left in ((89, 1), (91, 0)):
        with clock.frozen(at("20:00") + timedelta(days=days)):
            jobs.forget_watches()
        assert db_session.scalar(select(func.count()).select_from(Watch)) == left


def test_a_run_that_is_deleted_leaves_its_place_behind(go_out, work_at, texts, db_session):
    run = lake_loop()
    go_out(run=run)
    db_session.delete(run)
    for moment in ("20:20", "20:30", "20:45"):
        work_at(moment)
    (late,) = texts(MOTHER)
    assert "Chitgar, north gate" in late


def test_going_with_a_run_is_offered_to_who_goes(page, sara, db_session):
    run = make_run()
    take_part(run, sara)
    entry = f"/safety/new?run={run.id}"
    assert entry in page.as_(sara).get(f"/runs/{run.id}", 200).links
    assert entry not in page.as_(make_person()).get(f"/runs/{run.id}", 200).links
    assert entry not in page.get(f"/runs/{run.id}", 200).links
    assert "Lake" not in page.as_(sara).get(entry, 200).words
    assert FORM.keys() >= {*page.as_(sara).get(entry).form().names}


def test_one_contact_gets_no_more_than_the_most_whoever_names_it(page, go_out, work_at, texts, app):
    """Six runners, each of whom asks for more time twice: there is room for an alert and for the end of each."""
    runners = [make_person(name=f"Runner {number}") for number in range(6)]
    watches = [go_out(runner) for runner in runners]
    with clock.frozen(at("18:00")):
        refused = page.as_(make_person()).post("/safety/new", FORM, 422)
        assert "alerted often" in refused.error_of("contact_phone")
    for moment, then in (("20:46", "20:48"), ("21:50", "21:52")):
        for before in (moment, then):
            work_at(before)
        with clock.frozen(at(then)):
            for watch, runner in zip(watches, runners, strict=True):
                answer = page.as_(runner).post(f"/safety/{watch.id}/more", {"minutes": "15"}, 422)
                assert "can't be texted again today" in answer.words
    work_at("22:10")
    work_at("22:40")
    for moment in ("23:20", "23:40"):
        work_at(moment)
    with clock.frozen(at("23:50")):
        for watch in watches:
            actions.confirm_home(watch.id)
        work_at("23:50")
    most = app.extensions["hampa.settings"].texts_per_contact_day
    assert len(texts(MOTHER)) == most
    assert sum("is home safe" in text for text in texts(MOTHER)) == 6, "room was kept for the end of each"
    assert sum("has not said so yet" in text for text in texts(MOTHER)) == 6, "and for its alert"


def test_one_runner_uses_up_half_of_what_a_contact_gets(page, go_out, work_at, texts, sara):
    for start, more in (("08:00", ("10:50", "11:30")),):
        watch = go_out(when=start, expected_at="10:30")
        for moment in ("10:30", "10:46"):
            work_at(moment)
        for moment in more:
            with clock.frozen(at(moment)):
                page.as_(sara).post(f"/safety/{watch.id}/more", {"minutes": "15"}, 303)
            for minutes in (0, 16, 32):
                with clock.frozen(at(moment) + timedelta(minutes=minutes)):
                    work_at((at(moment) + timedelta(minutes=minutes)).astimezone(TEHRAN).strftime("%H:%M"))
        with clock.frozen(at("12:30")):
            actions.confirm_home(watch.id)
        work_at("12:30")
    assert len(texts(MOTHER)) == 6
    with clock.frozen(at("13:00")):
        refused = page.as_(sara).post("/safety/new", FORM, 422)
        assert "alerted often" in refused.error_of("contact_phone")
    assert go_out(make_person(), when="13:00").running, "others are not silenced by it"
