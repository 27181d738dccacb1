"""A form that is sent twice (Enter pressed twice, a retry after a lost answer) does its work once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import TextClause, func, select, text

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.submissions import REMEMBERED, Submission, forget_submissions
from tests.factories.files import sent
from tests.factories.kept_files import pdf
from tests.factories.runs import SHORT_FORM, SOON, in_days
from tests.house.routes import VIEWERS, rows
from tests.house.twice import ELSEWHERE
from tests.page import Page
from tests.personas import Setting
from tests.sweep import Sweep, parts

FORM_ID = "0123456789abcdef0123456789abcdef"
"""The id of one form, each time that it is sent."""
CHALLENGE = {
    "name": "Spring",
    "metric": "distance",
    "mode": "ranking",
    "starts_on": "2026-11-01",
    "ends_on": "2027-02-01",
}
PICTURE, DOCUMENT, IN_AN_HOUR, LATER_DAY, NEXT_WEEK, FRIEND = (object() for _one in range(6))
"""Stand among the fields for a picture, a PDF, a time of day in Tehran, a day of the series without a run yet, a day in
a week, and the companion."""
CARD = {
    "title": "Calm mornings",
    "place": "Chitgar",
    "days": "tue",
    "time_of_day": "dawn",
    "distance_km": "8",
    "pace": "5:30",
    "level": "regular",
}
FIELDS: dict[str, tuple[str, dict[str, Any]]] = {
    "/runs/new": ("owner", SHORT_FORM | {"cover": PICTURE}),
    "/runs/<uuid:run_id>/copy": ("owner", SHORT_FORM),
    "/runs/<uuid:run_id>/edit": ("owner", SHORT_FORM | {"sequence": "0"}),
    "/series/<uuid:series_id>/skip": ("owner", {"skip_on": LATER_DAY}),
    "/series/<uuid:series_id>/rule": ("owner", {"repeats": "monthly", "starts_on": SOON}),
    "/cards/new": ("stranger", CARD | {"image": PICTURE}),
    "/cards/<uuid:card_id>/edit": ("owner", CARD),
    "/cards/<uuid:card_id>/interest": ("stranger", {"line": "Tuesdays?"}),
    "/safety/new": ("stranger", {"expected_at": IN_AN_HOUR, "contact_name": "Maman", "contact_phone": "09121234567"}),
    "/me/picture": ("owner", {"picture": PICTURE}),
    "/crews/<uuid:crew_id>/picture": ("owner", {"picture": PICTURE}),
    "/me/age": ("owner", {"birth_year": "1990"}),
    "/me/profile": ("owner", {"name": "Sara Karimi"}),
    "/runs/<uuid:run_id>/walk-ins": ("owner", {"name": "Nima", "phone": "09121110077"}),
    "/runs/<uuid:run_id>/photos": ("companion", {"photos": PICTURE}),
    "/messages/to/<uuid:person_id>": ("stranger", {"text": "Hello"}),
    "/me/webhooks/new": ("owner", {"url": "https://runs.example/hook", "events": "run.changed"}),
    "/me/webhooks/<uuid:webhook_id>/edit": ("owner", {"url": "https://runs.example/2", "events": "run.changed"}),
    "/timeline/<uuid:entry_id>/comments": ("companion", {"text": "Well done"}),
    "/crews/new": (
        "stranger",
        {
            "name": "Sunrise",
            "joining": "open",
            "max_members": "20",
            "frequency": "weekly",
            "first_day": "6",
            "timezone": "Asia/Tehran",
            "numbers_from": "5",
        },
    ),
    "/incidents/new": (
        "stranger",
        {"severity": "1", "category": "dispute", "text": "Rude", "day": "2026-11-24", "at": "01:00", "photos": PICTURE},
    ),
    "/incidents/<uuid:incident_id>/entries": ("companion", {"text": "It was dark"}),
    "/incidents/<uuid:incident_id>/photos": ("companion", {"photos": PICTURE}),
    "/me/activities/new": (
        "owner",
        {"kind": "run", "day": "2026-11-02", "at": "06:00", "duration": "45:00", "visibility": "me"},
    ),
    "/activities/<uuid:activity_id>/edit": (
        "owner",
        {"kind": "run", "day": "2026-11-02", "at": "06:00", "duration": "45:00", "visibility": "me"},
    ),
    "/me/goals/new": ("owner", {"amount": "30", "metric": "distance", "period": "week"}),
    "/me/goals/<uuid:goal_id>": ("owner", {"amount": "20", "metric": "distance", "period": "week"}),
    "/me/gear/new": ("owner", {"name": "Road shoes", "kind": "shoes"}),
    "/me/gear/<uuid:gear_id>": ("owner", {"name": "Road shoes", "kind": "shoes"}),
    "/plans/new": ("owner", {"name": "Spring", "status": "active", "visibility": "private"}),
    "/notes/<owner_kind>/<uuid:owner_id>": ("owner", {"text": "Slower uphill"}),
    "/notes/<uuid:note_id>/edit": ("owner", {"text": "Slower uphill"}),
    "/plans/<uuid:plan_id>/edit": ("owner", {"name": "Spring", "status": "active", "visibility": "members"}),
    "/files/<owner_kind>/<uuid:owner_id>": ("owner", {"file": DOCUMENT}),
    "/coaching/athletes/new": ("owner", {"name": "Ali", "status": "active"}),
    "/coaching/athletes/<uuid:athlete_id>/edit": ("owner", {"name": "Ali", "status": "paused"}),
    "/coaching/athletes/<uuid:athlete_id>/invitation": ("owner", {"phone": "09121110099"}),
    "/coaching/athletes/<uuid:athlete_id>/coaches": ("owner", {"person": FRIEND, "role": "assistant"}),
    "/coaching/athletes/<uuid:athlete_id>/plans/new": ("owner", {"name": "Spring", "race_on": NEXT_WEEK}),
    "/me/availability/exceptions": ("owner", {"first": NEXT_WEEK, "minutes": "0"}),
    "/coaching/templates/new": ("owner", {"name": "Marathon"}),
    "/coaching/templates/<uuid:template_id>/edit": ("owner", {"name": "Marathon"}),
    "/coaching/templates/<uuid:template_id>/sessions/new": (
        "owner",
        {"week": "1", "weekday": "2", "kind": "run", "distance_km": "8", "repeat": "2"},
    ),
    "/coaching/templates/<uuid:template_id>/sessions/<uuid:template_session_id>/edit": (
        "owner",
        {"week": "1", "weekday": "2", "kind": "run", "distance_km": "8", "repeat": "1"},
    ),
    "/coaching/templates/<uuid:template_id>/milestones": ("owner", {"name": "Half", "week": "1", "weekday": "0"}),
    "/plans/<uuid:plan_id>/template": ("owner", {"name": "Marathon"}),
    "/plans/<uuid:plan_id>/sessions/new": ("owner", {"day": NEXT_WEEK, "kind": "run", "distance_km": "8"}),
    "/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/edit": (
        "owner",
        {"day": NEXT_WEEK, "kind": "run", "distance_km": "8", "why": "Too far"},
    ),
    "/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/move": ("owner", {"day": NEXT_WEEK, "why": "Rain"}),
    "/plans/<uuid:plan_id>/race": ("owner", {"race_on": NEXT_WEEK}),
    "/badges/new": (
        "operator",
        {"name_en": "Ten", "threshold": "10", "metric": "count", "window": "all", "drawing": "star"},
    ),
    "/crews/<uuid:crew_id>/badges/new": (
        "owner",
        {"name_en": "Ten", "threshold": "10", "metric": "count", "window": "all", "drawing": "star"},
    ),
    "/badges/<uuid:badge_id>/edit": (
        "owner",
        {"name_en": "Ten", "threshold": "10", "metric": "attendance", "window": "all", "drawing": "star"},
    ),
    "/crews/<uuid:crew_id>/challenges/new": ("owner", CHALLENGE),
    "/badges/<uuid:badge_id>/picture": ("owner", {"picture": PICTURE}),
    "/me/tokens/new": ("owner", {"name": "Watch", "scopes": "runs:read", "days": "30"}),
}
"""Who sends which fields, where the table of routes has no answer of 303."""
RUN_TODAY = ("/runs/<uuid:run_id>/walk-ins", "/runs/<uuid:run_id>/photos")
"""Routes that work only once the run has begun."""
ENDING = {
    "/me/activities/import/<uuid:activity_import_id>/discard",
    "/me/availability/exceptions/<uuid:exception_id>/delete",
    "/coaching/templates/<uuid:template_id>/delete",
    "/coaching/templates/<uuid:template_id>/sessions/<uuid:template_session_id>/delete",
    "/coaching/templates/<uuid:template_id>/milestones/<uuid:template_milestone_id>/delete",
    "/coaching/athletes/<uuid:athlete_id>/delete",
    "/coached/<link>",
    "/coached/<link>/decline",
    "/coached/<link>/stop",
    "/me/coaches/<uuid:athlete_id>/<uuid:person_id>/end",
    "/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/delete",
    "/notes/<uuid:note_id>/delete",
    "/summaries/<uuid:summary_id>/delete",
    "/files/<uuid:file_id>/delete",
    "/crews/<uuid:crew_id>/members/<uuid:person_id>/remove",
    "/crews/<uuid:crew_id>/members/<uuid:person_id>/ban",
    "/crews/<uuid:crew_id>/groups/<uuid:group_id>/delete",
    "/c/<crew_token>/stop",
    "/crews/invited/<uuid:number_invitation_id>/decline",
    "/schedules/<uuid:schedule_id>/delete",
    "/activities/<uuid:activity_id>/delete",
    "/me/goals/<uuid:goal_id>/delete",
    "/me/gear/<uuid:gear_id>/delete",
    "/badges/<uuid:badge_id>/holders/<uuid:person_id>/take",
    "/challenges/<uuid:challenge_id>/leave",
    "/challenges/<uuid:challenge_id>/delete",
    "/timeline/<uuid:entry_id>/comments/<uuid:entry_comment_id>/delete",
    "/plans/<uuid:plan_id>/delete",
    "/plans/<uuid:plan_id>/members/<uuid:person_id>/remove",
    "/plans/<uuid:plan_id>/milestones/<uuid:milestone_id>/delete",
    "/duties/offers/<uuid:offer_id>",
    "/duties/boards/<uuid:board_id>/end",
    "/cards/<uuid:card_id>/delete",
    "/me/companions/<uuid:person_id>/end",
    "/notifications/<uuid:notification_id>/delete",
    "/notifications/devices/<uuid:device_id>/remove",
    "/people/<uuid:person_id>/block",
    "/me/check-ins/<uuid:check_in_id>/delete",
    "/runs/<uuid:run_id>/comments/<uuid:comment_id>/delete",
    "/runs/<uuid:run_id>/invitations/<uuid:invitation_id>/withdraw",
    "/runs/<uuid:run_id>/photos/<uuid:picture_id>/delete",
    "/me/sessions/<uuid:session_id>/end",
    "/me/tokens/<uuid:token_id>/end",
    "/me/webhooks/<uuid:webhook_id>/end",
    "/me/passkeys/<uuid:passkey_id>/remove",
    "/logout",
    "/me/email/<email_token>",
    "/admin/jobs/<uuid:job_id>/drop",
    "/admin/help-links/<uuid:link_id>/remove",
    "/subscription/cancel",
    "/admin/subscriptions/plans/<uuid:subscription_plan_id>/delete",
}
"""Routes whose second answer is that there is nothing to be ended any more."""
CODES = {"/me/proof/code", "/me/delete/code", "/me/export/code", "/me/phone/proof/code"}
"""Routes that send a code, and the next one only after a wait."""
EACH_TIME = {"/admin/queues/<gateway>/again", "/admin/outbox/again"}
"""Buttons of operators, each press of which is in the audit log."""
PAGES = {
    "/admin/people/ban": "/admin/people",
    "/admin/subscriptions/<uuid:subscription_id>/extend": "/admin/subscriptions/<uuid:subscription_id>",
    "/me/availability/exceptions": "/me/availability",
    "/coaching/templates/<uuid:template_id>/milestones": "/coaching/templates/<uuid:template_id>",
    "/plans/<uuid:plan_id>/template": "/plans/<uuid:plan_id>/fill",
    "/crews/<uuid:crew_id>/links": "/crews/<uuid:crew_id>/ways-in",
    "/crews/<uuid:crew_id>/code": "/crews/<uuid:crew_id>/ways-in",
    "/crews/<uuid:crew_id>/notices": "/crews/<uuid:crew_id>",
    "/schedules/<uuid:schedule_id>/shifts/<start>/book": "/schedules/<uuid:schedule_id>/shifts/<start>",
    "/timeline/<uuid:entry_id>/comments": "/timeline/<uuid:entry_id>",
    "/plans/<uuid:plan_id>/milestones": "/plans/<uuid:plan_id>",
    "/coaching/athletes/<uuid:athlete_id>/invitation": "/coaching/athletes/<uuid:athlete_id>#invitation",
    "/coaching/athletes/<uuid:athlete_id>/coaches": "/coaching/athletes/<uuid:athlete_id>#coaches",
    "/me/picture": "/me/profile",
    "/me/email": "/me/profile",
    "/safety/<uuid:watch_id>/more": "/safety",
    "/me/calendar": "/me/calendar",
    "/incidents/<uuid:incident_id>/entries": "/incidents/<uuid:incident_id>",
    "/incidents/<uuid:incident_id>/photos": "/incidents/<uuid:incident_id>",
    "/me/webhooks/<uuid:webhook_id>/test": "/me/webhooks/<uuid:webhook_id>",
}
"""The page with the form, where it has another URL."""


@cache
def counting() -> TextClause:
    """Return the statement of `counts` as text: SQLAlchemy would build one of hundreds of parts for each form, twice."""
    names = [f"SELECT '{table.name}', count(*) FROM {table.name}" for table in db.metadata.sorted_tables]
    return text(" UNION ALL ".join(names))


def counts() -> dict[str, int]:
    """Return the number of rows of each table."""
    return {name: count for name, count in db.session.execute(counting())}  # noqa: C416 - rows are no pairs


def picture() -> Any:
    out = BytesIO()
    Image.new("RGB", (400, 300), (200, 120, 40)).save(out, "JPEG")
    return sent(out.getvalue(), "photo.jpg")


FILES: dict[object, Callable[[], Any]] = {PICTURE: picture, DOCUMENT: lambda: sent(pdf(), "plan.pdf")}
"""What makes the files among the fields; each can be sent once."""


def filled(fields: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    later = dates.today() + timedelta(weeks=12)
    values: dict[object, Callable[[], object]] = {
        **FILES,
        NEXT_WEEK: (dates.today() + timedelta(weeks=1)).isoformat,
        FRIEND: lambda: str(setting.companion.id),
        IN_AN_HOUR: lambda: dates.to_local(clock.now() + timedelta(hours=1), "Asia/Tehran").strftime("%H:%M"),
        LATER_DAY: lambda: setting.series.days(later, later + timedelta(weeks=1))[0],
    }
    return {"submission": FORM_ID} | {
        name: values.get(value, lambda value=value: setting.address(value) if isinstance(value, str) else value)()
        for name, value in fields.items()
    }


def form_ids(browser: Page, page: str, url: str) -> list[str]:
    """Return the random ids in the forms of a page that are posted to a URL."""
    answer = browser.get(page)
    forms = [form for form in answer.forms if form.action == url] if answer.status == 200 else []
    return [form.values["submission"] for form in forms if form.values.get("submission")]


def created_once() -> bool:
    """Return whether a form was stored as sent."""
    return bool(db.session.scalar(select(func.count()).select_from(Submission)))


SHOWN = {row.rule for row in rows() if row.method == "GET"}
POSTED = [row for row in rows() if row.method == "POST"]


def example(rule: str) -> tuple[str, dict[str, Any]] | None:
    """Return a viewer and fields with which the route does something."""
    row = next(row for row in POSTED if row.rule == rule)
    listed = [viewer for viewer in reversed(VIEWERS) if row.answer_for(viewer) == "303"]
    if rule in FIELDS:
        return FIELDS[rule]
    if not listed:
        return None
    fields = dict(pair.split("=") for pair in row.fields.split("&") if pair)
    return ("owner" if "owner" in listed else listed[0]), {
        name: text.replace("+", " ") for name, text in fields.items()
    }


def test_every_route_that_is_posted_to_is_tried_or_creates_nothing():
    untried = {row.rule for row in POSTED if example(row.rule) is None}
    assert untried == set(ELSEWHERE)


@pytest.mark.parametrize("rules", parts([row.rule for row in POSTED if row.rule not in ELSEWHERE], 3))
def test_a_form_that_is_sent_twice_does_its_work_once(sweep: Sweep, rules: list[str]):
    sweep.sign_in(*VIEWERS)
    for rule in rules:
        with sweep.attempt(rule):
            viewer, fields = example(rule) or ("", {})
            if rule in RUN_TODAY:
                sweep.setting.run.starts_local = in_days(0, hour=0)
                sweep.setting.run.starts_at = clock.now() - timedelta(minutes=5)
            posted = filled(fields, sweep.setting)
            url, browser = sweep.setting.address(rule), sweep.browser(viewer)
            page = sweep.setting.address(PAGES[rule]) if rule in PAGES else url
            ids = form_ids(browser, page, url) if rule in PAGES or rule in SHOWN else []
            first = browser.post(url, posted, 303)
            before = counts()
            files = {name: FILES[value]() for name, value in fields.items() if value in FILES}
            second = browser.post(url, posted | files)
            db.session.commit()
            more = {name: (before[name], count) for name, count in counts().items() if count != before[name]}
            if rule in EACH_TIME:
                more.pop("audit_entries", None)
            if created_once():
                assert ids, f"the form on {page} has no id (ui.submission)"
            if rule not in ENDING | CODES:
                assert (second.status, second.status == 303 and second.location) == (303, first.location)
            assert not more, f"sent twice, it made more rows: {more}"


def test_a_form_that_was_changed_or_sent_much_later_is_another(page, setting):
    browser = page.as_(setting.stranger)
    fields = CARD | {"submission": FORM_ID}
    first = browser.post("/cards/new", fields, 303).location
    assert browser.post("/cards/new", fields, 303).location == first
    assert browser.post("/cards/new", fields | {"title": "Calm evenings"}, 303).location != first
    one, other = (fields | {"image": sent(content, "a.jpg")} for content in (b"one", b"other"))
    assert browser.post("/cards/new", one, 303).location != browser.post("/cards/new", other, 303).location
    with clock.frozen(clock.now() + REMEMBERED + timedelta(minutes=1)):
        forget_submissions()
    assert not created_once()
