"""What a message to a device is made of, read when it is sent."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hampa.auth.models import Session
from hampa.notifications.models import PUSH_FOLDER
from hampa.notifications.queries.listing import others_before
from hampa.notifications.queries.words import message_data
from hampa.outbox.models import read_data_with
from hampa.platform.db import db
from hampa.push.models import PushSubscription
from hampa.push.queries.devices import is_in_use


def push_data(messages: Sequence[Any]) -> Mapping[uuid.UUID, dict[str, Any] | None]:
    """Return the data of push messages with their words and the `device` that each goes to, in few statements.

    `others` is how many older unread notifications say the same: on the device, too, they are shown as one.

    The device is None when it has been turned off, or its session has ended. See `outbox.models.DataReader`.
    """
    data = message_data(messages)
    ids = {uuid.UUID(message.data["device"]) for message in messages if data.get(message.id) is not None}
    columns = (
        PushSubscription.id,
        PushSubscription.person_id,
        PushSubscription.endpoint,
        PushSubscription.p256dh,
        PushSubscription.auth,
        PushSubscription.server_key,
    )
    found = db.session.execute(select(*columns).join(Session, is_in_use()).where(PushSubscription.id.in_(ids)))
    devices = {str(row.id): row for row in found}
    others = others_before([one for one in map(_notification_of, messages) if one is not None])
    read: dict[uuid.UUID, dict[str, Any] | None] = {}
    for message in messages:
        words = data.get(message.id)
        device = devices.get(message.data["device"])
        # It may have moved to another person since.
        is_theirs = device is not None and device.person_id == message.person_id
        if words is not None:
            notification = _notification_of(message)
            count = others.get(notification, 0) if notification else 0
            words = {**words, "others": count, "device": device if is_theirs else None}
        read[message.id] = words
    return read


def _notification_of(message: Any) -> uuid.UUID | None:
    """Return the id of the notification under the bell that a message tells of, None without one."""
    notification = message.data["notification"]
    return uuid.UUID(notification) if notification else None


read_data_with(PUSH_FOLDER, push_data)
