"""Webhooks: programs elsewhere that are told of events of your own runs and crews."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.call_shapes import CALLS
from hampa.outbox.models import OutboxMessage
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.webhooks import queries
from hampa.webhooks.actions import telling, webhooks as actions
from hampa.webhooks.forms import LONGEST_URL, WebhookForm
from hampa.webhooks.models import EVENTS, TEST, Webhook

resource = Resource("webhooks", _l("Webhooks"), calls=CALLS)

Event = Annotated[str, OneOf(*EVENTS)]
URL = Annotated[str, Field(min_length=1, max_length=LONGEST_URL, description="By HTTPS, on the public internet.")]
Status = Annotated[str, OneOf("pending", "sending", "sent", "failed", "expired", "cancelled")]


class WebhookData(TypedDict):
    """A webhook. `failing_since` is since when it has not been reached; after three days it is switched off."""

    id: uuid.UUID
    url: str
    events: list[Event]
    is_on: bool
    delivered_at: datetime | None
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class NewWebhookData(WebhookData):
    """A webhook with its secret, which nobody can see again."""

    secret: str


class NewWebhook(Body):
    """Where calls go, and of what."""

    url: URL
    events: list[Event] = Field(default_factory=lambda: list(EVENTS), min_length=1, max_length=len(EVENTS))


class WebhookChange(Body):
    """What changes; a changed address or list of events also switches it on."""

    url: URL | None = None
    events: list[Event] | None = Field(None, min_length=1, max_length=len(EVENTS))
    is_on: bool | None = None


class Secret(TypedDict):
    """A new secret; for a day, calls are signed with the one of before too."""

    secret: str


class CallData(TypedDict):
    """A call: `id` is its header `webhook-id`, `sent` the status of one that was answered with a 2xx."""

    id: uuid.UUID
    event: Annotated[str, OneOf(TEST, *EVENTS)]
    status: Status
    attempts: int
    last_error: str | None
    next_attempt_at: datetime | None
    sent_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


@resource.get("/me/webhooks")
def list_webhooks() -> list[WebhookData]:
    """List your webhooks, the newest first; there are ten at most."""
    return [_as_data(webhook) for webhook in queries.webhooks_of(me())]


@resource.post("/me/webhooks", repeatable=False)
def make_webhook(body: NewWebhook) -> Created[NewWebhookData]:
    """Make a webhook.

    Calls are signed as the Standard Webhooks specification says, with the secret of the answer, and tried again for a
    day when they are not answered with a 2xx. Events of runs are told to who owns them, events of crews to their admins.
    What the calls say stands under `webhooks` in the document.
    """
    form = valid_form(WebhookForm, body)
    webhook, secret = actions.make_webhook(me(), form.url.data, form.events.data)
    return Created({**_as_data(webhook), "secret": secret}, f"/me/webhooks/{webhook.id}")


@resource.get("/me/webhooks/<uuid:webhook_id>")
def read_webhook(webhook_id: uuid.UUID) -> WebhookData:
    """Return one of your webhooks."""
    return _as_data(queries.webhook_of(me(), webhook_id))


@resource.patch("/me/webhooks/<uuid:webhook_id>", locks=Webhook)
def change_webhook(webhook_id: uuid.UUID, body: WebhookChange) -> WebhookData:
    """Change a webhook, or switch it off or on."""
    webhook = queries.webhook_of(me(), webhook_id, lock=True)
    given = {name: value for name, value in body.model_dump(exclude={"is_on"}).items() if value is not None}
    if given:
        form = valid_form(WebhookForm, given, obj=webhook)
        actions.change_webhook(webhook, form.url.data, form.events.data)
    if body.is_on is not None:
        (actions.switch_on if body.is_on else actions.switch_off)(webhook)
    return _as_data(webhook)


@resource.delete("/me/webhooks/<uuid:webhook_id>", locks=Webhook)
def end_webhook(webhook_id: uuid.UUID) -> None:
    """Delete a webhook, and the list of its calls."""
    actions.end_webhook(queries.webhook_of(me(), webhook_id, lock=True))


@resource.post("/me/webhooks/<uuid:webhook_id>/secret", repeatable=False)
def renew_secret(webhook_id: uuid.UUID) -> Secret:
    """Make a new secret."""
    return {"secret": actions.renew_secret(queries.webhook_of(me(), webhook_id, lock=True))}


@resource.post("/me/webhooks/<uuid:webhook_id>/test")
def test_webhook(webhook_id: uuid.UUID) -> CallData:
    """Send a test, also while it is switched off."""
    return _call_as_data(telling.send_test(me(), queries.webhook_of(me(), webhook_id)))


@resource.get("/me/webhooks/<uuid:webhook_id>/calls")
def list_calls(webhook_id: uuid.UUID, paging: Paging) -> Page[CallData]:
    """List the calls of a webhook of the last three months, the newest first."""
    webhook = queries.webhook_of(me(), webhook_id)
    return queries.deliveries_of(webhook, paging.after, paging.limit).of_rows(_call_as_data)


def _as_data(webhook: Webhook) -> WebhookData:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "is_on": webhook.is_on,
        "delivered_at": webhook.delivered_at,
        "failing_since": webhook.failing_since,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
        "version": webhook.version,
    }


def _call_as_data(call: OutboxMessage) -> CallData:
    return {
        "id": call.id,
        "event": call.purpose,
        "status": call.status,
        "attempts": call.attempts,
        "last_error": call.last_error,
        "next_attempt_at": call.next_attempt_at if call.status == "pending" else None,
        "sent_at": call.sent_at,
        "created_at": call.created_at,
        "updated_at": call.updated_at,
        "version": call.version,
    }
