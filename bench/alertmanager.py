"""Prometheus' Alertmanager beside us: Debian's, by itself, without a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.programs import HOST, Running, find, free_port, running

# `memory` is the lightest road that it has: one group, and nobody to tell. `now` and `default` tell the provider, each
# alert a group of its own; the second waits as long as it does where nothing is configured.
CONFIG = """
route:
  receiver: nobody
  group_by: [alertname]
  routes:
    - matchers: ['route="now"']
      receiver: provider
      group_by: ['...']
      group_wait: 0s
    - matchers: ['route="default"']
      receiver: provider
      group_by: ['...']
receivers:
  - name: nobody
  - name: provider
    webhook_configs:
      - url: {url}/alertmanager
        send_resolved: false
"""
DEFAULT_GROUP_WAIT = 30.0  # seconds


@contextmanager
def alertmanager(folder: Path, provider_url: str) -> Iterator[Running]:
    """A running Alertmanager."""
    port = free_port()
    config = folder / "alertmanager.yml"
    config.write_text(CONFIG.format(url=provider_url))
    command = [
        find("prometheus-alertmanager", "prometheus-alertmanager", "alertmanager"),
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={HOST}:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    with running(command, port=port, path="/-/ready", log=folder / "alertmanager.log") as server:
        yield server
