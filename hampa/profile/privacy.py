"""Export and erasure of a person's pictures, verification links and former user names."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.people.privacy_registry import Attachment
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.media import storage
from hampa.profile.actions import reserve_handle
from hampa.profile.models import EmailVerification, FreedHandle, PersonPicture, picture_file_name

privacy_registry.holds(PersonPicture.person_id, noun="faces", fate="delete")
privacy_registry.holds(EmailVerification.person_id, noun="email_links", fate="delete")
privacy_registry.holds(FreedHandle.person_id, noun="freed_handles", fate="empty")


@privacy_registry.exports("faces", _l("Pictures of you"))
def faces(person: Person) -> Iterable[dict[str, Any]]:
    """Return the picture that is shown, and one that is not processed or was refused."""
    return privacy_registry.rows_of(person, PersonPicture.person_id, "id created_at widths height reason")


@privacy_registry.exports("email_links", _l("Links that were emailed to you to verify an address"))
def email_links(person: Person) -> Iterable[dict[str, Any]]:
    """Return the verification links, without their tokens."""
    return privacy_registry.rows_of(person, EmailVerification.person_id, "id created_at address expires_at used_at")


@privacy_registry.exports("freed_handles", _l("Until when user names that you gave up are kept for you"))
def freed_handles(person: Person) -> Iterable[dict[str, Any]]:
    """Return the reservations, without the names, of which only a keyed hash is stored."""
    return privacy_registry.rows_of(person, FreedHandle.person_id, "id created_at free_from")


@privacy_registry.exports_files
def files(person: Person) -> Iterator[Attachment]:
    """Yield the pictures in their largest width."""
    query = select(PersonPicture.id, PersonPicture.widths[1].label("width")).where(
        PersonPicture.person_id == person.id, PersonPicture.widths.is_not(None)
    )
    for face in privacy_registry.rows(query):
        name = picture_file_name(person.id, str(face["id"]), face["width"])
        yield Attachment(f"faces/{face['id']}.webp", name)


@privacy_registry.erases
def erase_pictures(person: Person) -> None:
    """Delete the files of the pictures, and uploads that are not processed yet."""
    waiting = select(PersonPicture.upload).where(
        PersonPicture.person_id == person.id, PersonPicture.upload.is_not(None)
    )
    for upload in privacy_registry.rows(waiting):
        storage.delete_after_commit(upload["upload"])
    storage.delete_after_commit(f"people/{person.id}")


@privacy_registry.erases
def erase_handle(person: Person) -> None:
    """Reserve the user name for nobody, and leave no trace of its holder."""
    if person.handle is not None:
        reserve_handle(person.handle, None)
