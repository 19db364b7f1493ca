"""Where keys stand and what they open."""

import base64

import pytest

from watchbill.intake.keys import LONGEST_CREDENTIAL, find_integration, key_of_authorization
from watchbill.intake.tests.fakes import ANAS, ANAS_KEY, CYS_KEY, directory_of


def basic(pair: bytes) -> bytes:
    return b"Basic " + base64.b64encode(pair)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (b"Bearer abc", "abc"),
        (b" bearer   abc ", "abc"),
        (basic(b"anybody:abc"), "abc"),
        (basic(b":abc\n"), "abc"),
        (basic(b"user:with:colons"), "with:colons"),
        (basic(b"no colon"), ""),
        (b"Basic ???", ""),
        (b"Basic", ""),
        (b"Bearer", ""),
        (b"Digest abc", ""),
        (b"", ""),
        (b"Bearer \xff", "ÿ"),
    ],
)
def test_the_key_of_a_header(header, key):
    assert key_of_authorization(header) == key


def test_a_key_opens_by_its_hash():
    directory = directory_of(**{ANAS_KEY: ANAS})
    assert find_integration(directory, ANAS_KEY) == ANAS
    for wrong in (CYS_KEY, ANAS_KEY.upper(), "", "\ud800", "x" * 10_000):
        assert find_integration(directory, wrong) is None
    long = "k" * (LONGEST_CREDENTIAL + 1)
    assert find_integration(directory_of(**{long: ANAS}), long) is None, "the cache must stay small"
    (hashed,) = directory.integrations
    assert find_integration(directory, hashed) is None
