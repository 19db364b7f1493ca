"""The ladder against a second, plain reckoning of it: who is paged when, if nobody ever answers."""

from hypothesis import given
from hypothesis import strategies as st

from watchbill.engine.directory import Directory
from watchbill.engine.facts import TimePassed
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CY,
    HOUSE,
    START,
    TEAM,
    Story,
    alert,
    high,
    mail,
    pages,
    person,
    phone,
    policy,
    said,
    team,
    unreachable,
    user,
    with_people,
    with_policies,
)
from watchbill.engine.tests.profile import BOUNDED

Told = tuple[float, int, int]  # seconds after the alert, person, contact method
MEMBERS = [ANA, BO]


def expected(house: Directory) -> list[Told]:
    """Goes through the rungs one after the other and writes down each page that comes before its rung ends. A rung that
    would end before anybody's first page begins with it."""
    (_, one), *_ = house.policies.items()
    can_be_woken = [who for who, p in house.people.items() if any(method.enabled for method in p.methods)]
    fallback = named(one.fallback, can_be_woken) or [who for who in MEMBERS if who in can_be_woken] or [CY]
    rungs = [(step.delay, named(step.targets, can_be_woken) or fallback) for step in one.steps] or [(300, fallback)]
    rungs = rungs * (1 + (one.repeat if one.steps else 0)) + [(None, fallback)]
    told: list[Told] = []
    begins = 0
    for lasts, people in rungs:
        heard = [
            (begins + delay, who, method)
            for who in people
            for delay, method in habits(house, who)
            if lasts is None or delay < lasts
        ]
        told += heard or [(begins, who, method) for who in people for method in first_habits(house, who)]
        begins += lasts or 0
    return sorted(told)


def named(targets, can_be_woken: list[int]) -> list[int]:
    """The people of some targets."""
    people = [who for target in targets for who in (MEMBERS if target in team(TEAM) else [target.id])]
    return [who for who in dict.fromkeys(people) if who in can_be_woken]


def habits(house: Directory, who: int) -> set[tuple[int, int]]:
    """After how long a person is woken over which method: by the rules, or else over everything at once."""
    on = [method.id for method in house.people[who].methods if method.enabled]
    rules = {(rule.delay, rule.method) for rule in house.people[who].rules if rule.method in on}
    return rules or {(0, method) for method in on}


def first_habits(house: Directory, who: int) -> set[int]:
    """The methods by which a person is woken first."""
    first = min(delay for delay, _ in habits(house, who))
    return {method for delay, method in habits(house, who) if delay == first}


def played(house: Directory) -> list[Told]:
    """The same by the rules, woken each time just when they ask to be."""
    story = Story(house)
    told = [(0.0, page.person, page.method) for page in pages(story.tell(alert()))]
    while story.due is not None:
        seconds = story.due
        told += [(seconds, page.person, page.method) for page in pages(story.tell(said(TimePassed), seconds))]
        assert len(told) < 1000
    return sorted(told)


def a_person(who: int, *, may_be_out: bool = True):
    """Somebody with some rules for what wakes, or none; perhaps without any way to be reached."""
    rule = st.builds(high, st.sampled_from([0, 1, 30, 60, 300, 301]), st.sampled_from([phone(who), mail(who)]))
    rules = st.lists(rule, max_size=3, unique_by=lambda one: (one.delay, one.method))
    ordered = rules.map(lambda found: sorted(found, key=lambda one: one.delay))
    reached = st.builds(lambda found, on: person(who, *found, phone_on=on), ordered, st.booleans())
    return st.one_of(reached, reached, st.just(unreachable(who))) if may_be_out else reached


TARGETS = st.lists(st.sampled_from([*user(ANA, BO, CY), *team(TEAM)]), max_size=3).map(tuple)
STEPS = st.lists(st.tuples(st.sampled_from([1, 60, 300, 900]), TARGETS), max_size=4)
HOUSES = st.builds(
    lambda steps, repeat, fallback, *people: with_people(
        with_policies(HOUSE, policy(*steps, repeat=repeat, fallback=fallback)), *people
    ),
    STEPS,
    st.integers(0, 2),
    TARGETS,
    a_person(ANA),
    a_person(BO),
    a_person(CY, may_be_out=False),  # so that there is always somebody
)


@BOUNDED
@given(HOUSES)
def test_the_rules_page_as_the_plain_reckoning_says(house):
    assert played(house) == expected(house)


def test_the_reckoning_itself():
    phones = with_people(HOUSE, *(person(who, high(0, phone(who))) for who in (ANA, BO, CY)))
    assert expected(phones) == [
        (0, ANA, phone(ANA)),
        (300, BO, phone(BO)),
        (900, ANA, phone(ANA)),
        (900, BO, phone(BO)),
    ]
    assert START.hour == 2
