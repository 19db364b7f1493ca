"""Owners and servers killed without a word, and what they leave behind."""

import os
import signal
import subprocess
import sys

from watchbill.runtime.postgres.postmaster import servers_of
from watchbill.runtime.postgres.sockets import url_for
from watchbill.runtime.postgres.tests.conftest import ask, postmaster_of, running
from watchbill.runtime.postgres.tests.eventually import eventually


def test_a_killed_owner_leaves_no_server_and_the_next_one_finds_the_data(folder, own, serve):
    owner = own(folder / "data")
    ask(owner.says["url"], "CREATE TABLE page AS SELECT 7 AS id")
    owner.process.kill()
    eventually(lambda: not running(owner.says["postmaster"]), within=5, what="the server is gone")
    server = serve(folder / "data")
    server.start()
    assert ask(server.url, "SELECT id FROM page") == 7


def test_the_next_owner_waits_for_a_server_that_is_still_shutting_down(folder, own, serve):
    owner = own(folder / "data")
    ask(owner.says["url"], "CREATE TABLE page AS SELECT generate_series(1, 100000) AS id")
    owner.process.kill()
    owner.process.wait()  # its lock is free now, its server is at its checkpoint
    server = serve(folder / "data")
    server.start()
    assert postmaster_of(folder / "data") != owner.says["postmaster"]
    assert ask(server.url, "SELECT count(*) FROM page") == 100000


def test_a_server_that_does_not_shut_down_is_ended_by_the_next_owner(folder, own, serve):
    owner = own(folder / "data")
    old = owner.says["postmaster"]
    ask(owner.says["url"], "CREATE TABLE page AS SELECT 7 AS id")
    os.kill(old, signal.SIGSTOP)  # deaf: neither the death signal nor SIGQUIT reaches it
    owner.process.kill()
    owner.process.wait()
    server = serve(folder / "data")
    server.start(timeout=4)
    assert not running(old)
    assert ask(server.url, "SELECT id FROM page") == 7


def test_a_killed_postmaster_is_noticed_and_started_again(folder, serve):
    server = serve(folder / "data")
    server.start()
    ask(server.url, "CREATE TABLE page AS SELECT 7 AS id")
    os.kill(postmaster_of(folder / "data"), signal.SIGKILL)
    eventually(lambda: not server.alive(), what="alive() turns False")
    server.start()
    assert ask(server.url, "SELECT id FROM page") == 7
    server.stop()
    assert not list(servers_of(folder / "data" / "postgres"))


def test_pid_files_that_name_a_stranger_neither_block_nor_harm(folder, serve):
    data_dir = folder / "data"
    server = serve(data_dir)
    server.start()
    os.kill(postmaster_of(data_dir), signal.SIGKILL)
    eventually(lambda: not server.alive(), what="the server is dead")
    home = (data_dir / "postgres").stat()
    program = [sys.executable, "-c", "import sys; print('here', flush=True); sys.stdin.read()"]
    identity = {"user": home.st_uid, "group": home.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    program = ["/bin/cat"] if identity else program
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", **identity) as stranger:
        for file in (data_dir / "postgres" / "postmaster.pid", data_dir / "socket" / ".s.PGSQL.5432.lock"):
            lines = file.read_text().splitlines(keepends=True)
            file.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))
        server.start()
        assert ask(url_for(data_dir / "socket"), "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.kill()


def test_an_owner_killed_during_initdb_is_no_obstacle(folder, own, serve):
    """Killed initdb leaves a `postgres --single` at work for a moment; the next start waits for it."""
    owner = own(folder / "data", listen=False)
    draft = folder / "data" / "postgres.new"
    eventually((draft / "PG_VERSION").exists, what="initdb is at work")
    owner.process.kill()
    owner.process.wait()
    server = serve(folder / "data")
    server.start()
    assert ask(server.url, "SELECT count(*) > 300 FROM pg_class") is True
    assert not draft.exists()


def test_a_half_made_cluster_is_made_anew(folder, serve):
    half = folder / "data" / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = serve(folder / "data")
    server.start()
    assert ask(server.url, "SELECT 1") == 1
    assert not half.exists()
