"""Writes a page or a notice as a mail: headers that thread it, a part in plain text and one in HTML."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from watchbill.channels.adapters.email.config import SmtpConfig
from watchbill.channels.contract import Message, Notice
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
        self._notice_plain = environment.get_template("notice.txt")
        self._notice_html = environment.get_template("notice.html")

    def mail(self, message: Message, *, now: datetime) -> bytes:
        """The whole mail, lines ended as SMTP wants them."""
        mail = self._addressed(headline(message), message.person, message.settings["address"], now)
        self._thread(mail, message)
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

    def notice(self, notice: Notice, *, now: datetime) -> bytes:
        """The same for a notice: no buttons, no importance, and a thread of its own."""
        mail = self._addressed(notice.subject, notice.person, notice.settings["address"], now)
        mail["Message-ID"] = f"<notice-{notice.id}.{notice.attempt}@{self._config.domain}>"
        if notice.attempt > 1:
            mail["References"] = f"<notice-{notice.id}.1@{self._config.domain}>"
        mail["X-Watchbill-Notice"] = f"{notice.id}; attempt={notice.attempt}"
        told = {"notice": notice, "lines": notice.body.splitlines()}
        mail.set_content(self._notice_plain.render(told))
        mail.add_alternative(self._notice_html.render(told), subtype="html")
        return mail.as_bytes()

    def _addressed(self, subject: str, person: str, address: str, now: datetime) -> EmailMessage:
        subject, person = one_line(subject, _LONGEST_SUBJECT), one_line(person, 80)
        mail = EmailMessage(policy=_UNFOLDED if (subject + person).isascii() else SMTP)
        mail["Subject"] = subject
        mail["From"] = self._sender
        mail["To"] = Address(person, addr_spec=address)
        mail["Date"] = format_datetime(now)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        return mail

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
