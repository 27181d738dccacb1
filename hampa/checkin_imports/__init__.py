"""Check-ins of the older version, which kept them in the browser: read from its file, looked at, and taken over."""
