"""Writes a page as a mail: headers that thread it, a part in plain text and one in HTML."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from watchbill.channels.adapters.email.config import SmtpConfig
from watchbill.channels.contract import Message
from watchbill.channels.wording import headline, instant, one_line, others, span
from watchbill.engine.words import Urgency

_LONGEST_SUBJECT = 240
# Python folds a subject of 70 to 77 characters so that its first line is empty, which spam filters count against us.
# Plain ASCII needs no folding at our lengths; encoded words do.
_UNFOLDED = SMTP.clone(max_line_length=998)


class Composer:
    """Templates are read and compiled once, when it is made."""

    def __init__(self, config: SmtpConfig) -> None:
        self._config = config
        self._sender = Address(config.sender_name, addr_spec=config.sender_address)
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(line=one_line, instant=instant, span=span)
        self._plain = environment.get_template("mail.txt")
        self._html = environment.get_template("mail.html")

    def mail(self, message: Message, *, now: datetime) -> bytes:
        """The whole mail, lines ended as SMTP wants them."""
        subject, person = one_line(headline(message), _LONGEST_SUBJECT), one_line(message.person, 80)
        mail = EmailMessage(policy=_UNFOLDED if (subject + person).isascii() else SMTP)
        mail["Subject"] = subject
        mail["From"] = self._sender
        mail["To"] = Address(person, addr_spec=message.settings["address"])
        mail["Date"] = format_datetime(now)
        self._thread(mail, message)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        if message.urgency is Urgency.HIGH:
            mail["X-Priority"] = "1"
            mail["Importance"] = "high"
        more = others(message)
        told = {
            "page": message,
            "others": more,
            "hidden": max(more - len(message.bundle), 0),
            # The buttons answer for the mail's own incident, which must be said where others are listed.
            "which": f" #{message.incident}" if more else "",
        }
        mail.set_content(self._plain.render(told))
        mail.add_alternative(self._html.render(told), subtype="html")
        return mail.as_bytes()

    def _thread(self, mail: EmailMessage, message: Message) -> None:
        """All mails of an incident answer one root, which itself is never sent: so they are one thread everywhere, in
        whatever order they arrive. A page that is tried again also points at its first mail."""
        host = self._config.domain
        root = f"<incident-{message.incident}@{host}>"
        mail["Message-ID"] = _page_id(message.page, message.attempt, host)
        mail["In-Reply-To"] = root
        first = f" {_page_id(message.page, 1, host)}" if message.attempt > 1 else ""
        mail["References"] = root + first
        mail["X-Watchbill-Page"] = f"{message.page}; attempt={message.attempt}"


def _page_id(page: int, attempt: int, host: str) -> str:
    return f"<page-{page}.{attempt}@{host}>"
