"""What a file asks for, with the place of every word that is checked later. What it does not mention is UNSET."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from watchbill.configuration.problems import Place
from watchbill.engine.duty.schedule import HandOff, Hours
from watchbill.engine.words import Role, Severity, TargetKind, Whom


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
    """A person by e-mail, or a team or a schedule by name; exactly one of them."""

    user: str | UnsetType = UNSET
    team: str | UnsetType = UNSET
    schedule: str | UnsetType = UNSET

    @property
    def given(self) -> tuple[TargetKind, ...]:
        """Which of them; one, unless the file has a mistake."""
        return tuple(kind for kind in TargetKind if getattr(self, kind.value) is not UNSET)

    @property
    def kind(self) -> TargetKind:
        """Which of them."""
        return next(iter(self.given), TargetKind.USER)

    @property
    def name(self) -> str:
        """The e-mail address or the name."""
        return self.user or self.team or self.schedule or ""


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
    out_of_office_calendar: WantedSetting | UnsetType = UNSET


class WantedPlace(WantedTarget, kw_only=True):
    """One place of a rotation: a person, a team, or several together."""

    together: tuple[WantedTarget, ...] | UnsetType = UNSET

    @property
    def members(self) -> tuple[WantedTarget, ...]:
        """Those in it."""
        return (self,) if self.together is UNSET else self.together


class WantedRotation(Wanted, kw_only=True):
    """A rotation of a schedule; known by its name. `hand_off`: its anchor is phrases.NO_DAY where none is given."""

    name: str
    was: str = ""
    people: tuple[WantedPlace, ...] | UnsetType = UNSET
    hand_off: HandOff | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    hours: tuple[Hours, ...] | UnsetType = UNSET
    starts: datetime | UnsetType | None = UNSET
    ends: datetime | UnsetType | None = UNSET
    starts_with: WantedPlace | UnsetType = UNSET
    shadows: tuple[WantedTarget, ...] | UnsetType = UNSET
    shadow: bool | UnsetType = UNSET
    calendar: WantedSetting | UnsetType = UNSET


class WantedSchedule(Wanted, kw_only=True):
    """A schedule; known by its name. `gap_warning`: seconds."""

    name: str
    was: str = ""
    team: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    hours: tuple[Hours, ...] | UnsetType = UNSET
    gap_warning: int | UnsetType = UNSET
    holidays: tuple[str, ...] | UnsetType = UNSET
    rotations: tuple[WantedRotation, ...] | UnsetType = UNSET


class WantedCondition(Wanted, kw_only=True):
    """When a step is taken at all."""

    hours: tuple[Hours, ...] = ()
    time_zone: str = ""
    severities: tuple[Severity, ...] = ()


class WantedStep(Wanted, kw_only=True):
    """One rung of a policy. `wait`: seconds."""

    page: tuple[WantedTarget, ...] = ()
    wait: int = 300
    whom: Whom = Whom.ON_DUTY
    only: WantedCondition | UnsetType = UNSET


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
    schedules: Sequence[WantedSchedule] | UnsetType = UNSET
    escalation_policies: Sequence[WantedPolicy] | UnsetType = UNSET
    services: Sequence[WantedService] | UnsetType = UNSET
    maintenance_windows: Sequence[WantedWindow] | UnsetType = UNSET

    def kinds(self) -> Iterator[str]:
        """The kinds that a file mentions, by their keys."""
        return (kind for kind in self.__struct_fields__ if getattr(self, kind) is not UNSET)
