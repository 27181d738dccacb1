"""SMS that people send to the site's number: what features do with them."""

from collections.abc import Callable

InboundHandler = Callable[[str, str, str], None]
"""A function of the sender's number (E.164), the text, and the name of the gateway; it does not commit."""
_handlers: list[InboundHandler] = []


def register_inbound(handler: InboundHandler) -> InboundHandler:
    """Have a function called for each SMS that comes in, in the transaction of the request that brings it.

    Gateways may bring the same SMS twice: the second time must change nothing more. The text is of a stranger, and is
    neither stored nor answered here.
    """
    _handlers.append(handler)
    return handler


def handle_inbound(number: str, text: str, gateway: str) -> None:
    """Call the registered functions for an SMS from a number."""
    for handler in _handlers:
        handler(number, text, gateway)
