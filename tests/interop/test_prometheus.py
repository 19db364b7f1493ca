"""The whole way with real peers: Prometheus, Alertmanager, Watchbill, a mail server, and a tap on the link."""

import re
from pathlib import Path

import pytest

from tests.fakes.running import KEY, ask, running
from tests.fakes.smtp import SmtpFake
from tests.fakes.waiting import until
from tests.interop.peers import peers

pytestmark = [pytest.mark.interop, pytest.mark.slow]


def test_a_rule_that_fires_wakes_ana_by_mail_and_its_end_resolves_the_incident(tmp_path: Path) -> None:
    with SmtpFake() as mail, running(tmp_path, smtp_url=f"smtp://127.0.0.1:{mail.port}?starttls=never") as watchbill:
        watchbill.seed("email", {})
        with peers(tmp_path, watchbill=watchbill.url, key=KEY) as monitors:
            monitors.fire()
            # two wires, two dedup keys: the webhook's fingerprint and the group's key of Events v2
            mails = mail.mails.wait_for(2, patience=20)
            assert {sent.recipients for sent in mails} == {("ana@example.org",)}
            assert any("db-1 is down" in str(sent.message["Subject"]) for sent in mails)
            for sent in mails:
                body = sent.message.get_body(("plain",))
                assert body is not None
                links = re.findall(r"http://127\.0\.0\.1:\d+/a/[\w-]+", body.get_content())
                assert ask("GET", links[0]).status == 200
                assert ask("POST", links[0]).status == 200
            states = {status for (status,) in watchbill.rows("SELECT status FROM incident")}
            assert states == {"acknowledged"}, "GET did nothing, POST acknowledged"
            monitors.calm()
            until(
                lambda: watchbill.rows("SELECT count(*) FROM incident WHERE status <> 'resolved'") == [(0,)],
                "both incidents are resolved by their monitors",
                seconds=30,
            )
            (alerts,) = watchbill.rows("SELECT count(*), min(severity), bool_and(resolved_at IS NOT NULL) FROM alert")
            assert alerts == (2, "critical", True)
