"""The provider of OpenID Connect that tests start, and a person's browser at it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

HERE = Path(__file__).parent / "provider"
CLIENT_ID, CLIENT_SECRET = "hampa", "a-secret-that-is-long-enough-for-hs256-too"
MOST_STEPS = 12


class Provider:
    """A running provider, and whoever signs in there."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a site that uses it."""
        return {
            "openid_url": f"{self.issuer}/.well-known/openid-configuration",
            "openid_client_id": CLIENT_ID,
            "openid_client_secret": CLIENT_SECRET,
            "openid_name": "Tailwind",
        }

    def set(self, **values: object) -> None:
        """Set what the provider does; what is not named is as usual. With `restart` it has new keys and no memory."""
        httpx.post(f"{self.issuer}/test", content=json.dumps(values), timeout=5).raise_for_status()

    def sign_in(self, url: str, name: str) -> str:
        """Sign in under a name by the forms of the provider, agree, and return where it leads back to."""
        with httpx.Client(timeout=10) as browser:
            answer = browser.get(url)
            for _step in range(MOST_STEPS):
                if answer.is_redirect:
                    target = urljoin(str(answer.url), answer.headers["Location"])
                    if not target.startswith(self.issuer):
                        return target
                    answer = browser.get(target)
                    continue
                assert answer.status_code == 200, answer.text[:500]
                action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="([a-z]+)"', answer.text)
                assert action and prompt, answer.text[:500]
                fields = {"prompt": prompt[1], "login": name, "password": "any"}
                answer = browser.post(urljoin(str(answer.url), action[1]), data=fields)
        raise AssertionError("the provider leads nowhere")

    def deny(self, url: str) -> str:
        """Go to the provider, cancel there, and return where it leads back to."""
        with httpx.Client(timeout=10, follow_redirects=True) as browser:
            answer = browser.get(url)
            cancel = re.search(r'href="([^"]+/abort)"', answer.text)
            assert cancel, answer.text[:500]
            browser.follow_redirects = False
            answer = browser.get(urljoin(str(answer.url), cancel[1]))
            while answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["Location"])
                if not target.startswith(self.issuer):
                    return target
                answer = browser.get(target)
        raise AssertionError("the provider leads nowhere")


def changed(url: str, **values: str | None) -> str:
    """Return a URL with other values in its query; None leaves one out."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **values}
    return parts._replace(query=urlencode({k: v for k, v in query.items() if v is not None})).geturl()


@contextmanager
def running(redirect_uri: str) -> Iterator[Provider]:
    """Run the provider for a site with this address to come back to. It needs node, and npm's registry at first."""
    installed = subprocess.run([HERE / "install"], stdout=subprocess.PIPE, text=True, check=True)
    command = ["node", HERE / "provider.mjs", installed.stdout.strip(), redirect_uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            port = next((int(line) for line in process.stdout if line.strip().isdigit()), None)
            assert port, "the provider did not start: see tests/openid/provider"
            yield Provider(port)
        finally:
            process.terminate()
