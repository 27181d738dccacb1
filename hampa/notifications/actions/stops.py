"""Stopping SMS about notifications to a number, and starting them again."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.models import SmsStop
from hampa.notifications.queries.stops import hash_of_number, hashes_of_number, meaning_of
from hampa.outbox.actions.writing import send_sms
from hampa.people.queries import by_phone
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db


def stop_sms(phone: str) -> bool:
    """Send no more SMS about notifications to a number (E.164); return whether that is new."""
    statement = insert(SmsStop).values(number_hash=hash_of_number(phone)).on_conflict_do_nothing()
    return db.session.scalar(statement.returning(SmsStop.id)) is not None


def start_sms(phone: str) -> bool:
    """Send SMS to a number again, because its holder asks for it; return whether they were stopped."""
    stopped = delete(SmsStop).where(SmsStop.number_hash.in_(hashes_of_number(phone)))
    return db.session.scalar(stopped.returning(SmsStop.id)) is not None


def answer_sms(phone: str, text: str) -> None:
    """Do what the holder of a number asks for by an SMS, and confirm it once; other texts are ignored."""
    match meaning_of(text):
        case "stop":
            changed, template = stop_sms(phone), "notifications/answers/stopped.txt"
        case "start":
            changed, template = start_sms(phone), "notifications/answers/started.txt"
        case _:
            return
    if not changed:
        return
    person = by_phone(phone)
    send_sms(
        phone,
        template,
        {},
        purpose="sms_stop",
        key=f"sms_stop:{hash_of_number(phone)}:{clock.now().isoformat()}",
        locale=person.locale if person else settings().default_locale,
        person_id=person.id if person else None,
        most_a_day=2,
    )
