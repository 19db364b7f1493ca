"""No log line holds a secret, a fault's own story included."""

import os
import subprocess
import sys

import pytest

FAULT = """
import structlog
from watchbill.runtime import logs
logs.configure("info", "{form}")
def send(settings, link):
    raise KeyError("topic")
try:
    send({{"token": "tk_" + "very_secret"}}, "https://watchbill.example/a/" + "signed")
except KeyError:
    structlog.get_logger().exception("adapter_failed", channel="ntfy", token="tk_" + "very_secret")
"""


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_fault_is_told_without_the_values_that_it_met(form: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULT.format(form=form)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=True,
    )
    assert "KeyError" in done.stderr and "adapter_failed" in done.stderr
    assert "tk_very_secret" not in done.stderr and "/a/signed" not in done.stderr
