"""One profile for every property: the same examples on every machine, no clock, nothing kept between two runs."""

from hypothesis import settings

# No deadline: a busy machine is slow, not wrong. No example base: what fails here must fail in CI as well.
settings.register_profile("facture", derandomize=True, deadline=None, database=None)
settings.load_profile("facture")
