"""A process that owns an embedded database until its standard input ends: for tests that kill owners.

python -m watchbill.runtime.postgres.tests.owner <data_dir>
"""

import json
import sys
from pathlib import Path

from watchbill.runtime.postgres import EmbeddedPostgres, PostgresError
from watchbill.runtime.postgres.postmaster import read_pid_file


def main(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, spare_segments=0)
    try:
        server.start()
    except PostgresError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    told = read_pid_file(data_dir / "postgres")
    assert told is not None
    print(json.dumps({"url": server.url, "postmaster": told.pid}), flush=True)
    sys.stdin.read()
    server.stop()
    print(json.dumps({"stopped": True}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
