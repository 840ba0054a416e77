"""One profile for every property: the same examples on every machine, no clock, nothing kept between two runs."""

import pytest
from hypothesis import settings

from facture import validation

# No deadline: a busy machine is slow, not wrong. No example base: what fails here must fail in CI as well.
settings.register_profile("facture", derandomize=True, deadline=None, database=None)
settings.load_profile("facture")


@pytest.fixture
def sans_juges(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the official rules: what they say is theirs, and moves with their versions."""
    monkeypatch.setattr(validation, "find_rules", lambda: None)
