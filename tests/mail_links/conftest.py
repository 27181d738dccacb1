"""What the tests of links by mail share."""

from tests.auth.conftest import change_settings

__all__ = ["change_settings"]
