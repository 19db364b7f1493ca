"""How addresses can be spelled, and which spellings are taken. Names are judged in test_egress.py, when they are dialled."""

import pytest

from watchbill.channels.addresses import Walls
from watchbill.channels.targets import BadTarget, target

# One spelling a line; each leads, or led some parser once, to where no web hook may go.
REFUSED = r"""
http://127.0.0.1/
http://127.0.0.1:80/
http://127.1/
http://127.0.1/
http://127.0.0.1./
http://127.1./
http://2130706433/
http://2130706433./
http://017700000001/
http://0177.0.0.1/
http://0177.0.0.01/
http://00000177.0.0.1/
http://0x7f000001/
http://0x7f.0.0.1/
http://0x7f.0x0.0x0.0x1/
http://0x7f.1/
http://0X7F.0.0.1/
http://127.0.0.0x1/
http://127.0x1/
http://0x/
http://4294967295/
http://4294967296/
http://281472812449793/
http://127.000.000.001/
http://127.0.0.1.1/
http://256.256.256.256/
http://1.2.3/
http://0/
http://0.0.0.0/
http://0.0.0.0:443/
http://00000000/
http://10.0.0.1/
http://10.1/
http://167772161/
http://012.0.0.1/
http://172.16.0.1/
http://192.168.0.1/
http://192.168.1/
http://3232235521/
http://0xc0a80001/
http://169.254.169.254/latest/meta-data/
http://169.254.43518/
http://169.16689662/
http://2852039166/
http://0xa9fea9fe/
http://0xa9.0xfe.0xa9.0xfe/
http://0251.0376.0251.0376/
http://025177524776/
http://169.254.169.254./
http://169.254.170.2/v2/credentials
http://168.63.129.16/
http://100.100.100.200/
http://192.0.0.192/
http://100.64.0.1/
http://198.18.0.1/
http://224.0.0.1/
http://255.255.255.255/
http://[::]/
http://[::1]/
http://[0:0:0:0:0:0:0:1]/
http://[0000:0000:0000:0000:0000:0000:0000:0001]/
http://[::0001]/
http://[::1]:443/
http://[::127.0.0.1]/
http://[::7f00:1]/
http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/
http://[0:0:0:0:0:ffff:127.0.0.1]/
http://[::FFFF:127.0.0.1]/
http://[::ffff:0:127.0.0.1]/
http://[::ffff:10.0.0.1]/
http://[::ffff:a9fe:a9fe]/
http://[::ffff:100.64.0.1]/
http://[64:ff9b::127.0.0.1]/
http://[64:ff9b::a9fe:a9fe]/
http://[64:ff9b::10.0.0.1]/
http://[64:ff9b:1::a9fe:a9fe]/
http://[2002:7f00:1::]/
http://[2002:a9fe:a9fe::]/
http://[2002:c0a8:1::1]/
http://[2001:0:4136:e378:8000:63bf:f5ff:fffe]/
http://[fe80::1]/
http://[fe80::1%eth0]/
http://[fe80::1%25eth0]/
http://[fe80::1%251]/
http://[::1%25lo]/
http://[2606:4700::1%25eth0]/
http://[fc00::1]/
http://[fd00:ec2::254]/
http://[fd20:ce::254]/
http://[fec0::1]/
http://[ff02::1]/
http://[2001:db8::1]/
http://[::ffff:127.0.0.1%25lo]/
http://[127.0.0.1]/
http://[v1.127]/
http://[::1/
http://::1/
http://[]/
http://127。0。0。1/
http://127．0．0．1/
http://127｡0｡0｡1/
http://①②⑦.⓪.⓪.①/
http://１２７.０.０.１/
http://169。254。169。254/
http://②①③⓪⑦⓪⑥④③③/
http://١٢٧.0.0.1/
http://%31%32%37.0.0.1/
http://127.0.0.1%2f@example.com/
http://127%2e0%2e0%2e1/
http://127.0.0.1%00.example.com/
http://example.com%00@127.0.0.1/
http://example.com%0d%0aHost:%20127.0.0.1/
http://user@127.0.0.1/
http://user:password@example.com/
http://example.com@127.0.0.1/
http://127.0.0.1@example.com/
http://example.com:80@127.0.0.1/
http://example.com:443@127.0.0.1:80/
http://example.com@example.org@127.0.0.1/
http://@127.0.0.1/
http://@example.com/
http://:@example.com/
http://example.com\@127.0.0.1/
http://127.0.0.1\@example.com/
http://example.com\.127.0.0.1/
http:\\127.0.0.1\
http://exam ple.com/
http:// 127.0.0.1/
http://example.com:22/
http://example.com:25/
http://example.com:5432/
http://example.com:6379/
http://example.com:0/
http://example.com:65536/
http://example.com:99999999999/
http://example.com:-80/
http://example.com:80a/
https://example.com:8444/
ftp://example.com/
file:///etc/passwd
gopher://example.com:80/_x
dict://example.com:80/
ldap://example.com/
unix:///var/run/docker.sock
javascript:alert(1)
data:text/plain,x
jar:http://example.com!/
ws://example.com/
//example.com/
/etc/passwd
example.com
example.com:80
127.0.0.1
http:
http:/
http://
http:///
http:///etc/passwd
http:example.com
http:/example.com/
http://?x
http://#x
http://./
http://../
http://.example.com/
http://a..b/
http://example.com../
http://-example.com/
http://example-.com/
http://exa$mple.com/
http://exa*mple.com/
http://example.com;127.0.0.1/
http://example.com,127.0.0.1/
http://127.0.0.1;example.com/
http://(example).com/
http://example.com&@127.0.0.1/
http://0x7f.0.0.1:80/
http://foo.123/
http://foo.0x1/
http://foo.0x/
""".strip().splitlines()

# What a line of the table above cannot hold.
REFUSED_TOO = [
    "",
    " http://example.com/",
    "http://example.com/ ",
    "http://example.com/\n",
    "\thttp://example.com/",
    "http://exam\tple.com/",
    "http://127.0.0.1\t/",
    "http://example.com\r\nX-Evil: 1/",
    "http://\u00ad127.0.0.1/",
    "http://127.0.0.1\u200b/",
    "http://\u202e1.0.0.721/",
    "http://\x00/",
    "http://" + "a" * 64 + ".com/",
    "http://" + "a." * 127 + "com/",
    "http://example.com/" + "x" * 2048,
]

TAKEN = {
    "https://example.com/hook": "https://example.com/hook",
    "http://example.com/": "http://example.com/",
    "HTTPS://EXAMPLE.com/Hook": "https://example.com/Hook",
    "https://example.com": "https://example.com/",
    "https://example.com:443/": "https://example.com/",
    "https://example.com:8443/x?y=1&z=%20#part": "https://example.com:8443/x?y=1&z=%20",
    "http://example.com.:80/": "http://example.com./",
    "http://8.8.8.8/": "http://8.8.8.8/",
    "http://[2606:4700:4700::1111]:8443/": "http://[2606:4700:4700::1111]:8443/",
    "https://hooks.example.com/services/T0/B0/xyz": "https://hooks.example.com/services/T0/B0/xyz",
    "https://under_score.example.com/": "https://under_score.example.com/",
    "https://xn--bcher-kva.example/": "https://xn--bcher-kva.example/",
    "https://bücher.example/": "https://xn--bcher-kva.example/",
    "https://ⓔxample.com/": "https://example.com/",
    "http://ntfy/": "http://ntfy/",
    "http://0x7f.example/": "http://0x7f.example/",
    "http://1password.com/": "http://1password.com/",
    "https://example.com/@someone?to=a@b#@127.0.0.1": "https://example.com/@someone?to=a@b",
}


@pytest.mark.parametrize("text", [*REFUSED, *REFUSED_TOO])
def test_a_spelling_that_leads_astray_is_refused(text: str) -> None:
    with pytest.raises(BadTarget) as refusal:
        target(text, Walls())
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(("text", "dialled"), TAKEN.items())
def test_an_honest_address_is_taken(text: str, dialled: str) -> None:
    assert str(target(text, Walls())) in (dialled, dialled.rstrip("/"))


def test_no_spelling_passes_where_networks_of_the_operator_are_open() -> None:
    """But those that he opened: the plain spelling, and only that."""
    walls = Walls.of(["10.0.0.0/8", "192.168.0.0/16"])
    passed = []
    for text in [*REFUSED, *REFUSED_TOO]:
        try:
            passed.append(str(target(text, walls)))
        except BadTarget:
            continue
    assert sorted(passed) == ["http://10.0.0.1/", "http://192.168.0.1/"]


def test_a_port_that_the_operator_lists_is_taken() -> None:
    assert target("http://example.com:8080/", Walls(), frozenset({8080})).port == 8080
    with pytest.raises(BadTarget, match="Port 80 "):
        target("http://example.com/", Walls(), frozenset({8080}))


def test_the_table_is_as_long_as_was_asked_for() -> None:
    assert len({*REFUSED, *REFUSED_TOO}) >= 120
