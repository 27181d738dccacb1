"""Errors and traces for Sentry, with the release and the request id, without personal data.

Its library, six megabytes, is imported only when a DSN is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, g, request

from hampa.platform.config import Settings
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
REMOVED_PARTS = ("url", "cookies", "headers", "data", "query_string", "env")
"""The URL too, which may open something without signing in; the route is reported in its place."""


def init_app(app: Flask) -> None:
    """Report errors and traces if the operator has set a DSN."""
    settings: Settings = app.extensions["hampa.settings"]
    if not settings.sentry_dsn:
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        environment=settings.env,
        release=settings.release or None,
        traces_sample_rate=settings.sentry_traces,
        data_collection=NOTHING_PERSONAL,
        before_send=remove_personal_data,
        before_send_transaction=remove_personal_data,
    )

    @app.before_request
    def tag_request() -> None:
        sentry_sdk.set_tag("request_id", g.request_id)
        sentry_sdk.set_tag("route", request.url_rule.rule if request.url_rule else "none")


def remove_personal_data(event: Any, hint: Any) -> Any:
    """Return the event without the person and what they typed."""
    request = event.get("request", {})
    for part in REMOVED_PARTS:
        request.pop(part, None)
    event.pop("user", None)
    return scrubbed(event)
