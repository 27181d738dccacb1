"""What pages that are open are told of while they are: the stream itself, the bell and toasts."""
