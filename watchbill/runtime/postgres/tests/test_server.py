"""Starting, stopping and reaching the embedded database."""

import os
import stat
import threading
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from watchbill.runtime.postgres import EmbeddedPostgres, PostgresError, url_of
from watchbill.runtime.postgres.tests.conftest import ask, postmaster_of, running


def test_a_first_start_makes_a_database_and_a_second_one_finds_its_data(folder, serve):
    server = serve(folder / "data")
    server.start()
    ask(server.url, "CREATE TABLE page (id int)")
    ask(server.url, "INSERT INTO page VALUES (7)")
    first = postmaster_of(folder / "data")
    server.stop()
    assert not running(first) and not server.alive()
    server.start()
    assert ask(server.url, "SELECT id FROM page") == 7
    assert server.alive()


def test_a_with_block_starts_and_stops(folder):
    with EmbeddedPostgres(folder / "data", spare_segments=0) as server:
        pid = postmaster_of(folder / "data")
        assert ask(server.url, "SELECT 1") == 1
    assert not running(pid)
    server.stop()  # once more does no harm


def test_it_stops_in_time_with_clients_connected(folder, serve):
    server = serve(folder / "data")
    server.start()
    pid = postmaster_of(folder / "data")
    with psycopg.connect(server.url) as session:
        session.execute("CREATE TABLE held (id int)")
        server.stop(timeout=4)
        assert not running(pid)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")


def test_everything_is_private(shared):
    data_dir = Path(ask(shared.url, "SELECT 1") and conninfo_to_dict(shared.url)["host"]).parent
    for name in (".", "postgres", "socket"):
        assert stat.S_IMODE((data_dir / name).stat().st_mode) == 0o700, name
    for name in ("lock", "postgres.log"):
        assert stat.S_IMODE((data_dir / name).stat().st_mode) == 0o600, name


def test_the_url_leads_to_the_socket_even_with_a_foreign_environment(shared, monkeypatch):
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATABASE", "elsewhere")
    monkeypatch.setenv("PGHOST", "elsewhere")
    assert ask(shared.url, "SELECT current_database() || '/' || current_user") == "watchbill/watchbill"
    told = conninfo_to_dict(shared.url)
    assert (told["dbname"], told["user"], told["port"]) == ("watchbill", "watchbill", "5432")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("listen_addresses", ""),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("wal_level", "replica"),
        ("min_wal_size", "1GB"),
        ("idle_in_transaction_session_timeout", "10s"),
    ],
)
def test_settings_arrive(shared, name, value):
    assert ask(shared.url, f"SHOW {name}") == value


def test_text_sorts_the_same_on_every_machine(shared):
    found = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = 'watchbill'"
    assert ask(shared.url, found) == "b C.UTF-8"
    assert ask(shared.url, "SELECT upper('ä')") == "Ä"


def test_where_it_listens_cannot_be_changed():
    with pytest.raises(PostgresError, match="listen_addresses"):
        EmbeddedPostgres(Path("/nowhere"), changes={"listen_addresses": "*"})


def test_a_setting_can_be_changed(folder, serve):
    server = serve(folder / "data", changes={"work_mem": "9MB"})
    server.start()
    assert ask(server.url, "SHOW work_mem") == "9MB"


def test_it_starts_once_only(shared):
    with pytest.raises(PostgresError, match="started already"):
        shared.start()
    assert shared.alive()


def test_it_refuses_to_be_tied_to_a_passing_thread(folder, serve):
    server = serve(folder / "data")
    said: list[str] = []

    def try_it() -> None:
        with pytest.raises(PostgresError) as error:
            server.start()
        said.append(str(error.value))

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    assert "main thread" in said[0]


def test_another_process_finds_it_by_its_folder(folder, serve):
    server = serve(folder / "data")
    with pytest.raises(PostgresError, match="No database runs"):
        url_of(folder / "data")
    with pytest.raises(PostgresError, match="No database runs"):
        _ = server.url
    server.start()
    assert url_of(folder / "data") == server.url
    server.stop()
    with pytest.raises(PostgresError, match="No database runs"):
        url_of(folder / "data")


def test_a_forked_child_cannot_stop_it(folder, serve):
    server = serve(folder / ("a" * 120))
    server.start()
    child = os.fork()
    if child == 0:
        server.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert server.alive()
    assert ask(server.url, "SELECT 1") == 1
