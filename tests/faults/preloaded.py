"""What a worker imports, for the process that workers are forked from: `import` is most of their start."""

from __future__ import annotations

from hampa.app import import_features

import_features("test")
