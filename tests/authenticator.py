"""An authenticator in software, as a phone has one, for tests without a browser (WebAuthn Level 3, CTAP2 keys)."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, BACKUP_POSSIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def encoded(value: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One key for one site. `origin` is the page that asks, `counts` whether it counts what it signs."""

    origin: str = "http://localhost:5000"
    verifies: bool = True
    counts: bool = True
    is_synced: bool = False
    credential_id: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: bytes = b""
    count: int = 0

    def create(self, options: dict[str, Any]) -> str:
        """Return the answer to `navigator.credentials.create()`, without attestation."""
        self.user_handle = decoded(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = b"\0" * 16 + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(key)
        data = self._data(options["rp"]["id"], ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", options)
        return self._answer(clientDataJSON=client, attestationObject=attestation, transports=["internal"])

    def sign(self, options: dict[str, Any], **instead: Any) -> str:
        """Return the answer to `navigator.credentials.get()`; `instead` replaces fields of it."""
        data, client = self._data(options["rpId"]), self._client_data("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        fields = {
            "clientDataJSON": client,
            "authenticatorData": data,
            "signature": signature,
            "userHandle": self.user_handle,
        }
        return self._answer(**{**fields, **instead})

    def _data(self, rp_id: str, flags: int = 0) -> bytes:
        self.count += self.counts
        flags |= PRESENT | VERIFIED * self.verifies | (BACKUP_POSSIBLE | BACKED_UP) * self.is_synced
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _answer(self, **response: Any) -> str:
        named = encoded(self.credential_id)
        fields = {name: encoded(value) if isinstance(value, bytes) else value for name, value in response.items()}
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": fields})
