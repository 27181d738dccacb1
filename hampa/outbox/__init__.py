"""Messages to be sent: written in the transaction that causes them, sent by the worker."""
