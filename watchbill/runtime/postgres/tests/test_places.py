"""Folders that are too long, not folders, not ours, or of another version."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from watchbill.runtime.postgres import PostgresError, url_of
from watchbill.runtime.postgres.tests.conftest import ask, needs_root


@pytest.mark.parametrize("name", ["a" * 120, "with, comma and spaces 100 %"])
def test_a_path_no_socket_can_have_gets_a_short_private_one(folder, serve, name):
    data_dir = folder / name
    server = serve(data_dir)
    server.start()
    assert ask(server.url, "SELECT 1") == 1
    assert url_of(data_dir) == server.url
    sockets = Path(str(conninfo_to_dict(server.url)["host"]))
    assert not sockets.is_relative_to(folder)
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    server.stop()
    assert not sockets.exists()


def test_a_short_folder_taken_by_somebody_else_is_not_used(folder, own):
    data_dir = folder / ("a" * 120)
    owner = own(data_dir)
    owner.process.kill()
    owner.process.wait()
    trap = folder / "trap"
    trap.mkdir(mode=0o755)
    Path((data_dir / "socket-dir").read_text().strip()).rename(folder / "gone")
    (data_dir / "socket-dir").write_text(f"{trap}\n")
    again = own(data_dir)
    assert "trap" not in again.says["url"]
    again.leave()


def test_a_file_where_the_folder_should_be(folder, serve):
    (folder / "data").write_text("hello")
    with pytest.raises(PostgresError, match="is not a directory"):
        serve(folder / "data").start()


def test_a_file_above_the_folder(folder, serve):
    (folder / "file").write_text("hello")
    with pytest.raises(PostgresError, match="cannot be used"):
        serve(folder / "file" / "data").start()


@pytest.mark.parametrize("version", ["16", "19"])
def test_another_version_is_refused_by_name(folder, serve, version):
    cluster = folder / "data" / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text(f"{version}\n")
    if os.geteuid() == 0:
        os.chown(cluster, 65520, 65520)
    with pytest.raises(PostgresError, match=f"written by PostgreSQL {version}") as error:
        serve(folder / "data").start()
    assert "pg_upgrade" in str(error.value)


def test_a_failed_start_shows_the_end_of_the_log(folder, serve):
    server = serve(folder / "data", changes={"shared_buffers": "much"})
    with pytest.raises(PostgresError) as error:
        server.start()
    assert 'invalid value for parameter "shared_buffers"' in str(error.value)
    assert not server.alive()


@needs_root
def test_a_read_only_file_system_is_named(folder, own):
    """Root writes through permissions, so a read-only mount in a namespace of its own stands in."""
    script = f'mount -t tmpfs -o ro none {folder} && exec "$@"'
    allowed = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0
    if not allowed:
        pytest.skip("this container allows no mount namespace")
    owner = own(folder / "data", prefix=("unshare", "-m", "sh", "-c", script, "sh"))
    assert "mounted read-only" in owner.says["error"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_is_named(folder, serve):
    folder.chmod(0o500)
    try:
        with pytest.raises(PostgresError, match="cannot be used"):
            serve(folder / "data").start()
    finally:
        folder.chmod(0o700)
