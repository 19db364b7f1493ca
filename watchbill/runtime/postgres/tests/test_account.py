"""Who the server runs as, and how it gets past folders that account may not enter."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from watchbill.runtime.postgres import url_of
from watchbill.runtime.postgres.account import UNASSIGNED_IDS
from watchbill.runtime.postgres.binaries import find_binaries
from watchbill.runtime.postgres.tests.conftest import REPOSITORY, ask, needs_root, postmaster_of


def modes_above(folder: Path) -> list[tuple[Path, int, int]]:
    return [(path, path.stat().st_mode, path.stat().st_uid) for path in (folder, *folder.parents)]


@needs_root
def test_below_a_folder_only_root_may_enter(folder, serve):
    """The folder is 0700 and root's; the server gets in through its own mount namespace, and nothing is opened up."""
    before = modes_above(folder)
    server = serve(folder / "data")
    server.start()
    status = Path(f"/proc/{postmaster_of(folder / 'data')}/status").read_text().splitlines()
    uids = next(line for line in status if line.startswith("Uid:")).split()[1:]
    groups = next(line for line in status if line.startswith("Groups:")).split()[1:]
    assert len(set(uids)) == 1 and int(uids[0]) in UNASSIGNED_IDS
    assert groups == []
    assert ask(server.url, "SELECT 1") == 1
    assert url_of(folder / "data") == server.url
    assert modes_above(folder) == before
    for path in (folder / "data" / "postgres").rglob("*"):
        assert path.lstat().st_uid == int(uids[0]), path
    with open("/proc/self/mounts") as mounts:
        assert "/mnt/cluster" not in mounts.read()


@needs_root
def test_in_a_container_without_mounts_only_our_own_folder_lets_the_server_pass(folder, own):
    """Most containers lack CAP_SYS_ADMIN and CAP_SYS_PTRACE."""
    if find_binaries().site.is_relative_to("/root"):
        pytest.skip("the PostgreSQL programs lie in /root")
    folder.chmod(0o755)
    bare = ("setpriv", "--bounding-set=-sys_admin,-sys_ptrace", "--inh-caps=-all")
    owner = own(folder / "data", prefix=bare)
    assert ask(owner.says["url"], "SELECT 1") == 1
    found = (folder / "data").stat()
    assert stat.S_IMODE(found.st_mode) == 0o710 and found.st_gid in UNASSIGNED_IDS
    owner.process.kill()
    owner.process.wait()
    again = own(folder / "data", prefix=bare)  # recognises the old server although /proc hides its folder
    assert ask(again.says["url"], "SELECT 1") == 1
    again.leave()


@needs_root
def test_in_a_container_without_mounts_a_closed_folder_above_is_named(folder, own):
    owner = own(folder / "data", prefix=("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"))
    assert f"may not pass through {folder}" in owner.says["error"]
    assert f"chmod o+x {folder}" in owner.says["error"]


@needs_root
def test_an_ordinary_user_runs_it_as_himself(folder, own):
    python = python_for_everyone()
    nobody = pwd.getpwnam("nobody")
    folder.chmod(0o755)
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    owner = own(home / "data", python=python, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    assert "error" not in owner.says
    assert Path(f"/proc/{owner.says['postmaster']}").stat().st_uid == nobody.pw_uid
    assert ask(owner.says["url"], "SELECT 1") == 1
    owner.leave()


@needs_root
def test_root_goes_on_as_the_owner_of_a_database_that_a_user_made(folder, own, serve):
    python = python_for_everyone()
    nobody = pwd.getpwnam("nobody")
    folder.chmod(0o755)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    owner = own(folder / "data", python=python, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    ask(owner.says["url"], "CREATE TABLE page AS SELECT 7 AS id")
    owner.leave()
    server = serve(folder / "data")
    server.start()
    assert ask(server.url, "SELECT id FROM page") == 7
    assert Path(f"/proc/{postmaster_of(folder / 'data')}").stat().st_uid == nobody.pw_uid


def python_for_everyone() -> str:
    """A Python of our version that `nobody` may run, together with this repository and the wheel."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{version}", shutil.which(version)):
        folders = [str(find_binaries().site), str(REPOSITORY)]
        check = f"import sys; sys.path[:0] = {folders!r}; import psycopg, watchbill"
        if candidate is None:
            continue
        try:
            done = subprocess.run([candidate, "-c", check], user="nobody", cwd="/", capture_output=True, check=False)
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    pytest.skip("no Python here that an ordinary user may run")
