"""A person's own pictures, the addresses that they asked to have verified, and the user names that they gave up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models.person import Person
from hampa.people.privacy_registry import Attachment
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.media import storage
from hampa.profile.actions.handles import rest
from hampa.profile.models.email import EmailVerification
from hampa.profile.models.handle import FreedHandle
from hampa.profile.models.picture import PersonPicture, file_of

privacy_registry.holds(PersonPicture.person_id, noun="faces", fate="delete")
privacy_registry.holds(EmailVerification.person_id, noun="email_links", fate="delete")
privacy_registry.holds(FreedHandle.person_id, noun="freed_handles", fate="empty")


@privacy_registry.exports("faces", _l("Pictures of you"))
def faces(person: Person) -> Iterable[dict[str, Any]]:
    """The one that is seen, and one that waits or was refused."""
    columns = privacy_registry.columns(PersonPicture, "id created_at widths height reason")
    query = select(*columns).where(PersonPicture.person_id == person.id)
    return privacy_registry.rows(query.order_by(PersonPicture.created_at, PersonPicture.id))


@privacy_registry.exports("email_links", _l("Links that were mailed to you to verify an address"))
def email_links(person: Person) -> Iterable[dict[str, Any]]:
    """Without what makes them work."""
    columns = privacy_registry.columns(EmailVerification, "id created_at address expires_at used_at")
    query = select(*columns).where(EmailVerification.person_id == person.id)
    return privacy_registry.rows(query.order_by(EmailVerification.created_at, EmailVerification.id))


@privacy_registry.exports("freed_handles", _l("Until when user names that you gave up are kept for you"))
def freed_handles(person: Person) -> Iterable[dict[str, Any]]:
    """Without the names: a keyed hash is all that is kept of them."""
    query = select(*privacy_registry.columns(FreedHandle, "id created_at free_from")).where(
        FreedHandle.person_id == person.id
    )
    return privacy_registry.rows(query.order_by(FreedHandle.created_at, FreedHandle.id))


@privacy_registry.exports_files
def files(person: Person) -> Iterator[Attachment]:
    """Pictures in the largest width there is."""
    query = select(PersonPicture.id, PersonPicture.widths[1].label("width"))
    for face in privacy_registry.rows(
        query.where(PersonPicture.person_id == person.id, PersonPicture.widths.is_not(None))
    ):
        yield Attachment(f"faces/{face['id']}.webp", file_of(person.id, str(face["id"]), face["width"]))


@privacy_registry.erases
def forget_pictures(person: Person) -> None:
    """Their files, those that nobody has read yet too."""
    waiting = select(PersonPicture.upload).where(
        PersonPicture.person_id == person.id, PersonPicture.upload.is_not(None)
    )
    for upload in privacy_registry.rows(waiting):
        storage.forget(upload["upload"])
    storage.forget(f"people/{person.id}")


@privacy_registry.erases
def forget_handle(person: Person) -> None:
    """Their name rests before somebody else may have it, and nothing says whose it was."""
    if person.handle is not None:
        rest(person.handle, None)
