"""Root is not led away by links in folders that the server's account owns."""

import pytest

from watchbill.runtime.postgres import PostgresError
from watchbill.runtime.postgres.log import BOUND
from watchbill.runtime.postgres.unlinked import read_unlinked


def test_a_link_is_not_followed(folder):
    (folder / "secret").write_text("s3cret")
    (folder / "PG_VERSION").symlink_to(folder / "secret")
    with pytest.raises(OSError, match=r"symbolic|loop|links"):
        read_unlinked(folder / "PG_VERSION")


def test_a_link_in_place_of_the_log_is_neither_cut_nor_written(folder, serve):
    target = folder / "target"
    target.write_bytes(b"x" * (BOUND + 1))
    (folder / "data").mkdir(mode=0o700)
    (folder / "data" / "postgres.log").symlink_to(target)
    with pytest.raises(PostgresError, match=r"postgres\.log"):
        serve(folder / "data").start()
    assert target.stat().st_size == BOUND + 1
