"""The gateway Twilio, which delivers in nearly every country.

By its documentation (https://www.twilio.com/docs/messaging/api/message-resource and /docs/api/errors, read in November
2026):

- `POST /2010-04-01/Accounts/<account>/Messages.json`, a form with `To`, `From` or `MessagingServiceSid` (MG…), `Body`,
  `StatusCallback`, `ValidityPeriod` (seconds after which it is not delivered any more), with HTTP Basic authentication.
  201 with `sid` is a yes; its state comes later to the callback.
- Errors are `{"code", "message", "status"}`. A request that is answered by 429 (20429) was not processed. 21611: the
  sender's queue is full.
- Of the account or its settings: 10001 and 30002 (suspended, as without credit), 20003 (key), 21212, 21603, 21606, 21659
  and 21660 (sender), 21408 (country not allowed), 21703 and 21705 (messaging service), 30038. Of the message: 21211, 21214,
  21217, 21265, 21602, 21604, 21610 (unsubscribed), 21612, 21614, 21617, 21635 and, of trial accounts, 21608.

It has no documented key against sending twice: after a time-out the message may have been taken. Its receipts name our
message too, so that a time-out can still turn out well.
"""

import httpx

from hampa.platform.delivery.base import Answer, Fault, Outcome, SmsMessage
from hampa.platform.sms.http import PARALLEL, GatewayClient, post, read_json, retry_after, without_verdict

URL = "https://api.twilio.com"
SERVICE = "MG"
QUEUE_FULL = frozenset({20429, 21611})
OF_ACCOUNT = frozenset({10001, 30002, 20003, 21212, 21408, 21603, 21606, 21659, 21660, 21703, 21705, 30038})
OF_MESSAGE = frozenset({21211, 21214, 21217, 21265, 21602, 21604, 21608, 21610, 21612, 21614, 21617, 21635})
LONGEST_VALIDITY = 36_000


class TwilioGateway:
    """A client of one account; `sender` is a number, a name, or a messaging service (MG…)."""

    name = "twilio"
    parallel = PARALLEL

    def __init__(self, account: str, token: str, sender: str, *, receipts_url: str, url: str = URL) -> None:
        self._url = f"{url}/2010-04-01/Accounts/{account}/Messages.json"
        self._sender, self._receipts_url = sender, receipts_url
        self._client = GatewayClient(auth=httpx.BasicAuth(account, token))

    def send(self, message: SmsMessage, /) -> Outcome:
        """Send a message."""
        fields = {
            "To": message.to,
            "MessagingServiceSid" if self._sender.startswith(SERVICE) else "From": self._sender,
            "Body": message.text,
        }
        if self._receipts_url.startswith("https://"):  # Twilio refuses addresses that it can't reach
            fields["StatusCallback"] = f"{self._receipts_url}?message={message.idempotency_key}"
        if message.valid_seconds is not None:
            fields["ValidityPeriod"] = str(max(1, min(message.valid_seconds, LONGEST_VALIDITY)))
        return post(self._client, self._url, _outcome, data=fields)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _outcome(response: httpx.Response) -> Outcome:
    body = read_json(response)
    if response.is_success:
        sid = body.get("sid")
        return Outcome(Answer.TAKEN, provider_id=str(sid)) if sid else without_verdict(response)
    code = body.get("code")
    error = f"error {code}: {body.get('message')}"
    if code in OF_ACCOUNT:
        return Outcome(Answer.RETRY, error=error, fault=Fault.ACCOUNT)
    if code in OF_MESSAGE:
        return Outcome(Answer.REFUSED, error=error, fault=Fault.MESSAGE)
    if code in QUEUE_FULL:
        return Outcome(Answer.RETRY, error=error, retry_after=retry_after(response), fault=Fault.LIMIT)
    return without_verdict(response)
