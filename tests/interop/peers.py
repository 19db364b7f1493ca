"""A real Prometheus and a real Alertmanager, from Debian's packages, on loopback."""

import contextlib
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from string import Template

from tests.fakes.running import free_port
from tests.fakes.waiting import until

ALERTMANAGER = Template("""
global: {resolve_timeout: 5m}
route: {receiver: watchbill, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
- name: watchbill
  webhook_configs:
  - {url: '$webhook', send_resolved: true, http_config: {authorization: {credentials: '$key'}}}
  pagerduty_configs:
  - {url: '$events', routing_key: '$key', send_resolved: true, severity: '{{ .CommonLabels.severity }}'}
""")
PROMETHEUS = Template("""
global: {scrape_interval: 1s, evaluation_interval: 1s}
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:$alertmanager']}]}]}
rule_files: ['$rules']
""")
RULE = Template("""
groups:
- name: g
  interval: 1s
  rules:
  - alert: InstanceDown
    expr: vector($value) > 0
    labels: {severity: critical, instance: db-1}
    annotations: {summary: 'db-1 is down', runbook_url: 'https://runbooks.example.org/db'}
""")


class Peers:
    """Both of them, talking to a Watchbill at `watchbill` with `key`."""

    def __init__(self, folder: Path, *, watchbill: str, key: str) -> None:
        self._folder = folder
        self._rules = folder / "rules.yml"
        self._rules.write_text(RULE.substitute(value=0))
        self.alertmanager, self.prometheus = free_port(), free_port()
        self._file(
            "alertmanager.yml",
            ALERTMANAGER,
            webhook=f"{watchbill}/v1/alertmanager",
            events=f"{watchbill}/v2/enqueue",
            key=key,
        )
        self._file("prometheus.yml", PROMETHEUS, alertmanager=str(self.alertmanager), rules=str(self._rules))
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Starts both and waits until each says that it is ready."""
        self._run(
            "prometheus-alertmanager",
            f"--config.file={self._folder}/alertmanager.yml",
            f"--storage.path={self._folder}/am",
            f"--web.listen-address=127.0.0.1:{self.alertmanager}",
            "--cluster.listen-address=",
        )
        self._run(
            "prometheus",
            f"--config.file={self._folder}/prometheus.yml",
            f"--storage.tsdb.path={self._folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{self.prometheus}",
            "--rules.alert.resend-delay=1s",
        )
        for port in (self.alertmanager, self.prometheus):
            until(lambda port=port: _ready(port), f"the peer on port {port} is ready", seconds=30)

    def fire(self) -> None:
        """The rule's condition becomes true."""
        self._set(1)

    def calm(self) -> None:
        """It becomes false again."""
        self._set(0)

    def end(self) -> None:
        """Ends both."""
        for process in self._processes:
            process.kill()
            process.wait()

    def _set(self, value: int) -> None:
        self._rules.write_text(RULE.substitute(value=value))
        self._processes[1].send_signal(signal.SIGHUP)

    def _file(self, name: str, template: Template, **values: str) -> None:
        self._folder.joinpath(name).write_text(template.substitute(values))

    def _run(self, *command: str) -> None:
        with self._folder.joinpath("peers.log").open("ab") as log:
            self._processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder))


def _ready(port: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2) as answer:
        return bool(answer.status == 200)


@contextlib.contextmanager
def peers(folder: Path, *, watchbill: str, key: str) -> Iterator[Peers]:
    """Both for the length of a `with`."""
    pair = Peers(folder, watchbill=watchbill, key=key)
    try:
        pair.start()
        yield pair
    finally:
        pair.end()
