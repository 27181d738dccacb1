"""A message to one browser, and the words in it."""

import json
from dataclasses import dataclass
from typing import Literal

Urgency = Literal["very-low", "low", "normal", "high"]
LONGEST_TITLE, LONGEST_BODY = 80, 280
"""In letters; a push service takes 4,096 bytes, and nobody reads more on a lock screen."""


@dataclass(frozen=True)
class PushWords:
    """What a browser shows: `path` is opened by a tap, and a later message with the same `tag` takes its place."""

    title: str
    body: str
    path: str
    tag: str
    language: str
    direction: str

    def payload(self) -> bytes:
        """Return the words as the service worker reads them."""
        words = {
            "title": _shortened(self.title, LONGEST_TITLE),
            "body": _shortened(self.body, LONGEST_BODY),
            "path": self.path,
            "tag": self.tag,
            "lang": self.language,
            "dir": self.direction,
        }
        return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class PushMessage:
    """A message to one subscription, whose id is `to`; `public_key` and `auth` are the browser's, in base64url.

    The push service keeps it for `ttl` seconds while the browser is away, and of those with one `topic` the last.
    """

    to: str
    endpoint: str
    public_key: str
    auth: str
    words: PushWords
    ttl: int
    urgency: Urgency
    topic: str
    purpose: str
    idempotency_key: str
    person: str = ""
    """Whose device it is, as far as known."""

    @property
    def text(self) -> str:
        """The words as plain text."""
        return f"{self.words.title}\n{self.words.body}\n{self.words.path}"

    @property
    def veiled(self) -> str:
        """The text for logs: it has no secrets."""
        return self.text


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
