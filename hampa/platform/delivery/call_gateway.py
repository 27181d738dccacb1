"""The gateway of signed calls (`signed_calls`)."""

from collections.abc import Callable
from typing import Final

from hampa.platform.delivery.base import Answer, Outcome
from hampa.platform.delivery.posting import Poster, not_now, refused, retry_after
from hampa.platform.delivery.signed_calls import SignedCall

GONE: Final = 410


class CallGateway:
    """Posts signed calls; `report` is told how each try went: the id, whether it was taken, and whether it is gone.

    What is not answered with a 2xx is tried again, whatever it is: whoever runs the address may be mending it. Only a
    410 says that it wants no more.
    """

    name = "webhooks"
    parallel = 8

    def __init__(self, report: Callable[[str, bool, bool], None], poster: Poster) -> None:
        self._report, self._poster = report, poster

    def begin(self, call: SignedCall, /) -> float:
        """Take a place for a call, which `send` gives free, and return 0; or return the seconds that it has to wait."""
        return self._poster.begin(call.idempotency_key, call.url, call.person)

    def send(self, call: SignedCall, /) -> Outcome:
        """Post a call, and report how it went."""
        try:
            reply = self._poster.post(call.url, call.headers(), call.text.encode(), call.person)
        finally:
            self._poster.end(call.idempotency_key)
        if isinstance(reply, Outcome):
            outcome, is_gone = reply, False
        elif 200 <= reply.status < 300:
            outcome, is_gone = Outcome(Answer.TAKEN), False
        elif reply.status == GONE:
            outcome, is_gone = refused("answered 410"), True
        else:
            error = f"answered {reply.status}"
            outcome, is_gone = not_now(Answer.RETRY, error, retry_after(reply.headers)), False
        self._report(call.to, outcome.answer is Answer.TAKEN, is_gone)
        return outcome

    def close(self) -> None:
        """Close the connections."""
        self._poster.close()
