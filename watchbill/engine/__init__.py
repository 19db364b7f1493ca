"""The rules: what an alert, a click or the passing of time does to an incident. Pure; start with `step.py`."""
