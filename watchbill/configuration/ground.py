"""What a file is held against: the database as it stands, the channels, the seal; and where mistakes are told."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from msgspec import Struct

from watchbill.channels.contract import Channel
from watchbill.configuration.problems import Place, Problems, quoted
from watchbill.configuration.state import TITLES, Stored
from watchbill.runtime.seal import SEALED, Seal
from watchbill.settings import BadSetting


class Ground(Struct):
    """`seal`: None when there is no database, and so nothing to open. `offline`: the same, said of references.
    `permissive`: the channels of a node that allows every address that a node can allow. `file`: the first one, for what
    stands in none."""

    stored: Stored
    channels: Mapping[str, Channel]
    problems: Problems
    seal: Seal | None = None
    permissive: Callable[[], Mapping[str, Channel]] = dict
    file: str = ""

    @property
    def offline(self) -> bool:
        """Nobody asked a database: what the file does not name may still be there."""
        return self.seal is None

    def opened(self, sealed: str) -> str | None:
        """A stored secret, or None when no key opens it."""
        if self.seal is None:
            return None
        try:
            opened: str = self.seal.open({"": {SEALED: sealed}})[""]
        except BadSetting:
            return None
        return opened

    def refer(self, kind: str, name: str, known: Collection[str], place: Place, was: Mapping[str, Any]) -> None:
        """Tells of a reference to nothing. `was`: old names with new ones."""
        if name in known:
            return
        title = TITLES[kind]
        if name in was:
            self.problems.error(place, f"The {title} {quoted(name)} is now called {was[name]}.")
            return
        near = self.problems.did_you_mean(name, known)
        if self.offline and not near:
            self.problems.warn(
                place, f"The {title} {quoted(name)} is not in the file. Whether the database has it was not asked."
            )
            return
        said = "neither in the file nor in the database" if not self.offline else "not in the file"
        hint = near or f" Describe it under `{kind}`."
        self.problems.error(place, f"The {title} {quoted(name)} is {said}.{hint}")
