"""What holds whatever happens, in whichever order: moves by hypothesis, checked after each.

People come and go, policies, schedules and windows are edited, alerts come and end, nodes sleep for days. Cy is outside: no
policy names Cy, Cy is at most a shadow in a schedule, and nobody hands Cy an incident, so Cy is paged only when nobody of
the team is left.
"""

from collections.abc import Callable
from datetime import timedelta
from inspect import getsource

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from watchbill.engine import facts
from watchbill.engine.case import Case, Incident
from watchbill.engine.commands import SaveIncident
from watchbill.engine.directory import Person, Policy, PolicyStep
from watchbill.engine.duty.schedule import OverrideKind, Schedule
from watchbill.engine.duty.shifts import on_duty
from watchbill.engine.facts import AlertResolved, AlertTriggered, Fact, OnIncident, PageFailed, TimePassed
from watchbill.engine.notification import reachable
from watchbill.engine.reasons import Reason
from watchbill.engine.step import RULES, step
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CHECKOUT,
    CY,
    POLICY,
    PRIMARY,
    SECONDARY,
    START,
    TEAM,
    mail,
    override,
    phone,
    rota,
    window,
    with_people,
    with_policies,
    with_schedules,
    with_service,
    with_team,
)
from watchbill.engine.tests.draws import KEYS, PEOPLE, POLICIES, ROLES, ROTAS, SECONDS, SERVICES
from watchbill.engine.tests.profile import BOUNDED
from watchbill.engine.tests.world import Told, World, stored
from watchbill.engine.whom import ON_CALL_ROLES, applies
from watchbill.engine.words import Grouping, Severity, Status, TargetKind, Urgency, Whom

STOOD_IN = {Reason.GAP_IN_SCHEDULE, Reason.NOBODY_ON_DUTY, Reason.NO_STEP_APPLIES, Reason.LADDER_EXHAUSTED}
STANDS_ON = {Reason.FIRST_PAGE, Reason.STEP_TIMED_OUT, Reason.LADDER_REPEATED, Reason.METHOD_FAILED_NO_OTHER}


class Moves(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(severity=st.sampled_from(Severity))
    def it_begins(self, severity: Severity) -> None:
        self.an_alert("db", severity)

    # What monitors say

    @rule(key=KEYS, severity=st.sampled_from(Severity))
    def an_alert_comes(self, key: str, severity: Severity) -> None:
        self.an_alert(key, severity)

    @rule(key=KEYS, kind=st.sampled_from([AlertResolved, facts.AlertAcknowledged]))
    def an_alert_ends(self, key: str, kind: type[Fact]) -> None:
        self.tell(kind(service=CHECKOUT, dedup_key=key))

    # What people do

    @precondition(lambda self: self.world.incidents)
    @rule(
        data=st.data(),
        kind=st.sampled_from(
            [facts.Acknowledged, facts.Unacknowledged, facts.Resolved, facts.Reopened, facts.EscalatedNow]
        ),
    )
    def somebody_says(self, data: st.DataObject, kind: type[OnIncident]) -> None:
        self.tell(kind(service=CHECKOUT, incident=self.any_incident(data), by=ANA))

    @precondition(lambda self: self.world.incidents)
    @rule(data=st.data(), people=st.sampled_from([(BO,), (ANA, BO), ()]), whole=st.booleans())
    def somebody_hands_it_on(self, data: st.DataObject, people: tuple[int, ...], whole: bool) -> None:
        target = {"policy": POLICY} if whole else {"people": people}
        self.tell(facts.Reassigned(service=CHECKOUT, incident=self.any_incident(data), by=ANA, **target))

    @precondition(lambda self: self.world.incidents)
    @rule(data=st.data(), seconds=SECONDS)
    def somebody_puts_it_off(self, data: st.DataObject, seconds: int) -> None:
        until = self.world.now + timedelta(seconds=seconds)
        self.tell(facts.Snoozed(service=CHECKOUT, incident=self.any_incident(data), by=ANA, until=until))

    # What time does

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @precondition(lambda self: self.world.incidents)
    @rule(data=st.data())
    def a_node_wakes_an_incident(self, data: st.DataObject) -> None:
        self.tell(TimePassed(service=CHECKOUT, incident=self.any_incident(data)))

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), late=st.sampled_from([0, 0, 0, 7, 3 * 86_400]))
    def the_next_incident_falls_due(self, data: st.DataObject, late: int) -> None:
        incident = data.draw(st.sampled_from(self.waiting()))
        assert incident.due_at is not None
        self.world.now = max(self.world.now, incident.due_at)
        self.world.pass_time(late)
        self.tell(TimePassed(service=CHECKOUT, incident=incident.id))

    @precondition(lambda self: self.waking())
    @rule(data=st.data(), by=st.sampled_from([phone, mail]))
    def a_page_fails(self, data: st.DataObject, by: Callable[[int], int]) -> None:
        incident, who = data.draw(st.sampled_from(self.waking()))
        self.tell(PageFailed(service=CHECKOUT, incident=incident, person=who, method=by(who)))

    @precondition(lambda self: self.world.incidents)
    @rule(data=st.data(), who=st.sampled_from([ANA, BO, CY]))
    def a_page_of_long_ago_fails(self, data: st.DataObject, who: int) -> None:
        incident = self.any_incident(data)
        self.tell(PageFailed(service=CHECKOUT, incident=incident, person=who, method=phone(who)))

    # What is edited meanwhile

    @rule(one=PEOPLE)
    def a_person_is_edited(self, one: Person) -> None:
        self.world.house = with_people(self.world.house, one)

    @rule(edited=ROTAS)
    def a_schedule_is_edited(self, edited: Schedule) -> None:
        kept = self.world.house.schedules.get(edited.id)
        edited = replace(edited, overrides=kept.overrides if kept is not None else ())
        self.world.house = with_schedules(self.world.house, edited)

    @rule(
        id_=st.sampled_from([PRIMARY, SECONDARY]),
        kind=st.sampled_from([OverrideKind.TAKE, OverrideKind.ADD, OverrideKind.REMOVE]),
        who=st.sampled_from([ANA, BO]),
        begins=st.sampled_from([-60, 0, 60]),
        lasts=st.sampled_from([61, 3600]),
    )
    def a_schedule_is_overridden(self, id_: int, kind: OverrideKind, who: int, begins: int, lasts: int) -> None:
        one = self.world.house.schedules.get(id_) or rota(id=id_)
        now = (self.world.now - START).total_seconds() + begins
        whom = {"instead_of" if kind is OverrideKind.REMOVE else "person": who}
        made = override(kind, now, now + lasts, id=len(one.overrides) + 1, **whom)
        self.world.house = with_schedules(self.world.house, replace(one, overrides=(*one.overrides, made)))

    @rule()
    def the_schedules_are_deleted(self) -> None:
        self.world.house = replace(self.world.house, schedules={})

    @rule(edited=POLICIES)
    def the_policy_is_edited(self, edited: Policy) -> None:
        self.world.house = with_policies(self.world.house, edited)

    @rule(data=st.data(), what=st.sampled_from(["service", "team", "window", "no policy"]))
    def the_house_is_edited(self, data: st.DataObject, what: str) -> None:
        house = self.world.house
        if what == "service":
            house = with_service(house, **data.draw(SERVICES))
        elif what == "team":
            house = with_team(house, (ANA, data.draw(ROLES)), (BO, data.draw(ROLES)))
        elif what == "window":
            now = (self.world.now - START).total_seconds()
            begins, lasts = data.draw(st.sampled_from([-60, 0, 60])), data.draw(st.sampled_from([1, 60, 3600]))
            kept = house.maintenance if data.draw(st.booleans()) else ()
            house = replace(house, maintenance=(*kept, window(now + begins, now + begins + lasts)))
        else:
            house = replace(house, policies={})
        self.world.house = house

    # What must hold

    def an_alert(self, key: str, severity: Severity) -> None:
        self.tell(AlertTriggered(service=CHECKOUT, dedup_key=key, summary=f"{key} is ill", severity=severity))

    def tell(self, fact: Fact) -> None:
        self.is_the_same_each_time(fact)
        (told,) = self.world.tell(fact)
        self.pages_are_in_order(told)
        self.outsiders_sleep(told)
        self.whom_a_step_pages_is_behind_it(told)
        self.shadows_sleep(told)
        self.changes_are_allowed(told)
        if isinstance(fact, TimePassed):
            self.time_makes_progress(told)

    def is_the_same_each_time(self, fact: Fact) -> None:
        """Same case, same decision, also with an incident fresh from the database."""
        case = self.case_of(fact)
        if case is None:
            return
        once, again = (step(case, fact, now=self.world.now) for _ in range(2))
        assert once == again
        fresh = replace(case, incident=stored(case.incident) if case.incident is not None else None)
        assert step(fresh, fact, now=self.world.now) == once
        assert sum(isinstance(command, SaveIncident) for command in once.commands) <= 1

    def case_of(self, fact: Fact) -> Case | None:
        house = self.world.house
        service = house.services[CHECKOUT]
        turns = dict(self.world.turns)
        if isinstance(fact, OnIncident):
            return Case(service, house, self.world.incidents.get(fact.incident), turns=turns)
        alert = self.world.open_alerts.get((CHECKOUT, getattr(fact, "dedup_key", "")))
        if alert is not None:
            return Case(service, house, self.world.incidents[alert.incident], alert, turns=turns)
        joinable = self.world.newest_open(CHECKOUT) if service.grouping is not Grouping.OFF else None
        return Case(service, house, joinable=joinable, turns=turns)

    def pages_are_in_order(self, told: Told) -> None:
        """A page is only ever of an incident that nobody has, to somebody who is there, by a road that is open, once."""
        if not told.pages:
            return
        assert told.after is not None and told.after.status is Status.TRIGGERED
        assert told.after.muted_until is None
        for page in told.pages:
            assert page.late >= 0
            one = self.world.house.people[page.person]
            assert one.active
            assert page.method in {method.id for method in one.methods if method.enabled}
        roads = [(page.person, page.method) for page in told.pages]
        assert len(set(roads)) == len(roads)
        assert len({page.level for page in told.pages}) == 1

    def outsiders_sleep(self, told: Told) -> None:
        """Cy is woken only where nobody of the team is left, or was already being woken for that."""
        if all(page.person != CY for page in told.pages):
            return
        woken = told.before.ladder.paging if told.before is not None else ()
        if any(paging.person == CY for paging in woken) and told.reason in {Reason.NEXT_RULE_DUE, Reason.METHOD_FAILED}:
            return
        assert told.reason in STOOD_IN
        house = self.world.house
        members = [who for who, role in house.teams[TEAM].members if role in ON_CALL_ROLES]
        assert not any(reachable(house.people[who]) for who in members)

    def whom_a_step_pages_is_behind_it(self, told: Told) -> None:
        """A step pages people whom it names, who are in a team of it, or who are on duty or have turns in a schedule of it;
        by round robin one of them. Nobody else is paged but in the place of a step."""
        woken = {page.person for page in told.pages if page.reason in STANDS_ON}
        if not woken or told.after is None or told.reason in STOOD_IN:
            return
        policy = self.world.house.policies[POLICY]
        begun = policy.steps[told.after.ladder.level]
        assert woken <= self.behind(begun)
        assert applies(begun.only, told.after.severity, now=self.world.now)
        if begun.whom is Whom.ROUND_ROBIN:
            assert len(woken) == 1

    def behind(self, begun: PolicyStep) -> set[int]:
        house = self.world.house
        people: set[int] = set()
        for target in begun.targets:
            if target.kind is TargetKind.USER:
                people.add(target.id)
            elif target.kind is TargetKind.TEAM:
                people.update(who for who, role in house.teams[TEAM].members if role in ON_CALL_ROLES)
            elif target.id in house.schedules:
                one = house.schedules[target.id]
                people.update(duty.person for duty in on_duty(one, self.world.now) if not duty.shadow)
                if begun.whom is Whom.EVERYONE:
                    people.update(who for turn in one.rotations[0].editions[0].order for who in turn)
        return people

    def shadows_sleep(self, told: Told) -> None:
        """Whoever is told as a shadow is one now, and is not paged at the same time."""
        assert not {page.person for page in told.pages} & set(told.shadows)
        now = [duty for one in self.world.house.schedules.values() for duty in on_duty(one, self.world.now)]
        assert set(told.shadows) <= {duty.person for duty in now if duty.shadow}

    def changes_are_allowed(self, told: Told) -> None:
        before, after, fact = told.before, told.after, told.fact
        if before is None or after is None:
            return
        if before.is_open and after.is_open:
            assert after.severity.rank <= before.severity.rank
        allowed: dict[tuple[Status, Status], tuple[type[Fact], ...]] = {
            (Status.ACKNOWLEDGED, Status.TRIGGERED): (
                facts.Unacknowledged,
                facts.Reassigned,
                facts.EscalatedNow,
                TimePassed,
            ),
            (Status.RESOLVED, Status.TRIGGERED): (facts.Reopened,),
            (Status.TRIGGERED, Status.ACKNOWLEDGED): (
                facts.Acknowledged,
                facts.AlertAcknowledged,
                facts.Snoozed,
            ),
        }
        if after.status is Status.RESOLVED and before.is_open:
            assert isinstance(fact, (facts.Resolved, AlertResolved))
        elif after.status is not before.status:
            if before.snoozed and isinstance(fact, AlertTriggered):  # what was put off became urgent
                assert (before.urgency, after.urgency, after.status) == (Urgency.LOW, Urgency.HIGH, Status.TRIGGERED)
            else:
                assert isinstance(fact, allowed[before.status, after.status])
        if before.status is Status.TRIGGERED:
            self.what_is_passed_over_is_not_for_now(before.ladder.level + 1, after)

    def what_is_passed_over_is_not_for_now(self, first: int, after: Incident) -> None:
        policy = self.world.house.policies.get(POLICY)
        for passed in policy.steps[first : max(after.ladder.level, 0)] if policy is not None else ():
            assert not applies(passed.only, after.severity, now=self.world.now)

    def time_makes_progress(self, told: Told) -> None:
        before, after = told.before, told.after
        assert before is not None and after is not None
        if before.due_at is None or before.due_at > self.world.now:
            assert (told.reason, after, told.pages) == (Reason.NOTHING_DUE, before, ())
            return
        assert after != before
        assert after.due_at is None or after.due_at > self.world.now
        anybody = any(reachable(one) for one in self.world.house.people.values())
        assert (told.reason is Reason.NOBODY_AT_ALL) <= (not anybody)
        if after.status is Status.TRIGGERED and after.muted_until is None:
            assert bool(after.ladder.paging) is (told.reason is not Reason.NOBODY_AT_ALL)
        if told.reason is Reason.STEP_TIMED_OUT:
            assert after.ladder.level > before.ladder.level

    @invariant()
    def nothing_is_forgotten(self) -> None:
        for incident in self.world.incidents.values():
            if incident.status is Status.RESOLVED:
                assert incident.due_at is None
            if incident.status is not Status.TRIGGERED:
                assert incident.ladder.paging == ()
            if incident.status is Status.TRIGGERED and incident.due_at is None:
                assert incident.muted_until is None
                assert incident.ladder.step_ends_at is None
                assert any(paging.told_to >= 0 for paging in incident.ladder.paging)

    @invariant()
    def alerts_are_counted(self) -> None:
        open_ones = list(self.world.open_alerts.values())  # fails where one key is open twice
        for number, incident in self.world.incidents.items():
            assert incident.alerts_open == sum(one.incident == number for one in open_ones)
            assert incident.alerts_total == sum(one.incident == number for one in self.world.alerts.values())
            assert incident.is_open or incident.alerts_open == 0

    def any_incident(self, data: st.DataObject) -> int:
        """Mostly the newest, at times one that is not there."""
        newest = max(self.world.incidents)
        return data.draw(st.sampled_from([newest, newest, newest, min(self.world.incidents), newest]))

    def waking(self) -> list[tuple[int, int]]:
        """Incident and person, of all who are being woken."""
        return [(n, paging.person) for n, one in self.world.incidents.items() for paging in one.ladder.paging]

    def waiting(self) -> list[Incident]:
        return [incident for incident in self.world.incidents.values() if incident.due_at is not None]


TestMoves = Moves.TestCase
TestMoves.settings = settings(BOUNDED, max_examples=100, stateful_step_count=35)


def test_every_fact_is_among_the_moves():
    text = getsource(Moves)
    assert {kind.__name__ for kind in RULES if kind.__name__ not in text} == {"ChangeReported"}
