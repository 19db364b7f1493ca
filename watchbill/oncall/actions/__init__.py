"""Every change of who is on duty that a person asks for: overrides and cover. Each is one transaction that takes its turn."""
