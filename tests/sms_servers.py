"""Services that deliver SMS, on this machine, which answer as their documentation says, and misbehave as they are told."""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came in; `fields` are those of a form or of JSON."""

    path: str
    headers: dict[str, str]
    fields: dict[str, Any]


@dataclass(frozen=True)
class Says:
    """An answer; `body` is sent as JSON unless it is text. `cut` ends the connection in the middle of it.

    `drips` ("head" or "body") sends that letter by letter.
    """

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    drips: str = ""


class Service:
    """A service whose next answers a test may script; without a script it does what its documentation says."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: list[Says] = []
        self.credit = 100
        self.before: Callable[[Asked], None] = lambda _asked: None
        self._ids = itertools.count(8_792_343)
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def next_id(self) -> int:
        self.credit -= 1
        return next(self._ids)

    def answer(self, asked: Asked) -> Says:
        raise NotImplementedError

    def handle(self, asked: Asked) -> Says:
        self.asked.append(asked)
        self.before(asked)
        return self.script.pop(0) if self.script else self.answer(asked)


class Smsir(Service):
    """A service as https://sms.ir/developer-web-service/rest-api/ describes it."""

    name = "smsir"
    key, line, template, parameter = "smsir-key", "30007732904", 123456, "CODE"
    blacklist = "9129999999"

    def says(self, status: int, message: str, http: int = 400, data: Any = None) -> Says:
        return Says(http, {"status": status, "message": message, "data": data})

    def answer(self, asked: Asked) -> Says:
        if asked.headers.get("x-api-key") != self.key:
            return self.says(10, "کلید وب سرویس نامعتبر است", 401)
        if self.credit <= 0:
            return self.says(102, "اعتبار کافی نمی‌باشد")
        if asked.path == "/v1/send/verify":
            return self._verify(asked.fields)
        if asked.path == "/v1/send/bulk":
            return self._bulk(asked.fields)
        return Says(404)

    def _verify(self, fields: dict[str, Any]) -> Says:
        if fields["templateId"] != self.template:
            return self.says(113, "قالب یافت نشد")
        (parameter,) = fields["parameters"]
        if parameter["name"] != self.parameter:
            return self.says(116, "نام یک یا چند پارامتر مقداردهی نشده‌است")
        if len(parameter["value"]) > 25:
            return self.says(114, "طول رشته مقدار پارامتر، بیش از حد مجاز می‌باشد")
        if fields["mobile"] == self.blacklist:
            return self.says(115, "شماره موبایل(ها) در لیست سیاه سامانه می‌باشند")
        return self.says(1, "موفق", 200, {"messageId": self.next_id(), "cost": 1.0})

    def _bulk(self, fields: dict[str, Any]) -> Says:
        if fields["lineNumber"] != int(self.line):
            return self.says(101, "شماره خط نامعتبر می‌باشد")
        if not all(mobile.startswith("9") and len(mobile) == 10 for mobile in fields["mobiles"]):
            return self.says(104, "درخواست شما دارای موبایل (های) نادرست است")
        if fields["mobiles"] == [self.blacklist]:
            return self.says(115, "شماره موبایل(ها) در لیست سیاه سامانه می‌باشند")
        data = {"packId": "2b99e63c-9bf8-4a21-9bfe-3f72dc1b46f1", "messageIds": [self.next_id()], "cost": 2.0}
        return self.says(1, "موفق", 200, data)


class Kavenegar(Service):
    """A service as https://kavenegar.com/rest.html describes it."""

    name = "kavenegar"
    key, sender, template = "6B2F4A", "10004346", "hampa-code"
    blocked = "09129999999"

    def says(self, status: int, message: str, entries: Any = None) -> Says:
        return Says(status, {"return": {"status": status, "message": message}, "entries": entries})

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, dict[str, Any]] = {}

    def answer(self, asked: Asked) -> Says:
        _empty, version, key, method = asked.path.split("/", 3)
        fields = asked.fields
        if (version, key) != ("v1", self.key):
            return self.says(403, "کد شناسائی API-Key معتبر نمی‌باشد")
        if self.credit <= 0:
            return self.says(418, "اعتبار حساب شما کافی نیست")
        if not fields["receptor"].startswith(("09", "00")):
            return self.says(411, "دریافت کننده نامعتبر است")
        if method == "verify/lookup.json":
            return self._lookup(fields)
        if method == "sms/send.json":
            return self._send(fields)
        return self.says(404, "متدی با این نام پیدا نشده‌است")

    def _lookup(self, fields: dict[str, Any]) -> Says:
        if fields["template"] != self.template:
            return self.says(424, "الگوی مورد نظر پیدا نشد")
        if not fields["token"] or any(char in fields["token"] for char in " \n_-"):
            return self.says(431, "ساختار کد صحیح نمی‌باشد")
        return self.says(200, "تایید شد", [self._entry(fields, f"کد: {fields['token']}")])

    def _send(self, fields: dict[str, Any]) -> Says:
        if fields.get("sender", self.sender) != self.sender:
            return self.says(412, "ارسال کننده نامعتبر است")
        local = fields["localid"]
        self.sent[local] = self.sent.get(local) or self._entry(fields, fields["message"])
        return self.says(200, "تایید شد", [self.sent[local]])

    def _entry(self, fields: dict[str, Any], message: str) -> dict[str, Any]:
        blocked = fields["receptor"] == self.blocked
        return {
            "messageid": self.next_id(),
            "message": message,
            "status": 14 if blocked else 1,
            "statustext": "بلاک شده است" if blocked else "در صف ارسال",
            "sender": self.sender,
            "receptor": fields["receptor"],
            "date": 1356619709,
            "cost": 120,
        }


class Twilio(Service):
    """A service as https://www.twilio.com/docs/messaging/api/message-resource describes it."""

    name = "twilio"
    account, token, sender = "AC" + "0" * 32, "twilio-token", "+4915735980000"
    unsubscribed, landline = "+4915739999999", "+493012345678"

    def says(self, status: int, code: int, message: str, **headers: str) -> Says:
        body = {"code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}"}
        return Says(status, body | {"status": status}, headers)

    def answer(self, asked: Asked) -> Says:
        credentials = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {credentials}":
            return self.says(401, 20003, "Authenticate")
        if asked.path != f"/2010-04-01/Accounts/{self.account}/Messages.json":
            return self.says(404, 20404, "The requested resource was not found")
        if self.credit <= 0:
            return self.says(401, 10001, "Account is not active")
        fields = asked.fields
        if fields.get("From", self.sender) != self.sender:
            return self.says(
                400, 21606, "The 'From' phone number provided is not a valid message-capable Twilio number"
            )
        if fields["To"] == self.unsubscribed:
            return self.says(400, 21610, "Attempt to send to unsubscribed recipient")
        if fields["To"] == self.landline:
            return self.says(400, 21635, "'To' number cannot be a landline")
        if len(fields["To"]) < 9:
            return self.says(400, 21211, f"Invalid 'To' Phone Number: {fields['To']}")
        sid = f"SM{self.next_id():032x}"
        return Says(201, {"sid": sid, "status": "queued", "to": fields["To"], "error_code": None})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def running(service: Service) -> Iterator[Any]:
    """Run a service."""
    server = service._server
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield service
    server.shutdown()
    server.server_close()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if headers.get("content-type", "").startswith("application/json"):
                fields = json.loads(body)
            else:
                asked = body.decode() or urlsplit(self.path).query
                fields = {name: values[-1] for name, values in parse_qs(asked, True).items()}
            said = service.handle(Asked(urlsplit(self.path).path, headers, fields))
            text = said.body if isinstance(said.body, str) else json.dumps(said.body)
            written = text.encode()
            self.send_response(said.status)
            length = len(written) + (100 if said.cut else 0)
            for name, value in {**said.headers, "Content-Length": str(length)}.items():
                self.send_header(name.replace("_", "-"), value)
            if said.drips == "head":
                self._drip(b"X-Slow: " + b"x" * 2_000)
            self.end_headers()
            if said.drips == "body":
                self._drip(written)
            self.wfile.write(written)
            self.wfile.flush()
            self.close_connection = said.cut

        def _drip(self, content: bytes) -> None:
            self.flush_headers()
            for letter in content:
                self.wfile.write(bytes([letter]))
                self.wfile.flush()
                time.sleep(0.01)

        def log_message(self, format: str, *args: Any) -> None:
            """Not on the terminal of the tests."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ValueError):
                self.close_connection = True

    return Handler
