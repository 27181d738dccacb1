"""Web push on the wire: encryption, signature, headers, answers, and which addresses are asked at all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from hampa.platform import clock
from hampa.platform.delivery.base import Answer
from hampa.platform.delivery.endpoints import parts_of_endpoint
from hampa.platform.delivery.pacing import Pacing, network_key
from hampa.platform.push.encoding import from_base64, is_browser_key, is_browser_secret, to_base64
from hampa.platform.push.encryption import RECORD_SIZE, encrypt
from hampa.platform.push.gateway import WebPushGateway
from hampa.platform.push.messages import PushMessage, PushWords
from hampa.platform.push.vapid import VapidKey, new_private_key
from hampa.platform.security import outgoing
from tests.push_server import PushBrowser, PushServer, Reply, claims_of, push_server

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CONTACT = "mailto:operator@hampa.example"
KEY = VapidKey(new_private_key())

# RFC 8291, section 5 and appendix A.
PLAINTEXT = b"When I grow up, I want to be a watermelon"
RECEIVER_KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH_SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


@pytest.fixture
def service() -> Iterator[PushServer]:
    with push_server() as server:
        yield server


@pytest.fixture
def forgotten() -> list[str]:
    return []


@pytest.fixture
def gateway(forgotten: list[str]) -> Iterator[WebPushGateway]:
    made = WebPushGateway(lambda: KEY, forgotten.append, contact=CONTACT, local=True, most_seconds=1.0)
    yield made
    made.close()


def message_to(browser: PushBrowser) -> PushMessage:
    words = PushWords("دور دریاچه", "سارا به «دور دریاچه» می‌آید.", "/notifications/7", "t" * 32, "fa", "rtl")
    return PushMessage(
        to="device-1",
        endpoint=browser.endpoint,
        public_key=browser.p256dh,
        auth=browser.auth,
        words=words,
        ttl=3600,
        urgency="high",
        topic="t" * 32,
        purpose="run_joined",
        idempotency_key="one",
    )


def test_a_message_is_encrypted_as_in_the_example_of_the_rfc():
    sender = ec.derive_private_key(int.from_bytes(from_base64(SENDER_KEY), "big"), ec.SECP256R1())
    keys = from_base64(RECEIVER_KEY), from_base64(AUTH_SECRET)
    assert to_base64(encrypt(PLAINTEXT, *keys, sender=sender, salt=from_base64(SALT), padded_to=1)) == BODY


def test_two_messages_have_nothing_alike_but_their_length():
    keys = from_base64(RECEIVER_KEY), from_base64(AUTH_SECRET)
    one, other = encrypt(b"yes", *keys), encrypt(b"rather not", *keys)
    assert len(one) == len(other) <= RECORD_SIZE
    assert one[:16] != other[:16]
    assert one[21:86] != other[21:86]
    with pytest.raises(ValueError, match="does not fit"):
        encrypt(b"x" * RECORD_SIZE, *keys)


def test_keys_of_browsers_are_told_from_anything_else():
    assert is_browser_key(RECEIVER_KEY)
    assert is_browser_secret(AUTH_SECRET)
    off_the_curve = RECEIVER_KEY[:-2] + "x4"
    for text in ("", "…", AUTH_SECRET, off_the_curve, to_base64(b"\x04" + bytes(64)), RECEIVER_KEY * 2, "A" * 88):
        assert not is_browser_key(text), text
    for text in ("", "…", RECEIVER_KEY, "AAAA"):
        assert not is_browser_secret(text), text


def test_the_browser_reads_what_was_sent_and_nobody_else(service, gateway):
    browser = PushBrowser(f"{service.url}/push/one?key=a%2Fb")
    with clock.frozen(NOON):
        assert gateway.send(message_to(browser)).answer is Answer.TAKEN
    (request,) = service.received
    assert request.path == "/push/one?key=a%2Fb"
    assert browser.read(request) == {
        "title": "دور دریاچه",
        "body": "سارا به «دور دریاچه» می‌آید.",
        "path": "/notifications/7",
        "tag": "t" * 32,
        "lang": "fa",
        "dir": "rtl",
    }
    with pytest.raises(InvalidTag):
        PushBrowser(browser.endpoint).read(request)
    assert {name: request.headers[name] for name in ("ttl", "urgency", "topic", "content-encoding")} == {
        "ttl": "3600",
        "urgency": "high",
        "topic": "t" * 32,
        "content-encoding": "aes128gcm",
    }
    claims = claims_of(request, KEY.public)
    assert claims == {"aud": service.url, "exp": int(NOON.timestamp()) + 12 * 3600, "sub": CONTACT}
    assert browser.endpoint.encode() not in request.body


def test_a_connection_is_used_again(service, gateway):
    for number in range(3):
        assert gateway.send(message_to(PushBrowser(f"{service.url}/push/{number}"))).answer is Answer.TAKEN
    assert service.connections == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_forgotten(service, gateway, forgotten, status):
    service.answer = lambda _request: Reply(status)
    assert gateway.send(message_to(PushBrowser(f"{service.url}/gone"))).answer is Answer.REFUSED
    assert forgotten == ["device-1"]


@pytest.mark.parametrize(
    ("reply", "answer", "seconds"),
    [
        (Reply(200), Answer.TAKEN, None),
        (Reply(400), Answer.REFUSED, None),
        (Reply(403, body=b"another key"), Answer.REFUSED, None),
        (Reply(413), Answer.REFUSED, None),
        (Reply(302, {"Location": "http://127.0.0.1:1/"}), Answer.REFUSED, None),
        (Reply(429, {"Retry-After": "120"}), Answer.RETRY, 120),
        (Reply(429, {"Retry-After": "Sat, 21 Nov 2026 12:05:00 GMT"}), Answer.RETRY, 300),
        (Reply(503, {"Retry-After": "soon"}), Answer.RETRY, None),
        (Reply(429, {"Retry-After": "Mon, 01 Jan 99999999999 00:00:00 GMT"}), Answer.RETRY, None),
        (Reply(500), Answer.RETRY, None),
    ],
)
def test_each_answer_is_understood(service, gateway, forgotten, reply, answer, seconds):
    service.answer = lambda _request: reply
    with clock.frozen(NOON):
        outcome = gateway.send(message_to(PushBrowser(f"{service.url}/one")))
    assert (outcome.answer, outcome.retry_after) == (answer, seconds)
    assert len(service.received) == 1, "a redirect is not followed"
    assert not forgotten


def test_a_service_that_never_comes_to_an_end_is_left(service, gateway):
    service.slow_head = True
    assert gateway.send(message_to(PushBrowser(f"{service.url}/slow"))).answer is Answer.UNKNOWN


def test_a_service_that_was_silent_twice_keeps_nobody_waiting(service, monkeypatch):
    gateway = WebPushGateway(lambda: KEY, lambda _device: None, contact=CONTACT, local=True, most_seconds=0.2)
    message = message_to(PushBrowser(f"{service.url}/slow"))
    service.slow_head = True
    assert [gateway.send(message).answer for _time in range(2)] == [Answer.UNKNOWN] * 2
    asked = len(service.received)
    service.slow_head = False
    resting = gateway.send(message)
    assert (resting.answer, len(service.received)) == (Answer.RETRY, asked)
    assert 0 < (resting.retry_after or 0) <= 60
    later = time.monotonic() + 61
    monkeypatch.setattr("hampa.platform.delivery.posting.time.monotonic", lambda: later)
    assert gateway.send(message).answer is Answer.TAKEN
    gateway.close()


def test_a_service_that_answers_slowly_rests_too_by_whatever_name_or_address(service):
    addresses = iter(f"127.0.0.{number}" for number in range(10, 20))
    service.answer = lambda _received: time.sleep(0.06) or Reply(503)
    gateway = WebPushGateway(
        lambda: KEY, lambda _device: None, local=True, resolver=lambda _host: ["127.0.0.1"], slow_seconds=0.05
    )
    message = replace(message_to(PushBrowser(f"{service.url}/slow")), person="somebody")
    assert [gateway.send(message).answer for _time in range(4)] == [Answer.RETRY] * 4
    assert len(service.received) == 2
    elsewhere = replace(message, endpoint=message.endpoint.replace("127.0.0.1", "localhost"))
    gateway.send(elsewhere)
    assert len(service.received) == 2, "the person rests under another name too"
    gateway.send(replace(elsewhere, person="somebody else"))
    assert len(service.received) == 3, "others ask it as before: an address belongs to many"
    gateway.close()
    wandering = WebPushGateway(
        lambda: KEY, lambda _device: None, local=True, resolver=lambda _host: [next(addresses)], slow_seconds=0.0
    )
    answers = [wandering.send(replace(message, person="")) for _time in range(4)]
    assert [answer.retry_after is not None for answer in answers] == [False, False, True, True]
    wandering.close()


def test_places_are_shared_out_and_the_slow_get_few():
    pacing = Pacing(slow_seconds=0.0)
    assert [pacing.begin(call, ["person a", "host x"]) > 0 for call in "123"] == [False, False, True]
    assert [pacing.begin(f"b{number}", [f"person {number}", "host x"]) > 0 for number in range(5)] == [False] * 4 + [
        True
    ]
    pacing.end("1")
    assert pacing.begin("4", ["person a", "host x"]) == 0.0, "a place that is free again"
    for call in ("2", "4", *(f"b{number}" for number in range(5))):
        pacing.end(call)
    for host in "pqr":
        pacing.note([f"host {host}"], 0.0, answered=True)
    slow = [pacing.begin(host, [f"person {host}", f"host {host}"]) > 0 for host in "pqr"]
    assert slow == [False, False, True], "of those who were slow two"
    assert pacing.begin("again", ["person s", "host p"]) > 0, "one a host"
    assert pacing.begin("quick", ["person s", "host x"]) == 0.0


def test_a_host_that_is_slow_for_one_person_is_quick_for_others():
    pacing = Pacing(slow_seconds=0.0)
    shared = ["host scripts.example", "network 203.0.113.0/24"]
    for _time in range(3):
        pacing.note(["person a", *shared], 0.0, answered=False)
    assert pacing.rest_of("person a", *shared) > 0
    assert pacing.rest_of("person b", *shared) == 0.0
    assert [pacing.begin(call, [f"person {call}", *shared]) for call in "bc"] == [0.0, 0.0], "at once"
    for call in "bc":
        pacing.end(call)
        pacing.note([f"person {call}", *shared], 0.0, answered=False)
    assert pacing.rest_of("person d", *shared) == 0.0, "they never waited there"
    assert [pacing.begin(call, [f"person {call}", *shared]) > 0 for call in "de"] == [False, True], "one at a time"


def test_an_address_belongs_to_its_network():
    assert network_key("203.0.113.7") == network_key("203.0.113.99") != network_key("203.0.114.7")
    assert network_key("2001:db8::1") == network_key("2001:db8::ffff") != network_key("2001:db8:0:1::1")


def test_a_service_that_is_not_there_is_tried_again(service, gateway):
    browser = PushBrowser(f"{service.url}/away")
    service.stop()
    assert gateway.send(message_to(browser)).answer is Answer.RETRY


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://push.example/one",
        "https://push.example:8443/one",
        "https://someone@push.example/one",
        "https://push.example/one#part",
        "https://push.example/o ne",
        "https://push.example/" + "x" * 1000,
        "ftp://push.example/one",
        "https:///one",
        "https://push.example:99999/",
        "http://127.0.0.1:9/one",
        "https://پوش.example/one",
    ],
)
def test_what_is_no_address_of_a_push_service_is_refused(endpoint):
    assert parts_of_endpoint(endpoint) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"])
def test_a_host_that_leads_inside_is_not_asked(service, forgotten, address):
    asked = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["93.184.216.34", address]

    gateway = WebPushGateway(lambda: KEY, forgotten.append, resolver=resolver)
    for endpoint in ("https://push.example/one", f"https://{'[' + address + ']' if ':' in address else address}/one"):
        outcome = gateway.send(replace(message_to(PushBrowser(endpoint)), endpoint=endpoint))
        assert (outcome.answer, outcome.error) == (Answer.REFUSED, "no public address")
    assert len(asked) == 2
    assert not service.received
    assert gateway.send(message_to(PushBrowser(f"{service.url}/one"))).answer is Answer.REFUSED, "this machine's own"
    gateway.close()


def test_a_token_names_the_service_alone_and_a_contact_only_if_there_is_one():
    with clock.frozen(NOON):
        header = KEY.authorization("https://push.example/one?secret=1", "")
    claims = json.loads(from_base64(header.removeprefix("vapid t=").split(".")[1]))
    assert claims == {"aud": "https://push.example", "exp": int((NOON + timedelta(hours=12)).timestamp())}


@pytest.fixture
def dead_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Have the servers of names not answer until the test is over; the list has what was asked for."""
    asked, over = list[str](), threading.Event()

    def never(host: str, *_more: object, **_options: object) -> list[object]:
        asked.append(host)
        over.wait(20)
        return []

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", never)
    yield asked
    over.set()


def test_a_name_that_nobody_answers_for_is_left_and_asked_for_by_few_threads(dead_names):
    for _ in range(outgoing.MOST_RESOLVING):
        with pytest.raises(TimeoutError):
            outgoing.resolve("push.example", 0.02)
    with pytest.raises(TimeoutError):
        outgoing.resolve("push.example", 0.02)
    assert len(dead_names) == outgoing.MOST_RESOLVING


def test_a_push_service_whose_name_is_not_answered_keeps_nobody_waiting(dead_names):
    gateway = WebPushGateway(
        lambda: KEY, lambda _device: None, resolver=lambda host: outgoing.resolve(host, 0.1), most_seconds=0.1
    )
    message = message_to(PushBrowser("https://push.example/one"))
    assert [gateway.send(message).answer for _time in range(4)] == [Answer.RETRY] * 4
    assert len(dead_names) == 2, "after two that were not answered it rests"
    gateway.close()
