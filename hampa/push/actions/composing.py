"""Composing a message to a device, in the language of its person."""

from datetime import timedelta
from typing import Any

from hampa.notifications.models import MORE_PUSH, get_kind
from hampa.outbox.models import ClaimedMessage
from hampa.platform import clock
from hampa.platform.locale.i18n import direction, get_locale_code, gettext as _
from hampa.platform.push.messages import PushMessage, PushWords
from hampa.platform.security.crypto import keyed_hash
from hampa.platform.texts.rendering import render_text

LONGEST_TTL, SHORTEST_TTL, USUAL_TTL = timedelta(days=14), timedelta(minutes=1), timedelta(days=2)
"""How long push services keep a message for a browser that is away; the usual time is for what does not expire."""
TOPIC_LENGTH = 32


def compose_push(message: ClaimedMessage) -> PushMessage | None:
    """Render a message to a device; None if the device takes none any more."""
    device: Any = message.data.get("device")
    if device is None:
        return None
    kind = get_kind(message.purpose)
    is_more = message.template == MORE_PUSH
    notification = None if is_more else message.data["notification"]
    about = ("more", "") if is_more else (kind.row, message.data["subject"])
    topic = keyed_hash("push topic", *about, str(message.person_id))[:TOPIC_LENGTH]
    return PushMessage(
        to=message.recipient,
        endpoint=device.endpoint,
        public_key=device.p256dh,
        auth=device.auth,
        words=PushWords(
            title=_("Hampa") if is_more else str(message.data.get("title") or _("Hampa")),
            body=render_text(message.template, data=message.data, to=message.recipient),
            path=f"/notifications/{notification}" if notification else "/notifications",
            tag=topic,
            language=get_locale_code(),
            direction=direction(),
        ),
        ttl=_ttl_of(message),
        urgency="high" if kind.is_urgent(message.data) else "normal",
        topic=topic,
        purpose=message.purpose,
        idempotency_key=str(message.id),
        person=str(message.person_id or ""),
    )


def _ttl_of(message: ClaimedMessage) -> int:
    left = USUAL_TTL if message.expires_at is None else message.expires_at - clock.now()
    return int(min(max(left, SHORTEST_TTL), LONGEST_TTL).total_seconds())
