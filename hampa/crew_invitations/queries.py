"""Questions about invitations of phone numbers."""

from hampa.platform.lasting import lasting_hash, lasting_hashes

PURPOSE = "crew invitation"


def hash_of(number: str) -> str:
    """Return what is kept of an invited number (E.164), whatever becomes of the secret key."""
    return lasting_hash(PURPOSE, number)


def hashes_of(number: str) -> list[str]:
    """Return what may be kept of an invited number (E.164)."""
    return lasting_hashes(PURPOSE, number)
