"""Requests that are sent twice: a POST with an `Idempotency-Key` is done once, and is answered again.

What another operation reads is read anew (`repeating`): whoever is hidden, or gone, since then is not shown by an answer of
before. An answer that nothing reads is kept, unless it names others.

The key is inserted in the transaction that does what the request asks. Of two equal ones at the same moment the second
waits for the first; when that one was refused, and so has done nothing, the second is tried.
"""

import hashlib
import re
import uuid
from datetime import timedelta
from typing import Final

from flask import Response, request
from sqlalchemy import Index, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from hampa.platform import clock, jobs
from hampa.platform.api.codes import Invalid
from hampa.platform.api.operations import Operation
from hampa.platform.api.tokens import bearer
from hampa.platform.db import Record, db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security import crypto

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
KEY: Final = re.compile(r'[!#-~]{1,255}|"[ !#-~]{1,255}"')
REMEMBERED: Final = timedelta(days=2)
PURPOSE: Final = "api answer"


class KeptRequest(Record, db.Model):
    """A POST with a key, what it asked, and the answer; its own id is a hash of the person and the key.

    `fingerprint` is a hash of the request. `answer` is encrypted, and empty where another operation reads the same.
    """

    __tablename__ = "api_requests"
    __table_args__ = (Index("ix_api_requests_created_at", "created_at"),)

    fingerprint: Mapped[str]
    status: Mapped[int | None]
    location: Mapped[str | None]
    answer: Mapped[bytes | None]


def request_key(operation: Operation) -> uuid.UUID | None:
    """Return the id under which the request is kept, or None if it is not. Raise Invalid for a key of another form."""
    given, who = request.headers.get(HEADER), bearer()
    if given is None or who is None or operation.method != "POST" or not operation.options.repeatable:
        return None
    if not KEY.fullmatch(given):
        raise Invalid([(HEADER, _("This has to be 1 to 255 characters of ASCII."))], status=400)
    return uuid.uuid5(who.person.id, given.strip('"'))


def begin(key: uuid.UUID) -> Response | None:
    """Claim a key for this transaction, and return None; or return the answer that its request got before.

    Raise Invalid if that was another request.
    """
    values = {"id": key, "fingerprint": _fingerprint(), "created_at": clock.now()}
    inserted = insert(KeptRequest).values(values).on_conflict_do_nothing().returning(KeptRequest.id)
    if db.session.scalar(inserted) is not None:
        return None
    kept = db.session.execute(select(KeptRequest).where(KeptRequest.id == key)).scalar_one()
    if kept.fingerprint != values["fingerprint"]:
        raise Invalid([(HEADER, _("Another request was sent with this key. Take a new one."))])
    body = crypto.decrypt(kept.answer, PURPOSE) if kept.answer else ""
    made = Response(body, kept.status, mimetype="application/json" if body else None)
    if kept.location:
        made.headers["Location"] = kept.location
    made.headers[REPLAYED] = "true"
    return made


def keep(key: uuid.UUID, answer: Response, *, with_body: bool) -> None:
    """Keep the answer to a request, for when it is sent again, or its status and location alone."""
    body = answer.get_data(as_text=True) if with_body else ""
    db.session.execute(
        update(KeptRequest)
        .where(KeptRequest.id == key)
        .values(
            status=answer.status_code,
            location=answer.headers.get("Location"),
            answer=crypto.encrypt(body, PURPOSE) if body else None,
        )
    )


def release(key: uuid.UUID) -> None:
    """Forget the key of a request that was refused, where the transaction goes on."""
    db.session.execute(delete(KeptRequest).where(KeptRequest.id == key))


@jobs.job("api.forget_requests", every=timedelta(hours=1))
def forget_requests() -> None:
    """Delete requests that nobody repeats any more."""
    old = delete(KeptRequest).where(KeptRequest.created_at <= clock.now() - REMEMBERED)
    db.session.execute(old, execution_options={"synchronize_session": False})
    db.session.commit()


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n{request.mimetype}\n".encode())
    if request.mimetype == "multipart/form-data":  # read already, and the boundary is another each time
        digest.update(repr(sorted(request.form.items(multi=True))).encode())
        for name, file in request.files.items(multi=True):
            content = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
            digest.update(repr((name, file.filename, content)).encode())
            file.stream.seek(0)
    else:
        digest.update(request.get_data(cache=True))
    return digest.hexdigest()
