"""Gateways of payments on this machine, which answer as their documentation says, and misbehave as they are told."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

from tests.sms_servers import Asked, Says, Service


class Zarinpal(Service):
    """A service as https://zarinpal.com/docs/paymentGateway describes it; `charges` are by authority."""

    name: ClassVar[str] = "zarinpal"
    merchant = "1344b5d4-0048-11e8-94db-005056a205be"

    def __init__(self) -> None:
        super().__init__()
        self.charges: dict[str, dict[str, Any]] = {}

    def pay(self, authority: str, status: str = "PAID") -> None:
        self.charges[authority]["status"] = status

    def answer(self, asked: Asked) -> Says:
        fields = asked.fields
        if fields.get("merchant_id") != self.merchant:
            return self._error(-10, "Terminal is not valid, please check merchant_id or ip address.")
        method = asked.path.removeprefix("/pg/v4/payment/")
        if method == "request.json":
            return self._request(fields)
        charge = self.charges.get(str(fields.get("authority")))
        if charge is None:
            return self._error(-54, "Invalid authority.")
        if method == "inquiry.json":
            return self._data({"status": charge["status"], "code": 100, "message": "Success"})
        if method != "verify.json":
            return Says(404)
        if fields["amount"] != charge["amount"]:
            return self._error(-50, "Session is not valid, amounts values is not the same.")
        if charge["status"] == "VERIFIED":
            return self._data({"code": 101, "message": "Verified", "ref_id": 201, "fee_type": "Merchant", "fee": 0})
        if charge["status"] != "PAID":
            return self._error(-51, "Session is not valid, session is not active paid try.")
        charge["status"] = "VERIFIED"
        card = {"card_hash": "1EBE3EBEBE35C7EC", "card_pan": "502229******5995"}
        return self._data({"code": 100, "message": "Paid", "ref_id": 201, "fee_type": "Merchant", "fee": 0, **card})

    def _request(self, fields: dict[str, Any]) -> Says:
        if fields["amount"] < 10_000 or not fields["description"] or not fields["callback_url"]:
            return self._error(-9, "The input params invalid, validation error.")
        authority = f"A{self.next_id():035d}"
        self.charges[authority] = {"amount": fields["amount"], "status": "IN_BANK"}
        return self._data(
            {"code": 100, "message": "Success", "authority": authority, "fee_type": "Merchant", "fee": 100}
        )

    def _data(self, data: dict[str, Any]) -> Says:
        return Says(200, {"data": data, "errors": []})

    def _error(self, code: int, message: str) -> Says:
        return Says(422, {"data": [], "errors": {"code": code, "message": message, "validations": []}})


class Stripe(Service):
    """A service as https://docs.stripe.com/api describes checkouts and refunds; `sessions` are by id."""

    name: ClassVar[str] = "stripe"
    key, webhook_secret = "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "whsec_dGVzdHNlY3JldA"

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, Any] = {}
        self.refunded: list[str] = []
        self._numbers = itertools.count(1)

    def pay(self, session_id: str, **values: Any) -> None:
        self.sessions[session_id] |= {"status": "complete", "payment_status": "paid", **values}

    def answer(self, asked: Asked) -> Says:
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            return Says(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}})
        key = asked.headers.get("idempotency-key", "")
        if key and key in self.by_key:
            return Says(200, self.by_key[key])
        if asked.path == "/v1/checkout/sessions":
            answer = self._create(asked.fields)
        elif asked.path == "/v1/refunds":
            if asked.fields["payment_intent"] in self.refunded:
                return self._wrong("charge_already_refunded")
            self.refunded.append(asked.fields["payment_intent"])
            answer = Says(200, {"id": "re_1", "object": "refund", "status": "succeeded"})
        elif (session := self.sessions.get(asked.path.rpartition("/")[2])) is not None:
            return Says(200, self._expanded(session) if "payment_intent" in str(asked.fields) else session)
        else:
            return self._wrong("resource_missing", 404)
        if key:
            self.by_key[key] = answer.body
        return answer

    def _expanded(self, session: dict[str, Any]) -> dict[str, Any]:
        intent = session["payment_intent"]
        charge = {"id": "ch_1", "object": "charge", "refunded": intent in self.refunded}
        is_paid = session["payment_status"] == "paid"
        shown = {"id": intent, "object": "payment_intent", "latest_charge": charge if is_paid else None}
        return {**session, "payment_intent": shown}

    def _create(self, fields: dict[str, Any]) -> Says:
        amount = int(fields["line_items[0][price_data][unit_amount]"])
        if amount < 50:
            return self._wrong("amount_too_small")
        nth = next(self._numbers)
        session = {
            "id": f"cs_test_{nth}",
            "object": "checkout.session",
            "amount_total": amount,
            "currency": fields["line_items[0][price_data][currency]"],
            "client_reference_id": fields["client_reference_id"],
            "payment_intent": f"pi_{nth}",
            "payment_status": "unpaid",
            "status": "open",
            "url": f"{self.url}/c/pay/cs_test_{nth}",
        }
        self.sessions[str(session["id"])] = session
        return Says(200, session)

    def _wrong(self, code: str, status: int = 400) -> Says:
        return Says(status, {"error": {"type": "invalid_request_error", "code": code, "message": code}})
