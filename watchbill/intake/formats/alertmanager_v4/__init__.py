"""Alertmanager's webhook, version 4: a message holds the alerts of one group, firing and resolved together."""
