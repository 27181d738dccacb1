"""Limits of the API: so many requests a minute of an address for visitors, and of a person or token once they are known."""

import uuid

from flask import request

from hampa.platform.api.tokens import Bearer
from hampa.platform.config import settings
from hampa.platform.request_counts import count
from hampa.platform.security.ip_addresses import network_of


def count_address() -> None:
    """Count a request of a visitor by their address. Raise TooFast past the limit."""
    count(f"address:{network_of(request.remote_addr)}", settings().api_visitor_limit)


def count_bad_token() -> None:
    """Count a request with a token that is not good, by its address. Raise TooFast past the limit."""
    count(f"bad tokens:{network_of(request.remote_addr)}", settings().api_visitor_limit)


def count_bearer(bearer: Bearer) -> None:
    """Count a request by its personal access token, or its person. Raise TooFast past the limit."""
    count(f"bearer:{bearer.token_id or bearer.person.id}", settings().api_person_limit)


def count_of_address(what: str, most: int) -> None:
    """Count something costly that an address asks for, of which it gets so many a minute. Raise TooFast past them."""
    count(f"{what}:{network_of(request.remote_addr)}", most)


def count_search(person_id: uuid.UUID | None) -> None:
    """Count a search over everything, by its person, or by the address of a visitor. Raise TooFast past the limit."""
    subject = f"search:{person_id}" if person_id is not None else f"search address:{network_of(request.remote_addr)}"
    count(subject, settings().searches_per_minute)
