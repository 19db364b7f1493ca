"""The requests that are sent: the same alert in the words of each server."""

import json

from bench.client import NUMBER, request

JSON = {"Content-Type": "application/json"}
_NUMBER = NUMBER.decode()


def event(key: str, dedup_key: str, summary: str = "The database does not answer") -> bytes:
    """One alert as a PagerDuty Events v2 event."""
    return _encode(_event(key, dedup_key, summary))


def event_request(
    key: str, dedup_key: str = f"bench-{_NUMBER}", summary: str = "The database does not answer"
) -> bytes:
    """POST of one event to Watchbill."""
    return request("POST", "/v2/enqueue", event(key, dedup_key, summary), JSON)


def batch_request(key: str, dedup_keys: list[str]) -> bytes:
    """POST of many events to Watchbill's own route, one a line."""
    body = b"\n".join(event(key, dedup_key) for dedup_key in dedup_keys)
    return request(
        "POST", "/v1/events", body, {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    )


def alert_request(instance: str = f"bench-{_NUMBER}", *, route: str = "memory") -> bytes:
    """POST of one alert to Alertmanager. `route`: see bench.alertmanager."""
    labels = {"alertname": "DatabaseDown", "instance": instance, "route": route, "severity": "critical"}
    alert = {
        "labels": labels,
        "annotations": {"summary": "The database does not answer", "description": _DESCRIPTION},
        "generatorURL": "http://127.0.0.1/graph",
    }
    return request("POST", "/api/v2/alerts", _encode([alert]), JSON)


def append_request() -> bytes:
    """POST of the same event to the front door that only appends."""
    return request("POST", "/append", event("0" * 32, f"bench-{_NUMBER}"), JSON)


_DESCRIPTION = "No connection could be made for 30 seconds; 12 of 12 attempts timed out."


def _event(key: str, dedup_key: str, summary: str) -> dict[str, object]:
    return {
        "routing_key": key,
        "event_action": "trigger",
        "dedup_key": dedup_key,
        "payload": {
            "summary": summary,
            "source": "db-1.checkout",
            "severity": "critical",
            "component": "postgresql",
            "custom_details": {"description": _DESCRIPTION},
        },
    }


def _encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).replace("\\u001f", _NUMBER).encode()
