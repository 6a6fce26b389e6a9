"""What tests of any room may use."""

import pytest
from hypothesis import HealthCheck, settings

from tests.installation import SECRETS, Installation
from tests.network import network
from tests.world import make_world, receiver, waited, world

__all__ = ["installation", "make_world", "network", "receiver", "waited", "world"]

# The same sequences in each run: what failed once fails again. `long` is for make test-faults.
settings.register_profile(
    "usual",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    stateful_step_count=20,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
settings.register_profile(
    "long", settings.get_profile("usual"), max_examples=120, stateful_step_count=30
)
settings.load_profile("usual")


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the code, to be run as processes; its database is migrated."""
    installation = Installation(tmp_path_factory.mktemp("installation"))
    migrated = installation.manage("migrate", "--no-input", **SECRETS)
    assert migrated.returncode == 0, migrated.stderr
    return installation
