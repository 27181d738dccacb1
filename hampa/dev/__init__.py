"""Tools for developers, never in production: component gallery, delivered messages, sign-in as a demo person."""
