"""Sign-in by a provider of OpenID Connect (Core 1.0): the authorization code with PKCE, and checked id_tokens.

What the provider says of itself (its discovery document) and its keys are kept for an hour. A key that is not among
them is looked for anew, once in half a minute at most. Every call is bounded in time and bytes, and so is the number of
those that wait: a slow provider must not hold the threads of the site. Authlib, joserfc and httpx are imported when
somebody comes this way, because they take some megabytes.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from flask import current_app

from hampa.platform import clock
from hampa.platform.config import Settings, settings
from hampa.platform.mail import addresses
from hampa.platform.security.ip_addresses import is_loopback
from hampa.platform.security.outgoing import Wire
from hampa.platform.texts.cleaning import without_surrogates

WELL_KNOWN: Final = "/.well-known/openid-configuration"
TIMEOUT: Final = {"connect": 2.0, "read": 4.0, "write": 2.0, "pool": 1.0}
MOST_SECONDS = 5.0
"""The limit of each call; a sign-in makes three at most."""
MOST_BYTES = 262_144
MOST_WAITING = 3
"""How many threads of a process may wait for the provider; others are told at once that it is busy."""
KEEP_SECONDS = 3_600.0
REST_SECONDS = 15.0
"""How long a provider that could not be reached is not asked for its document again."""
REFRESH_SECONDS = 30.0
LEEWAY_SECONDS = 60
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key pair; none and those by a shared secret are refused, whatever the provider offers."""
KEY_TYPES: Final = ("RSA", "EC", "OKP")
NEEDED: Final = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")

# httpx would log a line for each call.
logging.getLogger("httpx").setLevel(logging.WARNING)


class ProviderError(Exception):
    """The provider can't be reached, is busy, or does not speak the protocol."""


class RefusedAnswer(Exception):
    """An answer that the provider gave, or that somebody forged, signs nobody in; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The account of a person at the provider; `email` is "" unless the provider has verified the address."""

    issuer: str
    subject: str
    email: str


@dataclass
class _Kept:
    """A document of the provider, and when it was read."""

    content: dict[str, Any] = field(default_factory=dict)
    read_at: float = float("-inf")
    failed_at: float = float("-inf")


class Provider:
    """The provider that the settings name. It is used by many threads."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self.client_id = client_id
        self._url, self._secret = url, client_secret
        self._document, self._keys = _Kept(), _Kept()
        self._lock = threading.Lock()
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)

    def check(self) -> None:
        """Read the discovery document and the keys. Raise ProviderError for those that sign nobody in."""
        from joserfc.errors import JoseError

        try:
            self._key_set(self._metadata(), anew=False)
        except JoseError:
            raise ProviderError("it has no usable key that could sign an id_token") from None

    def authorization_url(self, *, state: str, nonce: str, verifier: str, redirect_uri: str, locale: str) -> str:
        """Return where the person signs in at the provider. Raise ProviderError."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        return str(
            prepare_grant_uri(
                self._metadata()["authorization_endpoint"],
                self.client_id,
                "code",
                redirect_uri,
                "openid email",
                state,
                nonce=nonce,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
                ui_locales=locale,
            )
        )

    def identity(self, *, code: str, issuer: str | None, nonce: str, verifier: str, redirect_uri: str) -> Identity:
        """Return who has signed in at the provider, by the code and the issuer of its answer.

        Raise RefusedAnswer and ProviderError.
        """
        metadata = self._metadata()
        _check_issuer(metadata, issuer)
        tokens = self._exchange(metadata, code, verifier, redirect_uri)
        claims = self._claims(metadata, tokens, nonce)
        email = _verified_address(claims)
        if _tells_no_address(claims) and metadata.get("userinfo_endpoint") and tokens.get("access_token"):
            email = _verified_address(self._userinfo(metadata, tokens["access_token"], claims["sub"]))
        return Identity(issuer=metadata["issuer"], subject=claims["sub"], email=email)

    def _exchange(self, metadata: Mapping[str, Any], code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        """Return the tokens for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        import httpx

        auth = None
        if "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            auth = httpx.BasicAuth(_form_encoded(self.client_id), _form_encoded(self._secret))
        else:
            form |= {"client_id": self.client_id, "client_secret": self._secret}
        status, tokens = self._call("POST", metadata["token_endpoint"], data=form, auth=auth)
        if status >= 500 or status == 429:
            raise ProviderError(f"the token endpoint answered {status}")
        if status != 200:
            raise RefusedAnswer(f"the token endpoint answered {status} {_text(tokens.get('error'))[:60]}")
        if not isinstance(tokens.get("id_token"), str):
            raise RefusedAnswer("there is no id_token")
        return tokens

    def _claims(self, metadata: Mapping[str, Any], tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """Return the claims of the id_token once its signature, issuer, audience, times and nonce are right."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        offered = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        algorithms = [name for name in ALGORITHMS if name in offered]
        try:
            key = self._key_of(metadata, tokens["id_token"])
            token = jwt.decode(tokens["id_token"], key, algorithms=algorithms)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": metadata["issuer"]},
                    "aud": {"essential": True, "value": self.client_id},
                    "exp": {"essential": True},
                    "sub": {"essential": True},
                },
                params={"nonce": nonce, "client_id": self.client_id, "access_token": tokens.get("access_token")},
            )
            claims.validate(int(clock.now().timestamp()), LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as wrong:
            raise RefusedAnswer(f"the id_token is wrong: {type(wrong).__name__} {wrong}"[:200]) from None
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255 or subject != without_surrogates(subject):
            raise RefusedAnswer("the id_token names nobody")
        return dict(claims)

    def _key_of(self, metadata: Mapping[str, Any], id_token: str) -> Any:
        """Return the key that an id_token says it was signed with. Raise JoseError if the provider has no such key."""
        from joserfc import jws
        from joserfc.errors import InvalidKeyIdError, MissingKeyError

        header = jws.extract_compact(id_token.encode()).headers()
        for attempt in range(2):
            try:
                return self._key_set(metadata, anew=attempt == 1).get_by_kid(header.get("kid"))
            except (InvalidKeyIdError, MissingKeyError):
                # The provider may have changed its keys since they were read, just now or not long ago.
                if attempt == 1 or time.monotonic() - self._keys.read_at < REFRESH_SECONDS:
                    raise
        raise AssertionError("unreachable")

    def _key_set(self, metadata: Mapping[str, Any], *, anew: bool) -> Any:
        from joserfc.jwk import KeySet

        document = self._read(self._keys, metadata["jwks_uri"], anew=anew)
        keys = document.get("keys")
        usable = [
            key
            for key in (keys if isinstance(keys, list) else [])
            if isinstance(key, dict) and key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"
        ]
        return KeySet.import_key_set({"keys": usable})

    def _userinfo(self, metadata: Mapping[str, Any], access_token: str, subject: str) -> dict[str, Any]:
        """Return what the provider says of the person, of whom it must be (OpenID Connect Core 5.3.2)."""
        headers = {"Authorization": f"Bearer {access_token}"}
        status, claims = self._call("GET", metadata["userinfo_endpoint"], headers=headers)
        if status != 200:
            raise ProviderError(f"the userinfo endpoint answered {status}")
        if claims.get("sub") != subject:
            raise RefusedAnswer("the userinfo endpoint told of somebody else")
        return claims

    def _metadata(self) -> dict[str, Any]:
        document = self._read(self._document, self._url)
        if self._url != str(document.get("issuer", "")).rstrip("/") + WELL_KNOWN:
            raise ProviderError("the discovery document is that of another issuer")
        for name in NEEDED:
            if not _is_safe(document.get(name)):
                raise ProviderError(f"the discovery document has no usable {name}")
        return document

    def _read(self, kept: _Kept, url: str, *, anew: bool = False) -> dict[str, Any]:
        """Return a document of the provider, kept or, when it is too old, read anew."""
        if not anew and time.monotonic() - kept.read_at < KEEP_SECONDS:
            return kept.content
        if not self._lock.acquire(timeout=MOST_SECONDS):
            raise ProviderError("the provider is being asked already, and does not answer")
        try:
            now = time.monotonic()
            if now - kept.read_at < (REFRESH_SECONDS if anew else KEEP_SECONDS):
                return kept.content
            if now - kept.failed_at < REST_SECONDS:
                raise ProviderError("the provider could not be reached just before")
            try:
                status, content = self._call("GET", url)
                if status != 200:
                    raise ProviderError(f"a document of the provider answered {status}")
            except ProviderError:
                kept.failed_at = time.monotonic()
                raise
            kept.content, kept.read_at = content, time.monotonic()
            return content
        finally:
            self._lock.release()

    def _call(self, method: str, url: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON object of an answer; {} in place of anything else. Raise ProviderError."""
        import httpx

        if not self._waiting.acquire(blocking=False):
            raise ProviderError("too many people wait for the provider already")
        wire = Wire()
        try:
            with (
                wire.cut_after(MOST_SECONDS),
                httpx.Client(timeout=httpx.Timeout(**TIMEOUT), follow_redirects=False, trust_env=False) as client,
                client.stream(method, url, **{"headers": {}, **more, "extensions": {"trace": wire.watch}}) as answer,
            ):
                body = b""
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise ProviderError("the provider answered too much")
                return answer.status_code, _json_object(body)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failed:
            raise ProviderError(f"{type(failed).__name__} at {urlsplit(url).hostname}") from None
        finally:
            self._waiting.release()


def is_offered(wanted: Settings | None = None) -> bool:
    """Return whether the operator has named a provider."""
    return bool((wanted or settings()).openid_url)


def provider() -> Provider:
    """Return the provider of the settings, with what it has said of itself so far."""
    wanted = settings()
    named = (wanted.openid_url, wanted.openid_client_id, wanted.openid_client_secret)
    kept = current_app.extensions.get("hampa.openid")
    if kept is None or kept[0] != named:
        kept = current_app.extensions["hampa.openid"] = (named, Provider(*named))
    found: Provider = kept[1]
    return found


def _check_issuer(metadata: Mapping[str, Any], issuer: str | None) -> None:
    """Raise RefusedAnswer unless the answer is that of this provider, and not of another one (RFC 9207)."""
    if issuer is None and metadata.get("authorization_response_iss_parameter_supported") is not True:
        return
    if issuer != metadata["issuer"]:
        raise RefusedAnswer("the answer is that of another issuer")


def _is_safe(url: object) -> bool:
    """Return whether an address is one by HTTPS, or at this machine."""
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _form_encoded(text: str) -> str:
    """Return an id or a secret as it stands in the header of a client (RFC 6749 §2.3.1)."""
    return urlencode({"": text})[1:]


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _tells_no_address(claims: Mapping[str, Any]) -> bool:
    """Return whether an id_token leaves addresses to the userinfo endpoint: who says of one half says it of both."""
    return "email" not in claims and "email_verified" not in claims


def _verified_address(claims: Mapping[str, Any]) -> str:
    """Return the address that one answer says is verified, "" for none: two answers are never put together."""
    return _address(claims.get("email")) if claims.get("email_verified") is True else ""


def _address(value: object) -> str:
    """Return a mail address as we write them, "" for one that we would send nothing to."""
    try:
        return addresses.parse(_text(value))
    except ValueError:
        return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
