"""What is wired to what: which chapter loads and writes which part, and which adapter serves which channel."""

import sys
from typing import TYPE_CHECKING, TextIO

from watchbill.catalog import load as catalog
from watchbill.channels.contract import Channel
from watchbill.engine.directory import Directory
from watchbill.incidents import apply as incidents_apply
from watchbill.incidents import load as incidents
from watchbill.journal import apply as journal_apply
from watchbill.journal import load as journal
from watchbill.oncall import apply as oncall_apply
from watchbill.oncall import load as oncall
from watchbill.paging import apply as paging_apply
from watchbill.paging import load as paging
from watchbill.paging import turns
from watchbill.people import load as people
from watchbill.runtime import clock
from watchbill.runtime.database import Link, addresses_of
from watchbill.runtime.submit import Wiring
from watchbill.settings import BadSetting, Settings, listed, ports_of

if TYPE_CHECKING:
    from watchbill.channels.egress import Egress


async def directory(link: Link, version: int) -> Directory:
    """Everything that was configured, from the chapters that keep it."""
    persons, teams = await people.people(link), await people.teams(link)
    return Directory(
        version=version,
        people=persons,
        teams=teams,
        services=await catalog.services(link),
        integrations=await catalog.integrations(link),
        policies=await paging.policies(link),
        schedules=await oncall.schedules(link, persons, teams),
        maintenance=await incidents.maintenance(link),
    )


NOWHERE = "smtp://localhost"  # a mail server to check addresses with; nothing is sent there

ROAD = Wiring(
    directory=directory,
    services_of=incidents.services_of,
    open_alerts=incidents.open_alerts,
    by_number=incidents.by_number,
    newest_open=incidents.newest_open,
    turns=turns.take,
    last_ended=journal.last_ended,
    numbers=incidents_apply.numbers,
    writers=(
        incidents_apply.write,  # incidents and alerts
        paging_apply.write,  # pages into the outbox
        turns.write,  # whose turn it is at a round robin
        oncall_apply.write,  # notices to shadows
        journal_apply.write,  # every fact and its reason
    ),
)


def egress(settings: Settings) -> "Egress":
    """A way out by HTTP, as far as these settings let anybody out. Raises BadSetting."""
    # Here and not above: a command that only looks at incidents needs no HTTP.
    from watchbill.channels.addresses import Walls
    from watchbill.channels.egress import Egress

    try:
        walls = Walls.of(
            listed(settings.allow_networks),
            addresses_of(settings.database_url),
            allow_loopback=settings.allow_loopback,
        )
    except ValueError as fault:
        raise BadSetting(f"allow_networks cannot be used: {fault}") from None
    return Egress(walls, ports=ports_of(settings))


def channels(settings: Settings, *, console: TextIO | None = None) -> dict[str, Channel]:
    """Every channel by name, as these settings make it. Raises BadSetting. Only sending needs a running loop."""
    # Here and not above: a command that only looks at incidents needs no HTTP, no SMTP and no templates.
    from watchbill.channels.absent import Absent
    from watchbill.channels.adapters.console.adapter import Console
    from watchbill.channels.adapters.email.adapter import Email
    from watchbill.channels.adapters.email.config import SmtpConfig
    from watchbill.channels.adapters.ntfy.adapter import Ntfy, NtfyConfig
    from watchbill.channels.adapters.webhook.adapter import Webhook

    try:
        mail = Email(SmtpConfig.from_url(settings.smtp_url or NOWHERE, sender=settings.mail_from), now=clock.wall)
    except ValueError as fault:
        raise BadSetting(f"smtp_url cannot be used: {fault}") from None
    out = egress(settings)
    no_mail = "This node sends no mail. Set smtp_url (WATCHBILL_SMTP_URL)."
    return {
        "console": Console(console or sys.stdout, now=clock.wall),
        "email": mail if settings.smtp_url else Absent(mail, no_mail),
        "ntfy": Ntfy(out, NtfyConfig(server=settings.ntfy_url)),
        "webhook": Webhook(out, now=clock.wall),
    }
