"""No time between tries, in rooms whose tests are about what comes of them."""

import pytest

from outbound import retry


@pytest.fixture(autouse=True)
def no_time_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "BASE_SECONDS", 0.0)
