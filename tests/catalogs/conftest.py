"""What tests of catalogs share."""

from tests.retries import no_time_between_tries  # noqa: F401  # for all tests here
