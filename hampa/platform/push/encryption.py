"""Encryption of a message for one browser (RFC 8291), as one record of the coding `aes128gcm` (RFC 8188)."""

import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_SIZE = 4096
SALT_BYTES = 16
PADDED_TO = 256
"""Messages are padded to a multiple of so many bytes, so that a push service can't tell them apart by their length."""


def encrypt(
    plaintext: bytes,
    public_key: bytes,
    auth: bytes,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
    padded_to: int = PADDED_TO,
) -> bytes:
    """Return the body of a push message for the browser with this key (an uncompressed point) and secret.

    The sender's key and the salt are new for each message; tests give those of the RFC. Raise ValueError for a key that
    is no point of P-256, and for a message that does not fit into one record.
    """
    receiver = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    sender = sender or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(SALT_BYTES)
    sender_point = point_of(sender.public_key())
    info = b"WebPush: info\0" + public_key + sender_point
    secret = _derive(sender.exchange(ec.ECDH(), receiver), auth, info, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    record = plaintext + b"\2"  # the last record; zeros after it are padding
    record += bytes(-len(record) % padded_to)
    header = salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(sender_point)]) + sender_point
    body = header + AESGCM(key).encrypt(nonce, record, None)
    if len(body) > RECORD_SIZE:
        raise ValueError(f"a message of {len(plaintext)} bytes does not fit")
    return body


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as an uncompressed point of 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
