"""The ladder against a second, plain reckoning of it: who is paged when, and who is told beside, if nobody ever answers."""

from collections import Counter
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from watchbill.engine.commands import TellShadow
from watchbill.engine.directory import Condition, Directory, PolicyStep
from watchbill.engine.duty.schedule import DAY, Hours, OverrideKind, Schedule
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CY,
    HOUSE,
    PRIMARY,
    SECONDARY,
    START,
    TEAM,
    Story,
    alert,
    at,
    by_turns,
    high,
    mail,
    only,
    override,
    pages,
    person,
    phone,
    policy,
    rota,
    schedule,
    seconds_of,
    team,
    unreachable,
    user,
    with_people,
    with_policies,
    with_schedules,
)
from watchbill.engine.tests.profile import BOUNDED
from watchbill.engine.words import Severity, TargetKind, Whom

Told = tuple[float, int, int]  # seconds after the alert, person, contact method
Shadowed = tuple[float, int]
MEMBERS = [ANA, BO]


class Expected(NamedTuple):
    pages: list[Told]
    shadows: list[Shadowed]


class Reckoning:
    """Goes through the rungs one after the other and writes down each page that comes before its rung ends. A rung that
    would end before anybody's first page begins with it."""

    def __init__(self, house: Directory) -> None:
        self.house = house
        (_, self.policy), *_ = house.policies.items()
        self.awake = [who for who, p in house.people.items() if any(method.enabled for method in p.methods)]
        self.told: list[Told] = []
        self.shadows: list[Shadowed] = []
        self.taken: Counter[int] = Counter()
        self.begins = 0

    def reckon(self) -> Expected:
        policy = self.policy
        if not policy.steps:
            self.fallback(300)
        for _ in range(1 + policy.repeat):
            for level, step in enumerate(policy.steps):
                if self.is_for_now(step):
                    self.stand_on(level, step)
        self.fallback(None)
        return Expected(sorted(self.told), sorted(self.shadows))

    def stand_on(self, level: int, step: PolicyStep) -> None:
        people = self.behind(step.targets, everyone=step.whom is Whom.EVERYONE)
        if step.whom is Whom.ROUND_ROBIN and people:
            people = [people[self.taken[level] % len(people)]]
            self.taken[level] += 1
        if people:
            self.tell_shadows(step.targets, people)
            self.wake(people, step.delay)
        else:
            self.fallback(step.delay, step.targets)

    def fallback(self, lasts: int | None, instead_of=()) -> None:
        awake = self.awake
        own = self.behind(self.policy.fallback)
        people = own or [who for who in MEMBERS if who in awake] or [CY]
        self.tell_shadows((*instead_of, *self.policy.fallback), people)
        self.wake(people, lasts)

    def wake(self, people: list[int], lasts: int | None) -> None:
        heard = [
            (self.begins + delay, who, method)
            for who in people
            for delay, method in habits(self.house, who)
            if lasts is None or delay < lasts
        ]
        first = [(self.begins, who, method) for who in people for method in first_habits(self.house, who)]
        self.told += heard or first
        self.begins += lasts or 0

    def tell_shadows(self, targets, people: list[int]) -> None:
        shadows: list[int] = []
        for target in targets:
            if target.kind is TargetKind.SCHEDULE:
                rota = self.house.schedules[target.id]
                paged = on_duty(rota, self.begins)
                if within(rota.rotations[0].editions[0].hours, self.begins):
                    shadows += [who for who in rota.rotations[0].editions[0].shadows if who not in paged]
        found = [who for who in dict.fromkeys(shadows) if who in self.awake and who not in people]
        self.shadows += [(self.begins, who) for who in found]

    def behind(self, targets, *, everyone: bool = False) -> list[int]:
        """The people of some targets who can be woken."""
        people: list[int] = []
        for target in targets:
            if target.kind is TargetKind.SCHEDULE:
                rota = self.house.schedules[target.id]
                people += on_duty(rota, self.begins)
                people += [who for turn in rota.rotations[0].editions[0].order for who in turn] if everyone else []
            else:
                people += MEMBERS if target in team(TEAM) else [target.id]
        return [who for who in dict.fromkeys(people) if who in self.awake]

    def is_for_now(self, step: PolicyStep) -> bool:
        if step.only is None:
            return True
        bad_enough = not step.only.severities or Severity.CRITICAL in step.only.severities
        return bad_enough and within(step.only.hours, self.begins)


def on_duty(rota: Schedule, seconds: float) -> list[int]:
    """Whose turn it is so many seconds after 02:00: the turns are whole hours. Overrides are laid over it one by one."""
    (edition,) = rota.rotations[0].editions
    people: list[int] = []
    if edition.order and within(edition.hours, seconds):
        people = list(edition.order[int(seconds // (3600 * edition.hand_off.every)) % len(edition.order)])
    for one in rota.overrides:
        if not one.since <= seconds_of(at(seconds)) < one.until:
            continue
        if one.kind is OverrideKind.TAKE:
            people = [one.person]
        elif one.kind is OverrideKind.REMOVE:
            people = [who for who in people if who != one.instead_of]
        elif one.person not in people:
            people.append(one.person)
    return people


def within(hours, seconds: float) -> bool:
    """Whether a time after Sunday 02:00 is in one of these windows of the week, none of which passes its end."""
    minute = 6 * DAY + 120 + seconds / 60
    return not hours or any(one.begins <= minute < one.begins + one.length for one in hours)


def habits(house: Directory, who: int) -> set[tuple[int, int]]:
    """After how long a person is woken over which method: by the rules, or else over everything at once."""
    on = [method.id for method in house.people[who].methods if method.enabled]
    rules = {(rule.delay, rule.method) for rule in house.people[who].rules if rule.method in on}
    return rules or {(0, method) for method in on}


def first_habits(house: Directory, who: int) -> set[int]:
    """The methods by which a person is woken first."""
    first = min(delay for delay, _ in habits(house, who))
    return {method for delay, method in habits(house, who) if delay == first}


def played(house: Directory) -> Expected:
    """The same by the rules, woken each time just when they ask to be."""
    story = Story(house)
    told: list[Told] = []
    shadows: list[Shadowed] = []
    seconds, decision = 0.0, story.tell(alert())
    while True:
        told += [(seconds, page.person, page.method) for page in pages(decision)]
        shadows += [(seconds, one.person) for one in decision.commands if isinstance(one, TellShadow)]
        assert len(told) < 1000
        if story.due is None:
            return Expected(sorted(told), sorted(shadows))
        seconds, decision = story.wait()


def a_person(who: int, *, may_be_out: bool = True):
    """Somebody with some rules for what wakes, or none; perhaps without any way to be reached."""
    rule = st.builds(high, st.sampled_from([0, 1, 30, 60, 300, 301]), st.sampled_from([phone(who), mail(who)]))
    rules = st.lists(rule, max_size=3, unique_by=lambda one: (one.delay, one.method))
    ordered = rules.map(lambda found: sorted(found, key=lambda one: one.delay))
    reached = st.builds(lambda found, on: person(who, *found, phone_on=on), ordered, st.booleans())
    return st.one_of(reached, reached, st.just(unreachable(who))) if may_be_out else reached


TARGETS = st.lists(
    st.sampled_from([*user(ANA, BO, CY), *team(TEAM), *schedule(PRIMARY, SECONDARY, PRIMARY)]), max_size=3
).map(tuple)
WINDOWS = st.lists(
    st.builds(Hours, st.sampled_from([6 * DAY, 6 * DAY + 121, 6 * DAY + 180]), st.sampled_from([2, 61, 180, 600])),
    max_size=2,
).map(tuple)
CONDITIONS = st.one_of(
    st.none(),
    st.builds(
        Condition,
        WINDOWS,
        st.just("UTC"),
        st.sampled_from([frozenset(), frozenset({Severity.CRITICAL}), frozenset({Severity.INFO, Severity.ERROR})]),
    ),
)
STEPS = st.lists(
    st.builds(PolicyStep, st.sampled_from([1, 60, 300, 900, 3600]), TARGETS, st.sampled_from(Whom), CONDITIONS),
    max_size=4,
)
PEOPLE = st.sampled_from([ANA, BO, CY])
OVERRIDES = st.lists(
    st.builds(
        lambda kind, begins, lasts, who: override(
            kind, begins, begins + lasts, **{"instead_of" if kind is OverrideKind.REMOVE else "person": who}
        ),
        st.sampled_from([OverrideKind.TAKE, OverrideKind.ADD, OverrideKind.REMOVE]),
        st.sampled_from([-60, 0, 1, 300, 3600]),
        st.sampled_from([1, 60, 3600, 86400]),
        PEOPLE,
    ),
    max_size=3,
).map(lambda found: tuple(replace(one, id=number) for number, one in enumerate(found, 1)))


def a_rota(id_: int):
    """A schedule whose turns are whole hours."""
    slots = st.lists(PEOPLE, max_size=2, unique=True).map(tuple)
    return st.builds(
        lambda turns, hours, shadows, every, overrides: rota(
            *turns, id=id_, hours=hours, shadows=shadows, every=every, overrides=overrides
        ),
        st.lists(slots, max_size=3),
        WINDOWS,
        st.lists(PEOPLE, max_size=2, unique=True).map(tuple),
        st.sampled_from([1, 1, 2]),
        OVERRIDES,
    )


HOUSES = st.builds(
    lambda steps, repeat, fallback, primary, secondary, *people: with_people(
        with_schedules(with_policies(HOUSE, policy(*steps, repeat=repeat, fallback=fallback)), primary, secondary),
        *people,
    ),
    STEPS,
    st.integers(0, 2),
    TARGETS,
    a_rota(PRIMARY),
    a_rota(SECONDARY),
    a_person(ANA),
    a_person(BO),
    a_person(CY, may_be_out=False),  # so that there is always somebody
)


@settings(BOUNDED, max_examples=300)
@given(HOUSES)
def test_the_rules_page_as_the_plain_reckoning_says(house):
    assert played(house) == Reckoning(house).reckon()


def test_the_reckoning_itself():
    phones = with_people(HOUSE, *(person(who, high(0, phone(who))) for who in (ANA, BO, CY)))
    assert Reckoning(phones).reckon().pages == [
        (0, ANA, phone(ANA)),
        (300, BO, phone(BO)),
        (900, ANA, phone(ANA)),
        (900, BO, phone(BO)),
    ]
    assert (START.hour, START.weekday()) == (2, 6)


def test_the_reckoning_of_schedules_itself():
    phones = with_people(HOUSE, *(person(who, high(0, phone(who))) for who in (ANA, BO, CY)))
    steps = (
        only(60, user(CY), hours=(Hours(0, 60),)),
        (3600, schedule(PRIMARY)),
        by_turns(60, BO, ANA),
        (60, schedule(SECONDARY)),
    )
    house = with_schedules(
        with_policies(phones, policy(*steps, repeat=1, fallback=user(CY))),
        rota((ANA,), (BO,), shadows=(CY,)),
        rota(hours=(Hours(0, 60),), id=SECONDARY),
    )
    assert Reckoning(house).reckon() == (
        [
            (0, ANA, phone(ANA)),
            (3600, BO, phone(BO)),
            (3660, CY, phone(CY)),
            (3720, BO, phone(BO)),
            (7320, ANA, phone(ANA)),
            (7380, CY, phone(CY)),
            (7440, CY, phone(CY)),
        ],
        [(0, CY), (3720, CY)],
    )
