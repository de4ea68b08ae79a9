"""Settings of the whole suite."""

import hypothesis

# Machines that run the suite are shared and slow at times: neither a property's speed nor luck may fail it.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")
