"""Things for tests, made in one line; each function says only what the test is about."""
