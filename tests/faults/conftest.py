"""What the tests of tests/sync use as well."""

from tests.sync.conftest import passing_time, small_pages

__all__ = ["passing_time", "small_pages"]
