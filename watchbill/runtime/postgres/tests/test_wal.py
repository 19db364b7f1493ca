"""WAL segments laid out ahead are the ones PostgreSQL writes to."""

import os
import signal
from pathlib import Path

from watchbill.runtime.postgres.tests.conftest import ask, postmaster_of
from watchbill.runtime.postgres.tests.eventually import eventually
from watchbill.runtime.postgres.wal import SEGMENT_BYTES, lay_out_segments


def inodes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.iterdir() if len(path.name) == 24}


def test_segments_laid_out_ahead_are_used_and_survive_checkpoints_and_recovery(folder, serve):
    server = serve(folder / "data", spare_segments=4)
    server.start()
    segments = folder / "data" / "postgres" / "pg_wal"
    ahead = inodes(segments)
    assert len(ahead) == 5
    assert all((segments / name).stat().st_size == SEGMENT_BYTES for name in ahead)
    used = []
    for round_ in range(3):
        ask(server.url, f"CREATE TABLE round_{round_} (id int)")
        ask(server.url, "SELECT pg_switch_wal()")
        ask(server.url, f"INSERT INTO round_{round_} VALUES (1)")
        used.append(ask(server.url, "SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))
        if round_ == 0:
            ask(server.url, "CHECKPOINT")
    assert used == sorted(ahead)[1:4]
    assert {name: inodes(segments)[name] for name in used} == {name: ahead[name] for name in used}
    os.kill(postmaster_of(folder / "data"), signal.SIGKILL)
    eventually(lambda: not server.alive(), what="the server is dead")
    server.start()
    assert ask(server.url, "SELECT count(*) FROM round_2") == 1
    last = max(ahead)
    assert inodes(segments)[last] == ahead[last]


def test_the_numbering_runs_over_into_the_next_log(folder):
    (folder / "pg_wal").mkdir()
    (folder / "pg_wal" / "0000000100000000000000FE").write_bytes(b"")
    assert lay_out_segments(folder, count=2) == 2
    assert sorted(inodes(folder / "pg_wal"))[1:] == ["0000000100000000000000FF", "000000010000000100000000"]
