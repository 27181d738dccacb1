"""Tests that say they belong together do run together: a release of the tools that ignores it must not go unseen."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("groups")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process has no groups")
def test_a_group_stays_in_one_process(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@groups")
