"""How the property tests run: the same examples each time, and a bounded number of them."""

from hypothesis import HealthCheck, settings

# More of them, and other ones: raise `max_examples` and take `derandomize` away, here, for one run.
BOUNDED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.too_slow],
)
