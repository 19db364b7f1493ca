"""What is known of a database by its URL."""

import pytest

from watchbill.runtime.database import addresses_of


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("", ()),
        ("postgresql:///name?host=/run/sockets", ()),
        ("postgresql://u:p@127.0.0.1:5432/name", ("127.0.0.1",)),
        ("postgresql://u@127.0.0.1,127.0.0.2/name", ("127.0.0.1", "127.0.0.2")),
        ("postgresql://u@[::1]/name", ("::1",)),
    ],
)
def test_where_a_database_is(url: str, addresses: tuple[str, ...]) -> None:
    assert addresses_of(url) == addresses
