"""A walk through the demo community as Sara, who organises runs, in either language."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from hampa.demo.actions.people import demo_id, demo_phone
from tests.browser.runner import choose
from tests.browser.site import Site

SARA, REZA = demo_phone(1), demo_phone(2)
HER_RUN, ANOTHER_RUN = demo_id("run", 0, 0), demo_id("run", 3, 0)
HER_CARD, ANOTHER_CARD = demo_id("card", 0), demo_id("card", 1)
REQUEST = demo_id("interest", 1)

FOR_VISITORS = {
    "welcome": "/",
    "login": "/login",
    "runs-visitor": "/runs",
    "run-visitor": f"/runs/{HER_RUN}",
    "cards-visitor": "/cards",
    "api-docs": "/api/docs",
    "api-docs-runs": "/api/docs/runs",
    "components": "/dev/ui",
    "outbox": "/dev/outbox",
}
FOR_SARA = {
    "home": "/",
    "runs": "/runs",
    "runs-none": "/runs?q=nothing-of-the-kind",
    "run": f"/runs/{HER_RUN}",
    "run-of-others": f"/runs/{ANOTHER_RUN}",
    "run-new": "/runs/new",
    "run-edit": f"/runs/{HER_RUN}/edit",
    "run-cancel": f"/runs/{HER_RUN}/cancel",
    "participants": f"/runs/{HER_RUN}/participants",
    "comments": f"/runs/{HER_RUN}/comments",
    "attendance": f"/runs/{HER_RUN}/attendance",
    "cards": "/cards",
    "card": f"/cards/{HER_CARD}",
    "card-of-others": f"/cards/{ANOTHER_CARD}",
    "card-edit": f"/cards/{HER_CARD}/edit",
    "card-delete": f"/cards/{HER_CARD}/delete",
    "interest": f"/interests/{REQUEST}",
    "interest-new": f"/cards/{ANOTHER_CARD}/interest",
    "notifications": "/notifications",
    "me": "/me",
    "safety": "/safety",
    "safety-new": "/safety/new",
    "profile": "/me/profile",
    "settings": "/me/settings",
    "my-cards": "/me/cards",
    "my-runs": "/me/runs",
    "training": "/me/training",
    "activities": "/me/activities",
    "activity-new": "/me/activities/new",
    "plans": "/me/plans",
    "plan": f"/plans/{demo_id('training-plan', 0)}",
    "plan-new": "/plans/new",
    "goals": "/me/goals",
    "goal-new": "/me/goals/new",
    "gear": "/me/gear",
    "gear-new": "/me/gear/new",
    "leaderboard": "/leaderboards?by=distance&in=all",
    "leaderboard-of-crew": f"/leaderboards/crew/{demo_id('crew', 0)}?in=month",
    "flags": "/leaderboards/flags",
    "badges": "/me/badges",
    "badges-of-site": "/badges",
    "badge-new": f"/crews/{demo_id('crew', 0)}/badges/new",
    "challenges": "/me/challenges",
    "challenge": f"/challenges/{demo_id('challenge', 0)}",
    "challenge-new": f"/crews/{demo_id('crew', 0)}/challenges/new",
    "my-calendar": "/me/calendar",
    "sessions": "/me/sessions",
    "person": f"/people/{demo_id('person', 2)}",
    "first-steps": "/welcome",
    "account": "/me/account",
    "privacy": "/me/privacy",
    "ways-to-sign-in": "/me/ways",
    "tokens": "/me/tokens",
    "token-new": "/me/tokens/new",
    "webhooks": "/me/webhooks",
    "webhook-new": "/me/webhooks/new",
    "following": "/me/following",
    "notification-settings": "/me/settings/notifications",
    "devices": "/notifications/devices",
    "messages": "/messages",
    "message-requests": "/messages/requests",
    "answers": "/answers",
    "organising": "/organising",
    "organising-requests": "/organising/requests",
    "organising-series": "/organising/series",
}
REFUSED = {"/nowhere": 404, f"/runs/{ANOTHER_RUN}/edit": 403}


def become_sara(page: Page, language: str) -> None:
    """Sign in as her, and have her read this language and its calendar."""
    page.goto(f"/dev/as/{SARA}?next=/me/settings")
    choose(page.locator(f'[name=locale][value="{language}"]'))
    choose(page.locator('[name=calendar][value="{}"]'.format({"fa": "solar", "en": "gregorian"}[language])))
    page.locator('form[action="/me/settings"] button[type=submit]').first.click()
    page.wait_for_url("**/me")


def something_happens(browser: Browser, site: Site) -> None:
    """Three people want to come to Sara's run, so that there is something to tell her."""
    for number in (4, 5, 8):
        context = browser.new_context(base_url=site.url)
        page = context.new_page()
        page.goto(f"/dev/as/{demo_phone(number)}?next=/runs/{HER_RUN}")
        wish = page.locator(f'form[action="/runs/{HER_RUN}/join"] .button-dawn')
        if wish.count():
            with page.expect_response(lambda answer: answer.request.method == "POST"):
                wish.click()
        context.close()
