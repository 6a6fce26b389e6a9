"""What tests of any room may use."""

import pytest

from tests.installation import SECRETS, Installation
from tests.network import network
from tests.world import make_world, receiver, waited, world

__all__ = ["installation", "make_world", "network", "receiver", "waited", "world"]


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the code, to be run as processes; its database is migrated."""
    installation = Installation(tmp_path_factory.mktemp("installation"))
    migrated = installation.manage("migrate", "--no-input", **SECRETS)
    assert migrated.returncode == 0, migrated.stderr
    return installation
