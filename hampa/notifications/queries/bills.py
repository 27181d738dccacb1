"""What a message to many costs: how many people it reaches, in how many SMS, of how many parts."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, case, false, func, select

from hampa.notifications.models import channel_senders, get_kind
from hampa.notifications.queries.choices import Told
from hampa.people.models import Person
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.sms import segments
from hampa.platform.texts.cleaning import break_links
from hampa.platform.texts.rendering import render_text


@dataclass(frozen=True, slots=True)
class SmsPart:
    """The SMS to the readers of one language: the text as it is sent, in how many segments, to how many people."""

    locale: str
    people: int
    text: str
    segments: int


@dataclass(frozen=True, slots=True)
class Bill:
    """The cost of a message, for all `segments` of the SMS to all `phones`; None where the operator named no price.

    `breaks_links` says that the SMS has addresses of the text in pieces, so that no phone makes links of them.
    """

    people: int
    phones: int
    segments: int
    parts: list[SmsPart]
    cost: Decimal | None
    currency: str
    breaks_links: bool = False


def bill_of(
    kind: str,
    recipients: Select[Any],
    subject_id: uuid.UUID,
    data: Mapping[str, Any],
    *,
    text: str,
    texted: Select[Any] | None,
) -> Bill:
    """Return the cost of a notification of a kind to people, given by a SELECT of ids.

    `data` is that of the SMS, with its words. SMS go to those of `texted` who have signed in and want the kind by SMS.
    """
    definition, parts = get_kind(kind), []
    sender = next((one for one in channel_senders() if one.name == "sms"), None)
    gets: Any = false()
    if sender is not None and texted is not None:
        gets = and_(Person.id.in_(texted), Told(definition, subject_id, data).gets(sender))
    rows = db.session.execute(
        select(Person.locale, func.count().label("people"), func.count(case((gets, Person.id))).label("phones"))
        .where(Person.id.in_(recipients), Person.state == "active")
        .group_by(Person.locale)
        .order_by(Person.locale)
    ).all()
    for row in rows:
        if row.phones:
            with i18n.use_locale(row.locale):
                sms = render_text(definition.sms_template, data=data)
            parts.append(SmsPart(row.locale, row.phones, sms, segments.count(sms)))
    price, total = settings().sms_price, sum(part.people * part.segments for part in parts)
    return Bill(
        people=sum(row.people for row in rows),
        phones=sum(part.people for part in parts),
        segments=total,
        parts=parts,
        cost=price.amount * total if price else None,
        currency=price.currency if price else "",
        breaks_links=bool(parts) and break_links(text) != text,
    )
