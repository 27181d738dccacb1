"""Sign-in with passkeys: keys that a phone, a computer or a security key holds for a person (WebAuthn)."""
