"""Pages people by e-mail: one thread an incident, and links that acknowledge or resolve without sign-in."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from watchbill.channels.adapters.email.config import SmtpConfig
from watchbill.channels.adapters.email.mail import Composer
from watchbill.channels.adapters.email.post import WITHIN_THE_CONTRACT, Limits, Postman
from watchbill.channels.contract import BadSettings, Capabilities, Field, Message, Notice, Receipt

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z")


class Email:
    """Sends through one SMTP server. `now` dates the mails."""

    name = "email"
    capabilities = Capabilities(
        supports_acknowledge=True,
        per_minute=5,
        retry_for=2 * 3600,
        fields=(Field("address", "Your e-mail address, one that your phone rings for."),),
    )

    def __init__(
        self, config: SmtpConfig, *, now: Callable[[], datetime], limits: Limits = WITHIN_THE_CONTRACT
    ) -> None:
        self._composer = Composer(config)
        self._postman = Postman(config, limits)
        self._now = now

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raises BadSettings."""
        address = settings.get("address")
        if not isinstance(address, str) or len(address) > 254 or not _ADDRESS.match(address):
            raise BadSettings("`address` must be an e-mail address such as ana@example.com.")

    async def send(self, message: Message) -> Receipt:
        """Hands the page to the server once."""
        mail = self._composer.mail(message, now=self._now())
        return await self._postman.deliver(message.settings["address"], mail)

    async def tell(self, notice: Notice) -> Receipt:
        """Hands the notice to the server once."""
        mail = self._composer.notice(notice, now=self._now())
        return await self._postman.deliver(notice.settings["address"], mail)

    async def close(self) -> None:
        """Says goodbye to the server on every idle connection."""
        await self._postman.close()
