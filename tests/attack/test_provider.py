"""What a provider of OpenID Connect may say of somebody: ids that are none, and addresses that it did not verify."""

from __future__ import annotations

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from hampa.platform.openid import WELL_KNOWN, Provider, RefusedAnswer

ISSUER = "https://id.example"
ADDRESS = "sara@mail.example.com"
KEY = ECKey.generate_key("P-256", {"kid": "1", "use": "sig"})


def identity_by(claims: dict[str, Any], userinfo: dict[str, Any] | None = None, **header: Any) -> Any:
    """Return who signs in by an id_token with these claims, and by what the userinfo endpoint tells if there is one."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": "client", "exp": now + 60, "iat": now, "nonce": "n", "sub": "somebody"}
    token = jwt.encode({"alg": "ES256", "kid": "1", **header}, usual | claims, KEY, algorithms=["ES256", "none"])
    pages = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    answers: dict[str, dict[str, Any]] = {
        f"{ISSUER}{WELL_KNOWN}": {"issuer": ISSUER, "id_token_signing_alg_values_supported": ["ES256"]}
        | {name: f"{ISSUER}/{name}" for name in pages},
        f"{ISSUER}/jwks_uri": {"keys": [KEY.as_dict(private=False)]},
        f"{ISSUER}/token_endpoint": {"id_token": token, "access_token": "a"},
    }
    if userinfo is not None:
        answers[f"{ISSUER}{WELL_KNOWN}"]["userinfo_endpoint"] = f"{ISSUER}/userinfo"
        answers[f"{ISSUER}/userinfo"] = {"sub": "somebody"} | userinfo
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
    mail = {"email": ADDRESS}
    assert identity_by(mail | {"email_verified": True}).email == ADDRESS
    assert identity_by(mail | {"email_verified": verified}).email == ""


@pytest.mark.parametrize(
    ("in_token", "in_userinfo", "is_verified"),
    [
        ({}, {"email": ADDRESS, "email_verified": True}, True),
        ({"email": ADDRESS, "email_verified": True}, {}, True),
        ({"email_verified": True}, {"email": ADDRESS}, False),
        ({"email_verified": True}, {"email": ADDRESS, "email_verified": False}, False),
        ({"email_verified": False}, {"email": ADDRESS, "email_verified": True}, False),
        ({"email_verified": "true"}, {"email": ADDRESS, "email_verified": True}, False),
        ({"email": ADDRESS}, {"email_verified": True}, False),
        ({"email": ADDRESS}, {"email": "other@mail.example.com", "email_verified": True}, False),
        ({"email": ADDRESS, "email_verified": False}, {"email": ADDRESS, "email_verified": True}, False),
        ({"email": None, "email_verified": True}, {"email": ADDRESS}, False),
        ({}, {"email": ADDRESS, "email_verified": "true"}, False),
        ({}, {"email": ADDRESS}, False),
        ({}, {"email": [ADDRESS], "email_verified": True}, False),
    ],
)
def test_an_address_and_that_it_is_verified_come_from_one_answer(
    in_token: dict[str, Any], in_userinfo: dict[str, Any], *, is_verified: bool
):
    assert identity_by(in_token, in_userinfo).email == (ADDRESS if is_verified else "")


@pytest.mark.parametrize("subject", ["another", "SOMEBODY", None, 7, ["somebody"]])
def test_a_userinfo_endpoint_that_tells_of_somebody_else_is_refused(subject: Any):
    with pytest.raises(RefusedAnswer):
        identity_by({}, {"sub": subject, "email": ADDRESS, "email_verified": True})


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
