"""Watchbill: the techops platform that a team runs itself."""

import zoneinfo

__version__ = "0.1.0"

# Time zones come from the locked tzdata package, not from the machine: every node has the same hand-offs, and so has the
# test that went through every zone.
zoneinfo.reset_tzpath(to=())
