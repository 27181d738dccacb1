"""What a provider of OpenID Connect may say of somebody: ids that are none, and addresses that it did not verify."""

from __future__ import annotations

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from hampa.platform.openid import WELL_KNOWN, Provider, RefusedAnswer

ISSUER = "https://id.example"
KEY = ECKey.generate_key("P-256", {"kid": "1", "use": "sig"})


def identity_by(claims: dict[str, Any], **header: Any) -> Any:
    """Return who signs in by an id_token with these claims."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": "client", "exp": now + 60, "iat": now, "nonce": "n", "sub": "somebody"}
    token = jwt.encode({"alg": "ES256", "kid": "1", **header}, usual | claims, KEY, algorithms=["ES256", "none"])
    pages = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    answers: dict[str, dict[str, Any]] = {
        f"{ISSUER}{WELL_KNOWN}": {"issuer": ISSUER, "id_token_signing_alg_values_supported": ["ES256"]}
        | {name: f"{ISSUER}/{name}" for name in pages},
        f"{ISSUER}/jwks_uri": {"keys": [KEY.as_dict(private=False)]},
        f"{ISSUER}/token_endpoint": {"id_token": token},
    }
    provider = Provider(f"{ISSUER}{WELL_KNOWN}", "client", "secret")
    provider._call = lambda _method, url, **_more: (200, answers[url])  # type: ignore[method-assign]
    return provider.identity(code="c", issuer=None, nonce="n", verifier="v", redirect_uri="https://hampa.example/back")


@pytest.mark.parametrize("subject", ["a\x00b", "\x01", "", "x" * 256, 7, None, ["a"]])
def test_an_account_that_the_database_does_not_store_is_nobody(subject: Any):
    assert identity_by({}).subject == "somebody"
    with pytest.raises(RefusedAnswer):
        identity_by({"sub": subject})


@pytest.mark.parametrize("verified", ["true", 1, "false", None, [True], False])
def test_an_address_counts_once_the_provider_says_that_it_verified_it(verified: Any):
    mail = {"email": "sara@mail.example.com"}
    assert identity_by(mail | {"email_verified": True}).email == "sara@mail.example.com"
    assert identity_by(mail | {"email_verified": verified}).email == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["client", "another"], "azp": "another"},
        {"exp": 1},
        {"exp": "later"},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["n"]},
    ],
)
def test_a_token_for_another_sign_in_is_refused(wrong: dict[str, Any]):
    with pytest.raises(RefusedAnswer):
        identity_by(wrong)


@pytest.mark.parametrize("kid", ["2", "", "../1"])
def test_a_token_of_another_key_is_refused(kid: Any):
    with pytest.raises(RefusedAnswer):
        identity_by({}, kid=kid)
