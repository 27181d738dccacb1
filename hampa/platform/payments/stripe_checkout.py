"""The gateway Stripe: Checkout, by the official library.

By its documentation (https://docs.stripe.com/api/checkout/sessions, /webhooks, read in November 2026):

- A Checkout Session in the mode `payment` has a `url`; its `payment_status` is `paid` or `unpaid`, its `status` `open`,
  `complete` or `expired`. A complete one may still be unpaid, with methods that take days. It stays `paid` when the money
  is given back, which the charge says: `payment_intent.latest_charge`, of the session by `expand`.
- Calls with an `Idempotency-Key` that are repeated within a day return the first answer.
- Webhooks carry `Stripe-Signature`. `checkout.session.*` have the session, `charge.refunded` the charge, with its
  `payment_intent` and whether all of it was `refunded`.

The library sends through our own client, which holds the deadline of the whole call. Only this module imports it, and
only where Stripe is the gateway.
"""

from typing import Any

import httpx
import stripe

from hampa.platform import clock
from hampa.platform.payments.base import (
    MOST_SECONDS,
    Charge,
    Checkout,
    Event,
    GatewayDown,
    GatewayRefused,
    Headers,
    Says,
    Unsigned,
    Verdict,
)
from hampa.platform.sms.http import GatewayClient
from hampa.platform.texts.cleaning import without_surrogates

URL = "https://api.stripe.com"
OPEN_SECONDS = 31 * 60
"""How long a session can be paid; Stripe takes 30 minutes at least."""
LONGEST_WORDS = 250
SESSION, REFUNDED = "checkout.session.", "charge.refunded"
CHARGE = "payment_intent.latest_charge"


class Wire(stripe.HTTPClient):
    """The HTTP client of the library: ours, with its deadline."""

    name = "hampa"

    def __init__(self) -> None:
        super().__init__()
        self._client = GatewayClient(most_seconds=MOST_SECONDS)

    def request(
        self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, Any]:
        """Send a request; return the body, the status and the headers of the answer."""
        try:
            answer = self._client.request(method.upper(), url, headers=dict(headers or {}), content=post_data)
        except (httpx.HTTPError, OSError) as reason:
            raise stripe.APIConnectionError(f"no answer: {type(reason).__name__}") from None
        return answer.text, answer.status_code, answer.headers

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class StripeGateway:
    """A client of one account."""

    name = "stripe"
    currencies: frozenset[str] | None = None
    gives_back = True

    def __init__(self, key: str, webhook_secret: str, *, url: str = URL) -> None:
        self._wire, self._webhook_secret = Wire(), webhook_secret
        self._stripe = stripe.StripeClient(
            key, http_client=self._wire, base_addresses={"api": url}, max_network_retries=0
        )

    def start(self, charge: Charge, /) -> Checkout:
        """Have a charge taken on."""
        price = {
            "currency": charge.currency.lower(),
            "unit_amount": charge.amount,
            "product_data": {"name": charge.words[:LONGEST_WORDS]},
        }
        params: Any = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": charge.return_url,
            "cancel_url": charge.return_url,
            "client_reference_id": str(charge.id),
            "expires_at": int(clock.now().timestamp()) + OPEN_SECONDS,
        }
        try:
            session = self._stripe.v1.checkout.sessions.create(params, {"idempotency_key": str(charge.id)})
        except stripe.InvalidRequestError as reason:
            raise GatewayRefused(str(reason.user_message or reason.code)) from None
        except stripe.StripeError as reason:
            raise _down(reason) from None
        return Checkout(without_surrogates(session.id), session.url or "")

    def verify(self, gateway_id: str, amount: int, currency: str, /) -> Verdict:
        """Ask for the state of a session."""
        try:
            session = self._stripe.v1.checkout.sessions.retrieve(gateway_id, {"expand": [CHARGE]})
        except stripe.StripeError as reason:
            raise _down(reason) from None
        intent: Any = session.payment_intent
        reference = without_surrogates(str(getattr(intent, "id", intent) or ""))
        if session.payment_status == "paid":
            if getattr(getattr(intent, "latest_charge", None), "refunded", False):
                return Verdict(Says.FAILED, reference)
            is_right = (session.amount_total, (session.currency or "").upper()) == (amount, currency)
            return Verdict(Says.PAID if is_right else Says.DIFFERENT, reference)
        return Verdict(Says.FAILED if session.status == "expired" else Says.OPEN, reference)

    def give_back(self, gateway_id: str, reference: str, key: str, /) -> None:
        """Give the whole amount back."""
        try:
            self._stripe.v1.refunds.create({"payment_intent": reference}, {"idempotency_key": key})
        except stripe.InvalidRequestError as reason:
            if reason.code != "charge_already_refunded":
                raise GatewayRefused(str(reason.user_message or reason.code)) from None
        except stripe.StripeError as reason:
            raise _down(reason) from None

    def event_of(self, body: bytes, headers: Headers) -> Event:
        """Return what a call to our webhook says. Raise `Unsigned` if it is not Stripe's."""
        signature = headers.get("Stripe-Signature", "")
        if not signature.isascii():  # the library stumbles on it
            raise Unsigned("the signature is no ASCII")
        try:
            event = stripe.Webhook.construct_event(body, signature, self._webhook_secret)
            about: Any = event.data.object
            if event.type.startswith(SESSION):
                return Event(gateway_id=without_surrogates(str(about.id)))
            if event.type == REFUNDED and about.refunded and about.payment_intent:
                return Event(reference=without_surrogates(str(about.payment_intent)), given_back=True)
        except (stripe.SignatureVerificationError, ValueError, AttributeError, KeyError, RecursionError) as reason:
            raise Unsigned(type(reason).__name__) from None
        return Event()

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()


def _down(reason: stripe.StripeError) -> GatewayDown:
    """Return the error without the words of the answer, which may name the key."""
    return GatewayDown(f"Stripe: {type(reason).__name__} {reason.http_status or ''}".strip())
