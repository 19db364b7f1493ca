"""PagerDuty change events: what was changed on purpose. They page nobody; they stand beside an incident and explain it."""
