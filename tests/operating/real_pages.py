"""A browser of the checking kind (`tests.page`) for a site that runs in processes of its own."""

from __future__ import annotations

import re
from typing import Any

import httpx
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from tests.browser.site import Site
from tests.page import Answer, Page

CODE = re.compile(r"#(\d{6})\s*$")
OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding", "connection")


class Wire:
    """What a `Page` asks, over HTTP, with the cookies of one browser."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60)

    def open(
        self, url: str, *, method: str, headers: dict[str, str], data: Any = None, query_string: Any = None
    ) -> Response:
        fields = MultiDict(data).to_dict(flat=False) if data is not None else None
        params = MultiDict(query_string).to_dict(flat=False) if query_string is not None else None
        answer = self.http.request(method, url, headers=headers, data=fields, params=params)
        given = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in OF_THE_WIRE]
        return Response(answer.content, answer.status_code, given)


class RealPage(Page):
    """One browser on a running site."""

    def __init__(self, site: Site, language: str) -> None:
        self.site, self.language, self.fragments = site, language, False
        self.client: Any = Wire(site.url)

    def _plain(self) -> RealPage:
        return self

    def prove(self, phone: str) -> Answer:
        """Prove a number by the code that is sent to it; return the page to which that leads."""
        before = sum(one["purpose"] == "sign_in_code" for one in self.site.messages(phone))
        asked = self.get("/login", 200).form("/login").fill(phone=phone).submit(status=303).follow()
        found = CODE.search(self.site.message(phone, "sign_in_code", after=before))
        assert found, "no code at the end of the SMS"
        return asked.form("/login/code").fill(code=found[1]).submit(status=303).follow()

    def sign_in(self, phone: str, name: str = "") -> Answer:
        """Sign in by a code; who is new says their name."""
        landed = self.prove(phone)
        if landed.url.startswith("/welcome"):
            landed = landed.form("/welcome").fill(name=name, locale=self.language).submit(status=303).follow()
        assert self.get("/me", 200).is_html, "nobody is signed in"
        return landed
