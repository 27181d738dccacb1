"""The gateway Zarinpal, for cards of Iranian banks.

By its documentation (https://zarinpal.com/docs/paymentGateway, read in November 2026):

- `POST /pg/v4/payment/request.json` with `merchant_id`, `amount`, `currency` (IRR or IRT), `description` (500 characters
  at most) and `callback_url` gives `data.authority`; the person pays at `/pg/StartPay/<authority>`, and comes back to
  the address with `Authority` and `Status` (OK or NOK).
- `POST /pg/v4/payment/verify.json` with the amount and the authority: code 100 is a payment that this call confirmed,
  101 one that was confirmed before; -50 is another amount, -51 one that was not paid, -54 an unknown authority.
- `POST /pg/v4/payment/inquiry.json` gives `data.status`: IN_BANK, PAID (not verified), VERIFIED, FAILED or REVERSED.
- Errors are in `errors` as `{"code", "message"}`, of which -9 to -19 are of the account or the fields.

Money is given back on Zarinpal's own pages: its service for that needs the account's personal token.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from hampa.platform.payments.base import MOST_SECONDS, Charge, Checkout, GatewayDown, GatewayRefused, Says, Verdict
from hampa.platform.sms.http import GatewayClient, read_json
from hampa.platform.texts.cleaning import without_surrogates

URL = "https://payment.zarinpal.com"
LONGEST_WORDS = 500
CONFIRMED, CONFIRMED_BEFORE = 100, 101
INVALID, OTHER_AMOUNT, NOT_PAID, UNKNOWN_AUTHORITY = -9, -50, -51, -54
STATUSES = {"IN_BANK": Says.OPEN, "PAID": Says.OPEN, "FAILED": Says.FAILED, "REVERSED": Says.FAILED}
"""What a status says of a charge that is not confirmed; a paid one is asked about again."""


class ZarinpalGateway:
    """A client of one merchant."""

    name = "zarinpal"
    currencies: frozenset[str] | None = frozenset({"IRR"})
    gives_back = False

    def __init__(self, merchant: str, *, url: str = URL) -> None:
        self._merchant, self._url = merchant, url
        self._client = GatewayClient(most_seconds=MOST_SECONDS)

    def start(self, charge: Charge, /) -> Checkout:
        """Have a charge taken on."""
        data, code = self._ask(
            "request",
            amount=charge.amount,
            currency=charge.currency,
            description=charge.words[:LONGEST_WORDS],
            callback_url=charge.return_url,
            metadata={"order_id": str(charge.id)},
        )
        authority = data.get("authority")
        if code != CONFIRMED or not isinstance(authority, str):
            if code == INVALID:
                raise GatewayRefused(f"Zarinpal refused the charge: {code}")
            raise GatewayDown(f"Zarinpal answered {code}")
        authority = without_surrogates(authority)
        return Checkout(authority, f"{self._url}/pg/StartPay/{authority}")

    def verify(self, gateway_id: str, amount: int, currency: str, /) -> Verdict:
        """Confirm a charge, or ask why it can't be."""
        data, code = self._ask("verify", authority=gateway_id, amount=amount)
        if code in (CONFIRMED, CONFIRMED_BEFORE):
            return Verdict(Says.PAID, without_surrogates(str(data.get("ref_id") or "")))
        if code == OTHER_AMOUNT:
            return Verdict(Says.DIFFERENT)
        if code == UNKNOWN_AUTHORITY:
            return Verdict(Says.FAILED)
        if code != NOT_PAID:
            raise GatewayDown(f"Zarinpal answered {code}")
        data, _code = self._ask("inquiry", authority=gateway_id)
        if (says := STATUSES.get(str(data.get("status")))) is None:
            raise GatewayDown(f"Zarinpal says {data.get('status')}, and did not confirm it")
        return Verdict(says)

    def give_back(self, gateway_id: str, reference: str, key: str, /) -> None:
        """Raise `GatewayRefused`: it is done on Zarinpal's own pages."""
        raise GatewayRefused("money is given back on Zarinpal's own pages")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, method: str, **fields: Any) -> tuple[Mapping[str, Any], Any]:
        """Return the data of an answer, and its code, which is that of an error if there is one."""
        try:
            answer = self._client.post(
                f"{self._url}/pg/v4/payment/{method}.json",
                json={"merchant_id": self._merchant, **fields},
                headers={"Accept": "application/json"},
            )
        except (httpx.HTTPError, OSError) as reason:
            raise GatewayDown(f"Zarinpal did not answer: {type(reason).__name__}") from None
        body = read_json(answer)
        data, errors = (value if isinstance(value, dict) else {} for value in (body.get("data"), body.get("errors")))
        code = errors.get("code") or data.get("code")
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or code is None:
            raise GatewayDown(f"Zarinpal answered {answer.status_code}")
        return data, int(code) if str(code).lstrip("-").isdigit() else code
