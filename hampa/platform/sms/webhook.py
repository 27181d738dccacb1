"""The gateway that POSTs each SMS to a URL of the operator, which delivers it.

    POST <HAMPA_SMS_WEBHOOK_URL>
    Authorization: Bearer <HAMPA_SMS_WEBHOOK_TOKEN>
    Idempotency-Key: <id>

    {"id", "to", "text", "purpose", "template", "params"}

Answers: 2xx, the message is taken (`{"id": "…"}` in the body may name it); 429 and 503, it is not taken and will be sent
again (after `Retry-After` in seconds); 401, 403 and redirects, it is not taken until an operator corrects a setting; any
other 4xx, it will never be taken; any other 5xx, it may have been taken. The same `id` may come twice and must be
delivered once.
"""

import httpx

from hampa.platform.delivery.base import Answer, Fault, Outcome, SmsMessage
from hampa.platform.sms.http import ERROR_LENGTH, PARALLEL, TOO_MANY, GatewayClient, post, read_json, without_verdict

SETTINGS_WRONG = frozenset({401, 403})
NO_ANSWER_YET = 408


class WebhookGateway:
    """A client of one URL, with a few connections that stay open."""

    name = "webhook"
    parallel = PARALLEL

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._client = GatewayClient(headers={"Authorization": f"Bearer {token}"} if token else {})

    def send(self, message: SmsMessage, /) -> Outcome:
        """POST a message."""
        body = {name: getattr(message, name) for name in ("to", "text", "purpose", "template")}
        body |= {"id": message.idempotency_key, "params": dict(message.params)}
        headers = {"Idempotency-Key": message.idempotency_key}
        return post(self._client, self._url, _outcome, json=body, headers=headers)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _outcome(response: httpx.Response) -> Outcome:
    if response.is_success:
        name = read_json(response).get("id")
        return Outcome(Answer.TAKEN, provider_id=None if name is None else str(name))
    if response.is_client_error and response.status_code not in (*SETTINGS_WRONG, NO_ANSWER_YET, TOO_MANY):
        error = f"answered {response.status_code}: {response.text[:ERROR_LENGTH]}"
        return Outcome(Answer.REFUSED, error=error, fault=Fault.MESSAGE)
    return without_verdict(response)
