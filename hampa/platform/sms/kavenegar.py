"""The gateway Kavenegar, of Iran, which delivers abroad too.

By its REST documentation (https://kavenegar.com/rest.html, read in November 2026):

- `POST /v1/<key>/sms/send.json` with `receptor`, `sender`, `message` and `localid` sends a text; the same `localid` is not
  sent twice. `POST /v1/<key>/verify/lookup.json` with `receptor`, `token` and `template` sends a code by an approved
  template. The key is in the path, which therefore never stands in an error.
- Every answer is `{"return": {"status", "message"}, "entries": […]}`, with the same status by HTTP. 200 is a yes, with
  `entries[0].messageid`; an entry whose own `status` is 6, 11, 13, 14 or 100 is not delivered.
- Statuses of an account or its settings: 401, 403, 404, 405, 407, 412 (sender), 416, 418 (credit), 424 (template), 426,
  427, 429 (address), 430, 432, 501. Of a message: 400, 406, 411 (recipient), 413, 414, 417, 419, 420, 422, 431. 402 and
  409: the service can't answer now. 451: too many calls.
"""

import uuid

import httpx

from hampa.platform.delivery.base import Answer, Fault, Outcome, SmsMessage
from hampa.platform.sms.http import PARALLEL, GatewayClient, post, read_json, retry_after, without_verdict

URL = "https://api.kavenegar.com"
IRAN = "+98"
YES, TOO_MANY_CALLS = 200, 451
NOT_NOW = frozenset({402, 409})
OF_ACCOUNT = frozenset({401, 403, 404, 405, 407, 412, 416, 418, 424, 426, 427, 429, 430, 432, 501})
OF_MESSAGE = frozenset({400, 406, 411, 413, 414, 417, 419, 420, 422, 431})
NOT_DELIVERED = frozenset({6, 11, 13, 14, 100})
LOCAL_ID_BITS = 62


class KavenegarGateway:
    """A client of Kavenegar; `code_template` is the template by which codes are sent, or empty."""

    name = "kavenegar"
    parallel = PARALLEL

    def __init__(self, key: str, sender: str, *, code_template: str = "", url: str = URL) -> None:
        self._url, self._sender, self._template = f"{url}/v1/{key}", sender, code_template
        self._client = GatewayClient(headers={"Accept": "application/json"})

    def send(self, message: SmsMessage, /) -> Outcome:
        """Send a message, a code by the approved template."""
        code = message.params.get("secret")
        fields = {"receptor": receptor(message.to)}
        if code is None or not self._template:
            fields |= {"message": message.text, "localid": str(local_id(message.idempotency_key))}
            if self._sender:
                fields["sender"] = self._sender
            return post(self._client, f"{self._url}/sms/send.json", _outcome, data=fields)
        fields |= {"token": str(code), "template": self._template}
        return post(self._client, f"{self._url}/verify/lookup.json", _outcome, data=fields)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def receptor(number: str) -> str:
    """Return a number (E.164) as Kavenegar takes it: 0912… in Iran, 0049… abroad."""
    return f"0{number.removeprefix(IRAN)}" if number.startswith(IRAN) else f"00{number.removeprefix('+')}"


def local_id(key: str) -> int:
    """Return a number of 62 bits that is the same for the same message."""
    return uuid.uuid5(uuid.NAMESPACE_OID, key).int >> (128 - LOCAL_ID_BITS)


def _outcome(response: httpx.Response) -> Outcome:
    body = read_json(response)
    verdict = body.get("return")
    status = verdict.get("status") if isinstance(verdict, dict) else None
    if not isinstance(verdict, dict) or not isinstance(status, int):
        return without_verdict(response)
    error = f"status {status}: {verdict.get('message')}"
    if status == YES:
        return _taken(body.get("entries"))
    if status in OF_ACCOUNT:
        return Outcome(Answer.RETRY, error=error, fault=Fault.ACCOUNT)
    if status in OF_MESSAGE:
        return Outcome(Answer.REFUSED, error=error, fault=Fault.MESSAGE)
    if status in NOT_NOW:
        return Outcome(Answer.RETRY, error=error, fault=Fault.GATEWAY)
    if status == TOO_MANY_CALLS:
        return Outcome(Answer.RETRY, error=error, retry_after=retry_after(response), fault=Fault.LIMIT)
    if response.is_server_error:
        return without_verdict(response)
    return Outcome(Answer.RETRY, error=error, fault=Fault.MESSAGE)


def _taken(entries: object) -> Outcome:
    entry = entries[0] if isinstance(entries, list) and entries else entries
    if not isinstance(entry, dict):
        return Outcome(Answer.TAKEN)
    provider_id = str(entry["messageid"]) if entry.get("messageid") else None
    if entry.get("status") in NOT_DELIVERED:
        error = f"taken, but not for this number: {entry.get('statustext')}"
        return Outcome(Answer.REFUSED, provider_id=provider_id, error=error, fault=Fault.MESSAGE)
    return Outcome(Answer.TAKEN, provider_id=provider_id)
