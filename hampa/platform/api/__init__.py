"""The JSON API as a framework: what an operation is, and all that is decided for all of them once."""
