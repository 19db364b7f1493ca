"""How mails reach the server: connections, encryption, login. The faults are in channels/tests/test_contract.py."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.fakes.smtp import Smtp, SmtpFake
from watchbill.channels.adapters.email.adapter import Email
from watchbill.channels.adapters.email.config import SmtpConfig, Tls
from watchbill.channels.adapters.email.post import Limits
from watchbill.channels.contract import BadSettings, Outcome
from watchbill.channels.tests.messages import now, page

ANA = {"address": "ana@example.com"}
SENDER = "Watchbill <pager@example.com>"


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpFake]:
    async with SmtpFake() as smtp:
        yield smtp


def channel(smtp: SmtpFake, **changes: object) -> Email:
    config = {"host": "127.0.0.1", "port": smtp.port, "sender": SENDER, "tls": Tls.NONE, **changes}
    return Email(SmtpConfig(**config), now=now, limits=Limits(0.5, 1.0))  # type: ignore[arg-type]  # a dict of fields has no one type


async def test_the_mail_that_arrives_is_the_mail_that_was_written(smtp: SmtpFake) -> None:
    receipt = await channel(smtp).send(page(ANA, why=". begins with a dot", title="."))
    (mail,) = await smtp.mails.arrived(1)
    assert receipt.detail == "The mail server took it: taken as 1"
    assert mail.sender == "pager@example.com"
    assert mail.recipients == ("ana@example.com",)
    plain = mail.message.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().splitlines()[:3] == [".", "", "Triggered, critical, on payments-api."]
    assert "Why you: . begins with a dot" in plain.get_content()


async def test_one_connection_serves_one_mail_after_another(smtp: SmtpFake) -> None:
    email = channel(smtp)
    for number in range(10):
        assert (await email.send(page(ANA, page=number))).outcome is Outcome.ACCEPTED
    assert smtp.connections == 1
    await email.close()


async def test_no_more_connections_than_allowed_at_once(smtp: SmtpFake) -> None:
    email = channel(smtp, connections=3)
    await asyncio.gather(*(email.send(page(ANA, page=number)) for number in range(30)))
    assert smtp.connections == 3
    assert len(smtp.mails) == 30
    await email.close()


async def test_a_kept_connection_that_the_server_has_closed_costs_nothing(smtp: SmtpFake) -> None:
    email = channel(smtp)
    smtp.behave(Smtp.CLOSE_AFTER_MAIL)
    for number in range(5):
        assert (await email.send(page(ANA, page=number))).outcome is Outcome.ACCEPTED
    assert len(smtp.mails) == 5
    await email.close()


@pytest.mark.parametrize("way", [Smtp.CLOSE_AT_SECOND_MAIL, Smtp.BUSY_AT_SECOND_MAIL])
async def test_nor_does_one_that_it_closes_when_the_next_mail_begins(smtp: SmtpFake, way: Smtp) -> None:
    email = channel(smtp)
    smtp.behave(way)
    for number in range(3):
        assert (await email.send(page(ANA, page=number))).outcome is Outcome.ACCEPTED
    assert (len(smtp.mails), smtp.connections) == (3, 3)
    await email.close()


async def test_a_mail_that_a_kept_connection_may_have_taken_is_not_sent_again(smtp: SmtpFake) -> None:
    email = channel(smtp)
    smtp.behave(Smtp.CLOSE_AFTER_SECOND_DATA)
    assert (await email.send(page(ANA, page=1))).outcome is Outcome.ACCEPTED
    assert (await email.send(page(ANA, page=2))).outcome is Outcome.UNKNOWN
    assert (len(smtp.mails), smtp.connections) == (2, 1)


async def test_a_connection_is_kept_for_so_long_only(smtp: SmtpFake) -> None:
    config = SmtpConfig(host="127.0.0.1", port=smtp.port, sender=SENDER, tls=Tls.NONE)
    email = Email(config, now=now, limits=Limits(kept=0))
    for number in range(3):
        await email.send(page(ANA, page=number))
    assert smtp.connections == 3
    await email.close()


async def test_a_server_that_came_back_is_found_again(smtp: SmtpFake) -> None:
    email = channel(smtp)
    await email.send(page(ANA))
    await smtp.stop()
    assert (await email.send(page(ANA))).outcome is Outcome.FAILED
    await smtp.start()
    assert (await email.send(page(ANA))).outcome is Outcome.ACCEPTED
    await email.close()


async def test_waiting_for_a_connection_ends_in_time_and_certainly_unsent(smtp: SmtpFake) -> None:
    email = channel(smtp, connections=1)
    async with email._postman._slots:  # another mail has the only connection
        receipt = await email.send(page(ANA))
    assert receipt.outcome is Outcome.FAILED
    assert not receipt.permanent
    assert smtp.connections == 0


async def test_a_mail_server_that_others_wrote_takes_it() -> None:
    taken: asyncio.Queue[Envelope] = asyncio.Queue()

    class Taking:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd calls it by this name
            taken.put_nowait(envelope)
            return "250 OK"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Taking(), hostname="others.test"), "127.0.0.1", 0)
    email = Email(
        SmtpConfig(host="127.0.0.1", port=server.sockets[0].getsockname()[1], sender=SENDER, tls=Tls.OFFERED),
        now=now,
    )
    for number in range(3):
        receipt = await email.send(page(ANA, page=number, why=". begins with a dot"))
        assert receipt.outcome is Outcome.ACCEPTED, receipt.detail
        envelope = await asyncio.wait_for(taken.get(), 5)
        assert envelope.rcpt_tos == ["ana@example.com"]
        assert b"Why you: . begins with a dot" in envelope.content
    await email.close()
    server.close()
    await server.wait_closed()


class Authority:
    """A certificate for 127.0.0.1, signed by itself."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake.test")])
        address = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        moment = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(moment - timedelta(hours=1))
            .not_valid_after(moment + timedelta(hours=1))
            .add_extension(address, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.file = folder / "ca.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.file)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


async def test_the_password_goes_out_only_after_starttls(authority: Authority) -> None:
    async with SmtpFake(tls=authority.context, users={"pager": "pa ss"}) as smtp:
        email = channel(
            smtp, host="localhost", tls=Tls.STARTTLS, username="pager", password="pa ss", ca_file=str(authority.file)
        )
        assert (await email.send(page(ANA))).outcome is Outcome.ACCEPTED
        assert smtp.logins == [("pager", "pa ss")]
        await email.close()


async def test_a_server_without_starttls_is_told_nothing(smtp: SmtpFake) -> None:
    receipt = await channel(smtp, tls=Tls.STARTTLS, username="pager", password="secret").send(page(ANA))
    assert receipt.outcome is Outcome.FAILED
    assert smtp.logins == []
    assert len(smtp.mails) == 0


async def test_a_certificate_of_nobody_is_refused(authority: Authority) -> None:
    async with SmtpFake(tls=authority.context) as smtp:
        receipt = await channel(smtp, host="localhost", tls=Tls.STARTTLS).send(page(ANA))
        assert receipt.outcome is Outcome.FAILED
        assert "safe connection" in receipt.detail
        assert len(smtp.mails) == 0


@pytest.mark.parametrize("tls", [Tls.OFFERED, Tls.STARTTLS])
async def test_starttls_is_used_where_it_is_offered(authority: Authority, tls: Tls) -> None:
    async with SmtpFake(tls=authority.context) as smtp:
        email = channel(smtp, host="localhost", tls=tls, ca_file=str(authority.file))
        assert (await email.send(page(ANA))).outcome is Outcome.ACCEPTED
        await email.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 25, Tls.OFFERED, "", "")),
        ("smtp://mail.example:2525?starttls=never", ("mail.example", 2525, Tls.NONE, "", "")),
        ("smtp://mail.example?starttls=always", ("mail.example", 587, Tls.STARTTLS, "", "")),
        ("smtp://u%40x:p%2Fw@mail.example", ("mail.example", 587, Tls.STARTTLS, "u@x", "p/w")),
        ("smtps://u:p@mail.example", ("mail.example", 465, Tls.TLS, "u", "p")),
    ],
)
def test_a_server_is_read_from_its_url(url: str, expected: tuple[object, ...]) -> None:
    config = SmtpConfig.from_url(url, sender=SENDER)
    assert (config.host, config.port, config.tls, config.username, config.password) == expected


@pytest.mark.parametrize(
    "url",
    ["", "mail.example", "http://mail.example", "smtp://", "smtp://u:sesame@mail.example?starttls=never",
     "smtp://u:sesame@mail.example?starttls=maybe", "smtp://u:sesame@mail.example?verify=no"],
)  # fmt: skip
def test_a_url_that_cannot_be_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$") as refusal:
        SmtpConfig.from_url(url, sender=SENDER)
    assert "sesame" not in str(refusal.value)


def test_the_configuration_does_not_show_its_password() -> None:
    config = SmtpConfig(host="mail.example", sender=SENDER, username="u", password="sesame")
    assert "sesame" not in repr(config)
    assert "sesame" not in f"{config}"


@pytest.mark.parametrize(
    "address", ["", "ana", "ana@", "@example.com", "ana@example.com\r\nRCPT TO:<bo@example.com>", "a b@example.com",
                "Ana <ana@example.com>", "ana@example.com, bo@example.com", None, "ána@example.com"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(smtp: SmtpFake, address: str | None) -> None:
    with pytest.raises(BadSettings, match="`address`"):
        channel(smtp).check({"address": address})
