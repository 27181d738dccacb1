"""Changes of a person's mail address, user name and picture."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import IO

from sqlalchemy import case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from hampa.auth.actions.theft import ends_on_theft
from hampa.cards import actions
from hampa.notifications.actions.notifying import notify
from hampa.outbox.actions.writing import send_mail
from hampa.people.actions import enqueue_reindexing
from hampa.people.models import PEOPLE, Person, of_person
from hampa.platform import clock, versions
from hampa.platform.config import settings
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Conflict, Gone, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media.pictures import PicturePipeline, PictureSizes, register_pictures, remove_picture
from hampa.platform.security.crypto import keyed_hash, keyed_hashes
from hampa.profile.models import HANDLE_RESERVATION, WIDTHS, EmailVerification, FreedHandle, PersonPicture
from hampa.profile.queries import is_verified, newest_link, verification_for, void_reason
from hampa.runs.actions import listing

LINK_LIFETIME = timedelta(hours=24)
HOUR = timedelta(hours=1)
LINKS_PER_HOUR = 3
"""Links to one person, and also to one address, whoever requests them."""
TOKEN_BYTES = 18
SIZES = PictureSizes(WIDTHS, ratio=1.0, fill=True)
MOST_RESERVED = 3
"""Former user names that are reserved for one person at a time: nobody can block names by taking and leaving them."""
RESERVED_HANDLES = """
    about abuse account admin administrator all anonymous api app billing bot contact deleted dev everybody everyone
    guest hampa help here home info legal login logout mail me moderator news nobody noreply null official operator
    owner people police postmaster press privacy root runs safety security settings staff support system team terms test
    undefined user visitor webmaster www
"""
"""User names that would pass for the site itself or for nobody, also with underscores in them."""


class EmailTaken(Conflict):
    """The address belongs to somebody else."""

    name = "EMAIL_ALREADY_EXISTS"


def request_verification(person: Person, address: str) -> EmailVerification:
    """Mail a link to an address (of `EmailField`), by which the person confirms that they receive its mail.

    Only a person who follows the link learns whether the address belongs to somebody else: they read its mail. For the
    same reason a link too many to one address is stored but never sent. The mail has no text of the person's, because
    the address may be a stranger's. Raise `Refused` for the address that the person has, and `TooFast`.
    """
    if person.email is not None and person.email.lower() == address.lower():
        raise Refused(_("This is your address already."), "email")
    limit(person, "profile.email_link", LINKS_PER_HOUR, per="hour", error=_too_many_links)
    now = clock.now()
    of_others = db.session.scalar(
        select(func.count())
        .select_from(EmailVerification)
        .where(
            EmailVerification.person_id != person.id,
            func.lower(EmailVerification.address) == address.lower(),
            EmailVerification.created_at > now - HOUR,
        )
    )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = EmailVerification(
        person_id=person.id,
        address=address,
        token_hash=keyed_hash("email", token),
        created_at=now,
        expires_at=now + LINK_LIFETIME,
    )
    db.session.add(link)
    db.session.flush()
    send_mail(
        address,
        "profile/mail/email_link.txt",
        {"site": settings().base_url},
        purpose="email_link",
        key=f"email_link:{link.id}",
        locale=person.locale,
        person_id=person.id,
        secret=token,
        expires_at=link.expires_at if (of_others or 0) < LINKS_PER_HOUR else now,
    )
    return link


def verify_email(person: Person, token: str) -> str:
    """Set the person's address to that of a link, and return it, also when they have followed the link before.

    Raise `NotFound`, `Gone` for a link that was used, is too old or not the newest, and `EmailTaken`, which the
    database decides, also when two people follow their links at once.
    """
    link = verification_for(person, token, lock=True)
    if is_verified(person, link):
        return link.address
    reason = void_reason(person, link)
    if reason:
        raise Gone(reason)
    former = person.email
    with raise_if_taken("uq_people_email", _email_taken):
        person.email, person.email_verified_at, link.used_at = link.address, clock.now(), clock.now()
    _notify_email_change(person, former, str(link.id), "changed" if former else "added")
    return link.address


def remove_email(person: Person) -> None:
    """Remove the person's address, and void the link that waits to be followed."""
    former = person.email
    if former is not None:
        person.email = person.email_verified_at = None
        _notify_email_change(person, former, f"removed:{clock.now().isoformat()}", "removed")
    void_link(person)


@ends_on_theft(EmailVerification)
def drop_new_email(person: Person, since: datetime) -> None:
    """Remove an address that was confirmed since, and void links that were sent to one."""
    if person.email_verified_at is None or person.email_verified_at >= since:
        remove_email(person)
    db.session.execute(delete(EmailVerification).where(EmailVerification.person_id == person.id))


def void_link(person: Person) -> None:
    """Void the link that waits to be followed; the address in use stays."""
    link = newest_link(person)
    if link is not None and link.used_at is None:
        link.expires_at = min(link.expires_at, clock.now())


def _notify_email_change(person: Person, former: str | None, event: str, what: str) -> None:
    notify([person.id], "email_changed", subject_id=person.id, data={"what": what}, event=event)
    if former is not None:
        send_mail(
            former,
            "profile/mail/email_gone.txt",
            {"name": person.name, "site": settings().base_url},
            purpose="email_changed",
            key=f"email_gone:{event}:{person.id}",
            locale=person.locale,
            person_id=person.id,
        )


def _too_many_links(seconds: int) -> TooFast:
    text = _("That was the third link within an hour. Look in your spam folder, or try later.")
    return TooFast(text, seconds, "email")


def _email_taken() -> EmailTaken:
    return EmailTaken(
        _("This address belongs to another account. Sign in there and remove it first, or use another address.")
    )


def choose_handle(person: Person, handle: str | None) -> None:
    """Set or remove the person's user name (of `HandleField`). Raise `Refused` for one that is not available.

    The database decides between two who choose it at once. The name is written before reservations are read, so that a
    request that waited at the unique index for the holder to give the name up then sees it reserved.
    """
    if handle == person.handle:
        return
    bare = (handle or "").replace("_", "")
    if bare in RESERVED_HANDLES.split() or bare.startswith("hampa"):
        raise Refused(_("This name is kept for the site. Choose another."), "handle")
    enqueue_reindexing(person)
    former = person.handle
    with raise_if_taken("uq_people_handle", _handle_taken):
        person.handle = handle
        db.session.flush()
        if handle is not None:
            _end_reservation(person, handle)
        if former is not None:
            reserve_handle(former, person)


def reserve_handle(handle: str, person: Person | None) -> None:
    """Reserve a former user name for this person for a while; for nobody if the person is None."""
    values = {"person_id": person and person.id, "free_from": clock.now() + HANDLE_RESERVATION}
    statement = insert(FreedHandle).values(handle_hash=_handle_hash(handle), **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=[FreedHandle.handle_hash], set_=values))


def delete_expired_reservations() -> None:
    """Delete the reservations of user names that are over."""
    db.session.execute(delete(FreedHandle).where(FreedHandle.free_from <= clock.now()))


def _end_reservation(person: Person, handle: str) -> None:
    """Free a user name for the person for whom it is reserved. Raise `Refused` for anybody else."""
    is_reserved = FreedHandle.free_from > clock.now()
    is_this = FreedHandle.handle_hash.in_(keyed_hashes("freed handle", handle))
    holder = db.session.execute(select(FreedHandle.person_id).where(is_this, is_reserved)).one_or_none()
    if holder is not None and holder.person_id != person.id:
        raise _handle_taken()
    others = select(func.count()).where(FreedHandle.person_id == person.id, is_reserved, ~is_this)
    if holder is None and (db.session.scalar(others) or 0) >= MOST_RESERVED:
        raise Refused(
            _("You changed your user name often lately. Take one of those back, or wait some days."), "handle"
        )
    db.session.execute(delete(FreedHandle).where(is_this))


def _handle_taken() -> Refused:
    return Refused(_("Somebody has this name, or had it until lately. Choose another."), "handle")


def _handle_hash(handle: str) -> str:
    return keyed_hash("freed handle", handle)


def add_picture(person: Person, source: IO[bytes]) -> PersonPicture:
    """Add a picture, which the worker processes, and return it; the one before stays until then. Raise `storage.StorageFull`."""
    picture = PersonPicture(person_id=person.id)
    pipeline.add(picture, source)
    return picture


def remove_pictures(person: Person) -> None:
    """Remove the picture of a person."""
    for picture in db.session.scalars(select(PersonPicture).where(PersonPicture.person_id == person.id)):
        remove_picture(picture)
    _set_avatar(person.id, None)


def _set_avatar(person_id: uuid.UUID, avatar: str | None) -> None:
    """Set the avatar of a person, by a statement because their row may be changing just now, and renew cached lists.

    The avatar of a person who is leaving is put aside with their name until they come back.
    """
    is_leaving = Person.put_aside.is_not(None)
    put_aside = Person.put_aside.op("||", return_type=JSONB)(literal({"avatar": avatar}, JSONB))
    values = {"avatar": case((~is_leaving, avatar)), "put_aside": case((is_leaving, put_aside))}
    changed = update(Person).where(Person.id == person_id).values(values)
    db.session.execute(changed, execution_options=of_person(person_id))
    versions.bump(PEOPLE)
    listing.invalidate_listing()
    actions.invalidate_listing()


pipeline = register_pictures(
    PicturePipeline(
        table=PersonPicture,
        folder="people",
        owner_id=PersonPicture.person_id,
        sizes=lambda picture: SIZES,
        rivals=lambda picture: PersonPicture.person_id == picture.person_id,
        on_finished=lambda picture: _set_avatar(picture.person_id, str(picture.id)),
    )
)
