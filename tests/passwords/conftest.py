"""What the tests of passwords share."""

from tests.auth.conftest import change_settings

__all__ = ["change_settings"]
