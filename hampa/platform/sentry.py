"""Errors and traces to Sentry, with the release and the request id, without personal data.

Its library is loaded only where somebody listens: it is six megabytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, g, request

from hampa.platform.config import settings
from hampa.platform.logs import scrubbed

if TYPE_CHECKING:
    from sentry_sdk._types import DataCollectionUserOptions

NOTHING_PERSONAL: DataCollectionUserOptions = {
    "user_info": False,
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "off"}},
    "http_bodies": [],
    "url_query_params": {"mode": "off"},
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
}
SILENT_PARTS = ("url", "cookies", "headers", "data", "query_string", "env")
"""The address too: it may be a link that opens something without signing in. Which page it was, the rule says."""


def init_app(app: Flask) -> None:
    """Report when the operator says where to; otherwise do nothing."""
    with app.app_context():
        wanted = settings()
    if not wanted.sentry_dsn:
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn=wanted.sentry_dsn,
        environment=wanted.env,
        release=wanted.release or None,
        traces_sample_rate=wanted.sentry_traces,
        data_collection=NOTHING_PERSONAL,
        before_send=without_people,
        before_send_transaction=without_people,
    )

    @app.before_request
    def name_request() -> None:
        sentry_sdk.set_tag("request_id", g.request_id)
        sentry_sdk.set_tag("route", request.url_rule.rule if request.url_rule else "none")


def without_people(event: Any, hint: Any) -> Any:
    """The event without who asked and what they typed: only which page and what broke."""
    request = event.get("request", {})
    for part in SILENT_PARTS:
        request.pop(part, None)
    event.pop("user", None)
    return scrubbed(event)
