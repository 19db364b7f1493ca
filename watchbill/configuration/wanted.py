"""What a file asks for, with the place of every word that is checked later. What it does not mention is UNSET."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from watchbill.configuration.problems import Place
from watchbill.engine.words import Role, TargetKind


class Wanted(Struct, kw_only=True):
    """One thing in the file. `at`: where it begins. `places`: where the value of each of its keys stands. `doubtful`: what
    it is known by could not be read, which was told; something stands in for it, so that the rest is checked."""

    at: Place
    places: dict[str, Place]
    doubtful: bool = False

    def place(self, key: str) -> Place:
        """Where a key's value stands, or where the thing begins."""
        return self.places.get(key, self.at)


class WantedTarget(Wanted, kw_only=True):
    """A person by e-mail or a team by name; exactly one of the two."""

    user: str | UnsetType = UNSET
    team: str | UnsetType = UNSET

    @property
    def kind(self) -> TargetKind:
        """Which of the two."""
        return TargetKind.TEAM if self.user is UNSET else TargetKind.USER

    @property
    def name(self) -> str:
        """The e-mail address or the team's name."""
        return self.user or self.team or ""


class WantedMember(Wanted, kw_only=True):
    """A person in a team."""

    user: str = ""
    role: Role = Role.RESPONDER


class WantedTeam(Wanted, kw_only=True):
    """A team; known by its name."""

    name: str
    was: str = ""
    members: tuple[WantedMember, ...] | UnsetType = UNSET


class WantedSetting(Struct):
    """One setting of a contact method, variables filled in. `keep`: what is stored. `shown`: as the file has it.
    `bad`: it could not be read, and that was told."""

    text: str
    at: Place
    keep: bool = False
    shown: str = ""
    bad: bool = False


class WantedMethod(Wanted, kw_only=True):
    """A contact method; known by its name. The settings are always the whole of them."""

    name: str
    channel: str = ""
    enabled: bool = True
    settings: dict[str, WantedSetting]


class WantedRule(Wanted, kw_only=True):
    """A notification rule. `after`: seconds. `use`: name of a contact method."""

    after: int = 0
    use: str = ""


class WantedRules(Wanted, kw_only=True):
    """The rules of each urgency."""

    high: tuple[WantedRule, ...] | UnsetType = UNSET
    low: tuple[WantedRule, ...] | UnsetType = UNSET


class WantedUser(Wanted, kw_only=True):
    """A person; known by the e-mail address."""

    email: str
    was: str = ""
    name: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    active: bool = True
    contact_methods: tuple[WantedMethod, ...] | UnsetType = UNSET
    notification_rules: WantedRules | UnsetType = UNSET


class WantedStep(Wanted, kw_only=True):
    """One rung of a policy. `wait`: seconds."""

    page: tuple[WantedTarget, ...] = ()
    wait: int = 300


class WantedPolicy(Wanted, kw_only=True):
    """An escalation policy; known by its name. `team`: empty for none."""

    name: str
    was: str = ""
    team: str | UnsetType = UNSET
    repeat: int | UnsetType = UNSET
    steps: tuple[WantedStep, ...] | UnsetType = UNSET
    fallback: tuple[WantedTarget, ...] | UnsetType = UNSET


class WantedIntegration(Wanted, kw_only=True):
    """A way into a service; known by its name. At most one of `key` and `key_sha256` is given."""

    name: str
    was: str = ""
    kind: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    key_sha256: str | UnsetType = UNSET
    key_begins: str | UnsetType = UNSET


class WantedService(Wanted, kw_only=True):
    """A service; known by its name. `grouping`: off, open, or seconds. `acknowledge_timeout`: seconds, 0 for never."""

    name: str
    was: str = ""
    description: str | UnsetType = UNSET
    team: str | UnsetType = UNSET
    policy: str | UnsetType = UNSET
    urgency: str | UnsetType = UNSET
    grouping: str | int | UnsetType = UNSET
    acknowledge_timeout: int | UnsetType = UNSET
    active: bool = True
    integrations: tuple[WantedIntegration, ...] | UnsetType = UNSET


class WantedRef(Struct):
    """The name of something that is described elsewhere."""

    name: str
    at: Place


class WantedWindow(Wanted, kw_only=True):
    """A maintenance window; known by its reason and its beginning."""

    reason: str
    starts: datetime
    ends: datetime | UnsetType = UNSET
    services: tuple[WantedRef, ...] | UnsetType = UNSET


class Wish(Struct):
    """Everything that the files ask for. A kind is UNSET when no file mentions it."""

    teams: Sequence[WantedTeam] | UnsetType = UNSET
    users: Sequence[WantedUser] | UnsetType = UNSET
    escalation_policies: Sequence[WantedPolicy] | UnsetType = UNSET
    services: Sequence[WantedService] | UnsetType = UNSET
    maintenance_windows: Sequence[WantedWindow] | UnsetType = UNSET

    def kinds(self) -> Iterator[str]:
        """The kinds that a file mentions, by their keys."""
        return (kind for kind in self.__struct_fields__ if getattr(self, kind) is not UNSET)
