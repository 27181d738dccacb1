"""Limits: so many requests a minute of an address for visitors, and of a person or token once they are known.

They are counted in Redis, by the minute; while Redis is away each process counts for itself.
"""

from typing import Final, cast

from cachetools import TTLCache
from flask import request

from hampa.platform import clock
from hampa.platform.api.tokens import Bearer
from hampa.platform.config import settings
from hampa.platform.errors import TooFast
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.redis import key, quietly
from hampa.platform.security.ip_addresses import network_of

MINUTE: Final = 60
NOT_COUNTED: Final = -1

_counts: TTLCache[str, int] = TTLCache(10_000, MINUTE)


def count_address() -> None:
    """Count a request of a visitor by their address. Raise TooFast past the limit."""
    _count(f"address:{network_of(request.remote_addr)}", settings().api_visitor_limit)


def count_bearer(bearer: Bearer) -> None:
    """Count a request by its personal access token, or its person. Raise TooFast past the limit."""
    _count(f"bearer:{bearer.token_id or bearer.person.id}", settings().api_person_limit)


def _count(subject: str, most: int) -> None:
    now = clock.now().timestamp()
    name = f"api:{subject}:{int(now // MINUTE)}"

    def increase(client: object) -> int:
        pipeline = client.pipeline(transaction=False)  # type: ignore[attr-defined]
        pipeline.incr(key(name))
        pipeline.expire(key(name), MINUTE)
        return cast(int, pipeline.execute()[0])

    count = quietly(increase, NOT_COUNTED)
    if count == NOT_COUNTED:
        count = _counts[name] = _counts.get(name, 0) + 1
    if count > most:
        raise TooFast(_("Too many requests. Wait a moment."), int(MINUTE - now % MINUTE) + 1)
