"""One owner for each data folder."""

import os

import pytest

from watchbill.runtime.postgres import PostgresError
from watchbill.runtime.postgres.lock import OwnerLock
from watchbill.runtime.postgres.tests.conftest import ask


def test_a_second_owner_is_told_who_the_first_one_is(folder, own, serve):
    first = own(folder / "data")
    second = serve(folder / "data")
    with pytest.raises(PostgresError) as error:
        second.start()
    message = str(error.value)
    assert f"process {first.process.pid} " in message
    assert " since 20" in message
    assert "Stop that process first" in message
    assert ask(first.says["url"], "SELECT 1") == 1
    first.leave()
    second.start()
    assert second.alive()


def test_the_lock_is_free_after_a_stop_and_after_a_failed_start(folder, serve):
    data_dir = folder / "data"
    (data_dir / "postgres").mkdir(parents=True)
    if os.geteuid() == 0:
        os.chown(data_dir / "postgres", 65521, 65521)
    with pytest.raises(PostgresError, match="PG_VERSION"):
        serve(data_dir).start()
    (data_dir / "postgres").rmdir()
    server = serve(data_dir)
    server.start()
    server.stop()
    lock = OwnerLock(data_dir / "lock")
    lock.take()
    lock.release()


def test_a_forked_child_does_not_keep_the_lock(folder):
    lock = OwnerLock(folder / "lock")
    lock.take()
    wait, go = os.pipe()
    ready, forked = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go)
        os.write(forked, b"!")
        os.read(wait, 1)
        os._exit(0)
    try:
        os.read(ready, 1)
        lock.forget()  # as the kernel does when its owner is killed
        again = OwnerLock(folder / "lock")
        again.take()
        again.release()
    finally:
        for descriptor in (go, wait, ready, forked):
            os.close(descriptor)
        os.waitpid(child, 0)


def test_a_holder_that_has_not_written_its_name_yet_still_holds(folder):
    lock = OwnerLock(folder / "lock")
    lock.take()
    (folder / "lock").write_text("")
    with pytest.raises(PostgresError, match="another process"):
        OwnerLock(folder / "lock").take()
    lock.release()
