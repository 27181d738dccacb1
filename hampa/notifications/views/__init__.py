"""The list behind the bell, and what people want to hear by which channel."""
