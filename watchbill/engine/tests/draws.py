"""What the moves of the property tests are made of: people, policies, schedules and services by hypothesis."""

from hypothesis import strategies as st

from watchbill.engine.directory import Condition, PolicyStep
from watchbill.engine.duty.schedule import DAY, Hours
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CY,
    PRIMARY,
    SECONDARY,
    TEAM,
    high,
    low,
    mail,
    person,
    phone,
    policy,
    rota,
    schedule,
    team,
    unreachable,
    user,
)
from watchbill.engine.words import Grouping, Role, Severity, UrgencyRule, Whom

KEYS = st.sampled_from(["db", "disk", "web"])
SECONDS = st.sampled_from([0, 1, 60, 299, 300, 600, 86_400, 9 * 86_400])
TARGETS = st.lists(
    st.sampled_from([*user(ANA, BO), *team(TEAM), *schedule(PRIMARY, SECONDARY, PRIMARY)]), max_size=2
).map(tuple)
WINDOWS = st.sampled_from(
    [(), (), (Hours(6 * DAY + 120, 60),), (Hours(0, 6 * DAY),)]
)  # in the first hour, and not at first
CONDITIONS = st.one_of(
    st.none(),
    st.builds(
        Condition,
        WINDOWS,
        st.just("UTC"),
        st.sampled_from([frozenset(), frozenset({Severity.CRITICAL, Severity.INFO})]),
    ),
)
STEPS = st.lists(
    st.builds(PolicyStep, st.sampled_from([60, 300, 7200]), TARGETS, st.sampled_from(Whom), CONDITIONS), max_size=3
)
POLICIES = st.builds(
    lambda steps, repeat, fallback: policy(*steps, repeat=repeat, fallback=fallback), STEPS, st.integers(0, 2), TARGETS
)
TURNS = st.lists(st.sampled_from([(), (ANA,), (BO,), (ANA, BO)]), max_size=3)
ROTAS = st.builds(
    lambda id_, turns, hours, shadows: rota(*turns, id=id_, hours=hours, shadows=shadows),
    st.sampled_from([PRIMARY, SECONDARY]),
    TURNS,
    WINDOWS,
    st.sampled_from([(), (CY,), (CY, BO)]),
)
ROLES = st.sampled_from([Role.RESPONDER, Role.OWNER, Role.OBSERVER])
SERVICES = st.fixed_dictionaries(
    {
        "grouping": st.sampled_from(Grouping),
        "grouping_window": st.sampled_from([60, 3600]),
        "acknowledge_timeout": st.sampled_from([None, 60, 1800]),
        "urgency": st.sampled_from(UrgencyRule),
    }
)


def rules_for(who: int):
    one = st.builds(
        lambda make, delay, method: make(delay, method),
        st.sampled_from([high, low]),
        st.sampled_from([0, 60, 400]),
        st.sampled_from([phone(who), mail(who)]),
    )
    return st.lists(one, max_size=3).map(lambda found: sorted(found, key=lambda rule: rule.delay))


def states_of(who: int):
    there = st.builds(
        lambda rules, on, too: person(who, *rules, phone_on=on, mail_on=too),
        rules_for(who),
        st.booleans(),
        st.booleans(),
    )
    return st.one_of(there, there, st.just(person(who)), st.just(unreachable(who)), st.just(person(who, active=False)))


PEOPLE = st.one_of(states_of(ANA), states_of(BO), states_of(CY))
