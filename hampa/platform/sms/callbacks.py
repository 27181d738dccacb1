"""What gateways of SMS tell us by calling the site: receipts, and SMS that people send to the site's number.

Twilio signs its calls (https://www.twilio.com/docs/usage/security): `X-Twilio-Signature` is the HMAC-SHA1, by the auth
token, of the URL followed by the names and values of the form, sorted by name. Kavenegar and sms.ir sign nothing: the
address that an operator gives them has a secret in it, and may be called from some networks alone.

The fields:

- Twilio, a form: `MessageSid`, `MessageStatus` (delivered, undelivered, failed; queued, sending and sent are on the way) and
  `ErrorCode`; of an SMS that came in `From` and `Body`.
- Kavenegar, a form: `messageid` and `status` (10 delivered; 6, 11, 13 and 14 not; 1, 2, 4 and 5 on the way); of an SMS that
  came in `from` and `message`.
- sms.ir, JSON or a form, named as in its reports: `messageId` and `deliveryState` (1 delivered; 2, 4, 6 and 7 not; 3, 5 and
  8 on the way, or unknown); of an SMS that came in `mobile` and `messageText`. It documents no names for its calls.
- The webhook gateway, JSON: `id` (its own, or ours) and `state` (delivered, undelivered) with `error`; `from` and `text`.
"""

import base64
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal

from hampa.platform.config import settings
from hampa.platform.locale import phone
from hampa.platform.texts.cleaning import without_surrogates

ReceiptState = Literal["delivered", "undelivered"]
LONGEST_ID, LONGEST_ERROR, LONGEST_TEXT = 100, 100, 1600

TWILIO_STATES: Mapping[str, ReceiptState] = {
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "undelivered",
}
KAVENEGAR_STATES: Mapping[str, ReceiptState] = {
    "10": "delivered",
    "6": "undelivered",
    "11": "undelivered",
    "13": "undelivered",
    "14": "undelivered",
}
SMSIR_STATES: Mapping[str, ReceiptState] = {
    "1": "delivered",
    "2": "undelivered",
    "4": "undelivered",
    "6": "undelivered",
    "7": "undelivered",
}
WEBHOOK_STATES: Mapping[str, ReceiptState] = {"delivered": "delivered", "undelivered": "undelivered"}


@dataclass(frozen=True)
class Call:
    """A call of a gateway: where it came to and from, and its fields."""

    url: str
    address: str
    secret: str
    signature: str
    fields: Sequence[tuple[str, str]]
    message: str = ""
    """Our own name of the message, if the address has it."""


@dataclass(frozen=True)
class Receipt:
    """What a gateway says of a message that it took; `message` is our own name of it, if the gateway gives it back."""

    provider_id: str
    state: ReceiptState
    error: str | None = None
    message: str = ""


@dataclass(frozen=True)
class InboundSms:
    """An SMS that somebody sent to the site's number (E.164)."""

    number: str
    text: str


@dataclass(frozen=True)
class Provider:
    """How the calls of a gateway are read; `states` are its final ones, and all others say that it is on the way."""

    is_genuine: Callable[[Call], bool]
    states: Mapping[str, ReceiptState]
    id_field: str
    state_field: str
    error_field: str
    number_field: str
    text_field: str
    region: str = ""
    """The country of numbers without a country code, by default the site's."""


def is_twilios(call: Call) -> bool:
    """Return whether Twilio has signed a call."""
    token = settings().twilio_token
    return bool(token) and hmac.compare_digest(twilio_signature(call.url, call.fields, token), call.signature.encode())


def twilio_signature(url: str, fields: Iterable[tuple[str, str]], token: str) -> bytes:
    """Return Twilio's signature of a form that is posted to a URL."""
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(errors="surrogatepass"), "sha1"))


def knows_secret(call: Call) -> bool:
    """Return whether a call came to the secret address, from a network that may call it."""
    wanted = settings()
    secret = wanted.sms_callback_secret
    if not secret or not hmac.compare_digest(secret.encode(), call.secret.encode(errors="surrogatepass")):
        return False
    networks = wanted.sms_callback_networks
    return not networks or _is_within(call.address, networks)


def _is_within(address: str, networks: Sequence[str]) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in ip_network(network) for network in networks)


PROVIDERS: Mapping[str, Provider] = {
    "twilio": Provider(is_twilios, TWILIO_STATES, "MessageSid", "MessageStatus", "ErrorCode", "From", "Body"),
    "kavenegar": Provider(knows_secret, KAVENEGAR_STATES, "messageid", "status", "statustext", "from", "message", "IR"),
    "smsir": Provider(knows_secret, SMSIR_STATES, "messageid", "deliverystate", "", "mobile", "messagetext", "IR"),
    "webhook": Provider(knows_secret, WEBHOOK_STATES, "id", "state", "error", "from", "text"),
}
EXACT = {"twilio"}
"""The providers whose names of fields are exact; others are compared without regard to capitals."""


def find_provider(gateway: str, call: Call) -> Provider | None:
    """Return how the calls of a gateway are read, or None when it is unknown or the call is not its own."""
    provider = PROVIDERS.get(gateway)
    return provider if provider is not None and provider.is_genuine(call) else None


def read_receipt(gateway: str, call: Call) -> Receipt | None:
    """Return the receipt in a call, None if the message is still on its way or the call is none."""
    provider, fields = PROVIDERS[gateway], _fields(gateway, call)
    state = provider.states.get(fields.get(provider.state_field, "").strip())
    provider_id = fields.get(provider.id_field, "").strip()[:LONGEST_ID]
    if state is None or not provider_id:
        return None
    error = fields.get(provider.error_field, "")[:LONGEST_ERROR] or None
    return Receipt(provider_id, state, error if state == "undelivered" else None, call.message)


def read_inbound(gateway: str, call: Call) -> InboundSms | None:
    """Return the SMS in a call; None if its sender has no number that could get an answer."""
    provider, fields = PROVIDERS[gateway], _fields(gateway, call)
    try:
        region = provider.region or settings().phone_region
        number = phone.parse(_with_plus(fields.get(provider.number_field, "")), region, any_line=True)
    except phone.PhoneError:
        return None
    return InboundSms(number, fields.get(provider.text_field, "")[:LONGEST_TEXT])


def _with_plus(number: str) -> str:
    """Return a number that begins with the code of Iran as it is written abroad: gateways there leave out the plus."""
    return f"+{number}" if number.startswith("98") and len(number) == 12 else number


def _fields(gateway: str, call: Call) -> dict[str, str]:
    exact = gateway in EXACT
    return {name if exact else name.lower(): without_surrogates(value) for name, value in call.fields}
