"""Delivery of messages of organisers."""

import uuid

from hampa.announcements.models import RunMessage
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import CHANNELS, WITHOUT_SMS
from hampa.notifications.queries.listing import count_notified
from hampa.people.models import Person
from hampa.people.queries import hidden_from
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.runs.models.participation import Participation
from hampa.runs.queries.people import participant_ids
from hampa.runs.queries.runs import existing_run
from hampa.runs.queries.snapshots import run_snapshot


@job("runs.tell_message")
def tell_message(message_id: uuid.UUID) -> None:
    """Notify the recipients of a message, unsigned those from whom the organiser is hidden, and count them.

    Whom an organiser put into the run by number gets no SMS: how many went would tell whether the number has an account.
    """
    message = db.session.get(RunMessage, message_id)
    run = existing_run(message.run_id) if message else None
    if message is not None and run is not None:
        sender = db.session.get_one(Person, message.sender_id)
        recipients = participant_ids(run.id, *message.participation_statuses)
        # Where people meet concerns all who come, so they get the message without the name.
        hidden = Participation.person_id.in_(hidden_from(sender.id))
        groups = [(recipients, CHANNELS if message.by_sms else WITHOUT_SMS)]
        typed = recipients.where(Participation.display_name != "")
        if message.by_sms and db.session.scalar(typed.limit(1)) is not None:
            groups = [(recipients.where(Participation.display_name == ""), CHANNELS), (typed, WITHOUT_SMS)]
        for people, channels in groups:
            for some, actor_id in ((people, sender.id), (people.where(hidden), None)):
                notify(
                    some,
                    "organiser_message",
                    actor_id=actor_id,
                    subject_id=run.id,
                    data={**run_snapshot(run), "message": str(message.id)},
                    event=message.id,
                    channels=channels,
                    expires_at=run.ends_at if run.ends_at > clock.now() else None,
                )
        message.people, message.texted = count_notified("organiser_message", message.id)
    db.session.commit()
