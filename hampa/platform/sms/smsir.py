"""The gateway sms.ir, which delivers in Iran.

By its REST documentation (https://sms.ir/developer-web-service/rest-api/, read in November 2026):

- `POST /v1/send/verify` with `mobile`, `templateId` and `parameters` sends a code by a template that sms.ir has approved,
  also to phones that block advertisements; a value has 25 characters at most. `POST /v1/send/bulk` with `lineNumber`,
  `messageText` and `mobiles` sends a text. The key is in the header `X-API-KEY`.
- Every answer is `{"status", "message", "data"}`; 1 is a yes, with `data.messageId` or `data.messageIds`. Logical errors
  come with HTTP 400, wrong keys with 401, too many requests with 429, others with 500.
- Statuses of an account or its settings: 10 to 15, 101, 102 (credit), 113, 116, 119, 123, 124. Of a message: 16, 103 to
  112, 114, 115 (the number is on a blacklist), 117, 118. 20: too many requests. 0: an error.

It has no key against sending twice: after a time-out the message may have been taken.
"""

from typing import Any

import httpx

from hampa.platform.delivery.base import Answer, Fault, Outcome, SmsMessage
from hampa.platform.sms.http import PARALLEL, GatewayClient, post, read_json, retry_after, without_verdict

URL = "https://api.sms.ir"
IRAN = "+98"
YES, TOO_MANY_REQUESTS = 1, 20
OF_ACCOUNT = frozenset({10, 11, 12, 13, 14, 15, 101, 102, 113, 116, 119, 123, 124})
OF_MESSAGE = frozenset({16, *range(103, 113), 114, 115, 117, 118})


class SmsirGateway:
    """A client of sms.ir; `code_template` is `id:PARAMETER`, by which codes are sent, or empty."""

    name = "smsir"
    parallel = PARALLEL

    def __init__(self, key: str, line: str, *, code_template: str = "", url: str = URL) -> None:
        self._url, self._line = url, line
        self._template, _colon, self._parameter = code_template.partition(":")
        self._client = GatewayClient(headers={"X-API-KEY": key, "Accept": "application/json"})

    def send(self, message: SmsMessage, /) -> Outcome:
        """Send a message, a code by the approved template."""
        if not message.to.startswith(IRAN):
            return Outcome(Answer.REFUSED, error="sms.ir delivers in Iran alone", fault=Fault.MESSAGE)
        mobile = message.to.removeprefix(IRAN)
        code = message.params.get("secret")
        if code is None or not self._template:
            body: dict[str, Any] = {"lineNumber": int(self._line), "messageText": message.text, "mobiles": [mobile]}
            return post(self._client, f"{self._url}/v1/send/bulk", _outcome, json=body)
        parameters = [{"name": self._parameter or "CODE", "value": str(code)}]
        body = {"mobile": mobile, "templateId": int(self._template), "parameters": parameters}
        return post(self._client, f"{self._url}/v1/send/verify", _outcome, json=body)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _outcome(response: httpx.Response) -> Outcome:
    body = read_json(response)
    status = body.get("status")
    if not isinstance(status, int) or response.is_server_error:
        return without_verdict(response)
    error = f"status {status}: {body.get('message')}"
    if status == YES:
        found = body.get("data")
        data = found if isinstance(found, dict) else {}
        ids = data.get("messageIds", [data.get("messageId")])
        if ids == [None] and "messageIds" in data:
            return Outcome(Answer.REFUSED, error="taken, but not for this number", fault=Fault.MESSAGE)
        return Outcome(Answer.TAKEN, provider_id=str(ids[0]) if isinstance(ids, list) and ids and ids[0] else None)
    if status in OF_ACCOUNT:
        return Outcome(Answer.RETRY, error=error, fault=Fault.ACCOUNT)
    if status in OF_MESSAGE:
        return Outcome(Answer.REFUSED, error=error, fault=Fault.MESSAGE)
    if status == TOO_MANY_REQUESTS:
        return Outcome(Answer.RETRY, error=error, retry_after=retry_after(response), fault=Fault.LIMIT)
    if response.is_success:
        return Outcome(Answer.UNKNOWN, error=error, fault=Fault.GATEWAY)
    return Outcome(Answer.RETRY, error=error, fault=Fault.MESSAGE)
