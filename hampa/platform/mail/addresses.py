"""Mail addresses: checked, normalized, and masked for logs."""


def parse(typed: str) -> str:
    """Return the address with its domain in small ASCII letters (IDNA). Raise ValueError if it is not valid.

    Quoted names and letters beyond ASCII before the @ are refused, since few servers take them, and what looks encoded
    (RFC 2047); a valid address has no spaces or line ends, and can be in a header.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(typed.strip(), allow_smtputf8=False, check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise ValueError("not a mail address") from None
    address = str(valid.ascii_email)
    if "=?" in address:
        raise ValueError("not a mail address")
    return address


def mask(address: str) -> str:
    """Return the first letter and the domain, for logs."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
