"""Messages: written by features, sent by the worker, looked after by operators."""
