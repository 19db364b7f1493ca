"""The server's log stays small and its end can be quoted."""

from watchbill.runtime.postgres.log import ServerLog
from watchbill.runtime.postgres.tests.conftest import ask


def test_a_large_log_is_moved_away_under_the_running_server(folder, serve):
    server = serve(folder / "data")
    server.start()
    path = folder / "data" / "postgres.log"
    with path.open("ab") as log:
        log.write(b"noise\n" * 1_000_000)
    assert server.alive()
    assert path.stat().st_size == 0
    assert path.with_name("postgres.log.1").stat().st_size <= 4 * 1024 * 1024
    ask(server.url, "DO $$ BEGIN RAISE WARNING 'after the cut'; END $$")
    assert "after the cut" in ServerLog(path).tail()


def test_the_tail_leaves_out_what_was_there_before(folder):
    path = folder / "postgres.log"
    log = ServerLog(path)
    assert log.tail() == ""
    path.write_text("old\n")
    mark = log.size()
    path.write_text("old\nnew\n")
    assert log.tail(mark) == "new"
