"""Erasure of operators who wrote to people of the site."""

from sqlalchemy import delete

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.site_messages.models import DRAFT, SiteMessage

privacy_registry.holds(
    SiteMessage.sender_id,
    left_out="the work of operators, not a thing of theirs",
    fate="keep",
    because="those who had it keep it, and it names nobody",
)


@privacy_registry.erases
def erase_drafts(person: Person) -> None:
    """Delete messages that nobody was sent."""
    drafts = delete(SiteMessage).where(SiteMessage.sender_id == person.id, SiteMessage.state == DRAFT)
    db.session.execute(drafts.execution_options(synchronize_session=False))
