"""Hampa as a WSGI application: `wsgi:app`. A wrong setting ends the process with one line."""

from __future__ import annotations

import sys

from hampa.app import create_app
from hampa.platform.config import SettingsError
from hampa.platform.embedded import EmbeddedError

try:
    app = create_app()
except (SettingsError, EmbeddedError) as error:
    sys.exit(f"hampa: {error}")
