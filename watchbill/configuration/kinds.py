"""What an integration may be made for, and where each sends. A key works on every wire; the kind is for people."""

from collections.abc import Mapping

from msgspec import Struct

from watchbill.intake.formats.alertmanager_v4.wire import WIRE as ALERTMANAGER
from watchbill.intake.formats.change_v2.wire import WIRE as CHANGES
from watchbill.intake.formats.events_v2.wire import WIRE as EVENTS
from watchbill.intake.formats.native.wire import WIRE as NATIVE


class Kind(Struct, frozen=True):
    """`path`: where it sends, `{key}` included where the path carries it."""

    title: str
    path: str


KINDS: Mapping[str, Kind] = {
    "events_v2": Kind("anything that speaks PagerDuty's Events v2; the key goes into `routing_key`", EVENTS.path),
    "alertmanager": Kind("Prometheus Alertmanager, by webhook", f"{ALERTMANAGER.path}/{{key}}"),
    "grafana": Kind("Grafana Alerting, by webhook", f"{ALERTMANAGER.path}/{{key}}"),
    "native": Kind("scripts that send many events at once, a line of JSON each", NATIVE.path),
    "change_v2": Kind("build servers that tell of changes, by PagerDuty's Change Events", CHANGES.path),
}
