"""Watches whom the ladders page: each commit is judged by itself, against who was on duty when it was decided.

What it knows are promises. Who is on duty it has reckoned elsewhere (duty.py); who stands behind a target it works out
for itself.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct, field

from sim import duty
from sim.evidence import Violation
from sim.store.tables import Line, Notice, Page, Tables
from watchbill.engine.case import Incident
from watchbill.engine.directory import Directory, Policy, PolicyStep, Target
from watchbill.engine.duty.schedule import Rotation, Schedule
from watchbill.engine.duty.walls import instant_of
from watchbill.engine.words import Role, Severity, Status, TargetKind, Whom

# Why a page was decided that is no step's: it is the fallback's; or of somebody who was being woken already.
OF_THE_FALLBACK = frozenset({"nobody_on_duty", "gap_in_schedule", "ladder_exhausted", "no_step_applies"})
OF_THE_PERSON = frozenset({"next_rule_due", "method_failed"})
BY_HAND = -1  # level of those to whom an incident was handed
LOOKS_AHEAD = (0, 600, 3600, 6 * 3600)  # seconds after an edit

Found = Callable[[Violation], None]
Turn = tuple[int, int]  # policy, level


class _Behind(Struct, frozen=True):
    """Who stands behind targets: `people` whom they page, `shadows` whom they tell. `more`: who has turns, but not now.
    `why`: all that decides of it. `gaps`: whether a schedule of them has nobody on duty."""

    people: frozenset[int]
    shadows: frozenset[int]
    more: frozenset[int]
    why: frozenset[object]
    gaps: bool


class _Round(Struct):
    """The round of a step, since something last changed behind it."""

    why: object
    counts: Counter[int] = field(default_factory=Counter)


class _Commit(Struct):
    """What one commit has written, and what was configured then."""

    directory: Directory
    saved: list[tuple[Incident | None, Incident]] = field(default_factory=list)
    pages: dict[int, list[Page]] = field(default_factory=dict)
    shadows: set[tuple[int, int]] = field(default_factory=set)
    facts: Counter[int] = field(default_factory=Counter)
    at: datetime | None = None


class Called:
    """`counts`: how often what it judges has come, by name."""

    def __init__(self, tables: Tables, found: Found) -> None:
        self._tables = tables
        self._found = found
        self._commit = _Commit(tables.directory)
        self._rounds: dict[Turn, _Round] = {}
        self.counts: Counter[str] = Counter()

    # What is written

    def begins(self) -> None:
        """A commit begins; the one before is complete, and judged."""
        if self._commit.at is not None and self._commit.saved:
            _Judge(self._commit, self._tables, self._rounds, self.counts, self._found).judge()
        self._commit = _Commit(self._tables.directory)

    def taken_back(self) -> None:
        """What was written of this commit was not."""
        self._commit = _Commit(self._tables.directory)

    def saved(self, before: Incident | None, after: Incident) -> None:
        """An incident was written."""
        self._commit.saved.append((before, after))

    def paged(self, page: Page) -> None:
        """A page was decided."""
        self._commit.pages.setdefault(page.incident, []).append(page)

    def noticed(self, notice: Notice) -> None:
        """Somebody is to be told of an incident without being paged."""
        self._commit.shadows.add((notice.incident or 0, notice.person))

    def journaled(self, line: Line) -> None:
        """A line of the journal was written."""
        if line.kind == "fact":
            self._commit.at = line.at
            self._commit.facts[line.incident or 0] += 1

    # What is edited

    def edited(self, before: Directory, after: Directory, now: datetime) -> None:
        """Schedules were changed: whoever was on duty stays so until the next hand-off."""
        for number, schedule in after.schedules.items():
            old = before.schedules.get(number)
            if old is None or old is schedule:
                continue
            rotations = {rotation.id: rotation for rotation in old.rotations}
            for rotation in schedule.rotations:
                if (was := rotations.get(rotation.id)) is not None and was.editions != rotation.editions:
                    self.counts["rotations edited"] += 1
                    self._holds(schedule, was, rotation, instant_of(now))

    def _holds(self, schedule: Schedule, was: Rotation, edited: Rotation, now: int) -> None:
        begun = [edition for edition in was.editions if edition.since <= now]
        if not begun or not begun[-1].order or (was.starts is not None and now < was.starts):
            return
        turn = duty.turn(begun[-1], now)
        for at in (now + seconds for seconds in LOOKS_AHEAD):
            if duty.turn(begun[-1], at) != turn or any(now < edition.since <= at for edition in was.editions):
                return
            on, off = _paged_in(schedule, was, at), _paged_in(schedule, edited, at)
            if on != off and on and off:  # hours of duty may change at once; people may not
                self._found(
                    Violation("edits_move_nobody", f"An edit of {edited.name} at {now} moves {on} to {off} at {at}.")
                )


class _Judge:
    """Judges one commit."""

    def __init__(
        self, commit: _Commit, tables: Tables, rounds: dict[Turn, _Round], counts: Counter[str], found: Found
    ) -> None:
        assert commit.at is not None
        self._commit = commit
        self._directory = commit.directory
        self._tables = tables
        self._rounds = rounds
        self._counts = counts
        self._found = found
        self._at = commit.at
        self._instant = instant_of(commit.at)
        self._known: dict[tuple[Target, ...], _Behind] = {}
        self._by_turns: dict[Turn, list[int]] = {}
        self._unclear: set[int] = set()  # policies of which not every turn can be seen

    def judge(self) -> None:
        """Every incident that was written, every shadow that is told, and every turn."""
        for before, after in self._commit.saved:
            policies = [policy for one in (before, after) if one is not None and (policy := self._policy(one))]
            for page in self._commit.pages.get(after.id, ()):
                self._page(page, after, policies)
            if self._commit.facts[after.id] != 1:
                self._unclear.update(policy.id for policy in policies)
            self._ladder(before, after, policies[-1])
        for incident, person in self._commit.shadows:
            self._shadow(incident, person)
        for turn in [turn for turn in self._rounds if turn[0] in self._unclear]:
            del self._rounds[turn]
        for turn, people in self._by_turns.items():
            if turn[0] not in self._unclear:
                self._round(turn, people)

    # Pages

    def _page(self, page: Page, incident: Incident, policies: list[Policy]) -> None:
        if page.reason in OF_THE_PERSON or page.level == BY_HAND:
            return
        if page.reason in OF_THE_FALLBACK:
            allowed = [self._fallback(incident, policy) for policy in policies]
        else:
            steps = [policy.steps[page.level] for policy in policies if page.level < len(policy.steps)]
            allowed = [self._reached(step) for step in steps]
        if any(page.person in people for people in allowed):
            return
        targets = tuple(target for policy in policies for step in policy.steps for target in step.targets)
        if page.person in self._behind(targets).shadows:
            self._say(
                "shadows_are_not_paged", f"Person {page.person}, who only shadows, is paged.", page.incident, page
            )
        else:
            words = f"Person {page.person} is paged at {self._at} ({page.reason}), and was not on duty nor named."
            self._say("only_who_is_called_is_paged", words, page.incident, page)

    # The ladder

    def _ladder(self, before: Incident | None, after: Incident, policy: Policy) -> None:
        self._climbs(before, after, policy)
        if after.status is not Status.TRIGGERED or after.muted_until is not None:
            return
        fresh = {paging.person for paging in after.ladder.paging if paging.since == self._at}
        moved = before is None or _place(before) != _place(after)
        if moved and not after.ladder.paging and self._reachable(self._directory.people):
            self._say("never_silence", "Nobody is paged, and somebody can be reached.", after.id)
        if self._commit.facts[after.id] != 1 or not fresh or after.ladder.level == BY_HAND:
            return  # of several facts in one commit, only the pages tell apart what each did
        pages = [page for page in self._commit.pages.get(after.id, ()) if page.reason not in OF_THE_PERSON]
        reason = pages[-1].reason if pages else ""
        if reason in OF_THE_FALLBACK:
            self._fallback_is_right(before, after, policy, reason)
        elif reason:
            self._step_is_right(after, policy, fresh)
        else:
            self._unclear.add(policy.id)  # whose rules tell them later: it is not known why they are woken

    def _climbs(self, before: Incident | None, after: Incident, policy: Policy) -> None:
        """At most one step a fact; those that are not for now do not count."""
        if before is None or before.status is not Status.TRIGGERED or after.ladder.level <= before.ladder.level:
            return
        between = range(before.ladder.level + 1, min(after.ladder.level, len(policy.steps)))
        passed = sum(self._applies(policy.steps[level], after.severity) for level in between)
        if passed >= max(1, self._commit.facts[after.id]):
            self._say("one_level_at_a_time", "One fact took it up by several levels.", after.id)

    def _step_is_right(self, incident: Incident, policy: Policy, woken: set[int]) -> None:
        """All of them, or one by turns, and shadows are told."""
        step = policy.steps[incident.ladder.level]
        behind = self._behind(step.targets)
        self._counts[f"steps, {step.whom}"] += 1
        if not self._applies(step, incident.severity):
            self._say("only_steps_for_now", "A step pages whose condition does not hold.", incident.id)
        if step.whom is Whom.ROUND_ROBIN:
            self._by_turns.setdefault((policy.id, incident.ladder.level), []).extend(woken)
            if len(woken) != 1:
                self._say("round_robin_goes_round", f"By round robin {woken} are woken, not one.", incident.id)
        elif missing := self._reached(step) - woken:
            words = f"On duty or named at {self._at}, and not woken: {sorted(missing)}."
            self._say("whoever_is_on_duty_is_paged", words, incident.id)
        self._are_told(incident, behind, woken)

    def _fallback_is_right(self, before: Incident | None, after: Incident, policy: Policy, reason: str) -> None:
        """It is paged in place of a step only where that reaches nobody, and says rightly why."""
        self._counts[reason] += 1
        level = after.ladder.level
        if reason == "no_step_applies":
            if any(self._applies(step, after.severity) for step in policy.steps):
                self._say("only_steps_for_now", "No step is for now, it says; but there is one.", after.id)
        elif reason != "ladder_exhausted" and level < len(policy.steps):
            step = policy.steps[level]
            if reason == "gap_in_schedule" and not self._behind(step.targets).gaps:
                self._say("gaps_are_gaps", "Nobody is on duty, it says; but somebody is.", after.id)
            may_stand_in = before is not None and before.ladder.paging and _rung(before) == _rung(after)
            if (reason == "gap_in_schedule" or not may_stand_in) and (there := self._reached(step)):
                words = f"The fallback is paged at {self._at}, though {sorted(there)} could be."
                self._say("whoever_is_on_duty_is_paged", words, after.id)
        woken = {paging.person for paging in after.ladder.paging}
        self._are_told(after, self._behind(policy.fallback), woken)

    # Shadows

    def _are_told(self, incident: Incident, behind: _Behind, woken: set[int]) -> None:
        for person in self._reachable(behind.shadows) - woken:
            if f"shadow {incident.id} {person}" not in self._tables.notices:
                self._say("shadows_are_told", f"Person {person} shadows, and is not told.", incident.id)

    def _shadow(self, number: int, person: int) -> None:
        self._counts["shadows told"] += 1
        policy = self._policy(self._tables.incidents[number])
        steps = policy.steps if policy is not None else ()
        fallback = policy.fallback if policy is not None else ()
        targets = tuple(target for step in steps for target in step.targets) + fallback
        if not any(person in self._behind((target,)).shadows for target in targets):
            self._say("shadows_are_told", f"Person {person} is told at {self._at}, and shadows nobody.", number)

    # Round robin

    def _round(self, turn: Turn, called: list[int]) -> None:
        """As long as nothing changes behind a step, it pages each as often as the others, but for one. On PostgreSQL
        that holds of batches one after another; here no two overlap."""
        policy, level = turn
        step = self._directory.policies[policy].steps[level]
        why = (self._directory.version, self._behind(step.targets).why)
        known = self._rounds.get(turn)
        if known is None or known.why != why:
            known = self._rounds[turn] = _Round(why)
        known.counts.update(called)
        self._counts["turns in a round"] += len(called)
        counts = [known.counts[person] for person in self._reached(step)]
        if counts and max(counts) - min(counts) > 1:
            self._say("round_robin_goes_round", f"Policy {policy}, step {level}, has called {dict(known.counts)}.")

    # Who stands behind what

    def _policy(self, incident: Incident) -> Policy | None:
        services = self._directory.services
        return self._directory.policies.get(incident.policy) or self._directory.policies.get(
            services[incident.service].policy
        )

    def _reached(self, step: PolicyStep) -> frozenset[int]:
        """Whom a step may page."""
        behind = self._behind(step.targets)
        return self._reachable(behind.people | behind.more if step.whom is Whom.EVERYONE else behind.people)

    def _fallback(self, incident: Incident, policy: Policy) -> frozenset[int]:
        """Who is paged where a step reaches nobody."""
        if people := self._reachable(self._behind(policy.fallback).people):
            return people
        team = self._directory.services[incident.service].team
        if people := self._reachable(self._behind((Target(TargetKind.TEAM, team),)).people):
            return people
        teams = self._directory.teams.values()
        owners = {person for team in teams for person, role in team.members if role is Role.OWNER}
        return self._reachable(owners) or self._reachable(self._directory.people)

    def _reachable(self, people: Iterable[int]) -> frozenset[int]:
        known = (self._directory.people[person] for person in people)
        return frozenset(one.id for one in known if one.active and any(method.enabled for method in one.methods))

    def _applies(self, step: PolicyStep, severity: Severity) -> bool:
        only = step.only
        if only is None:
            return True
        right = not only.severities or severity in only.severities
        return right and duty.is_within(only.hours, only.zone, self._instant)

    def _behind(self, targets: tuple[Target, ...]) -> _Behind:
        found = self._known.get(targets)
        if found is None:
            found = self._known[targets] = _behind(targets, self._directory, self._instant)
        return found

    def _say(self, check: str, sentence: str, incident: int = 0, page: Page | None = None) -> None:
        self._found(Violation(check, sentence, incident, page.id if page is not None else 0))


def _behind(targets: tuple[Target, ...], directory: Directory, at: int) -> _Behind:
    people: set[int] = set()
    shadows: set[int] = set()
    more: set[int] = set()
    why: set[object] = set()
    gaps = False
    for target in targets:
        if target.kind is TargetKind.USER:
            people.add(target.id)
        elif target.kind is TargetKind.TEAM:
            team = directory.teams[target.id]
            people.update(person for person, role in team.members if role is not Role.OBSERVER)
        elif (schedule := directory.schedules.get(target.id)) is not None:
            on = duty.on_duty(schedule, at)
            paged = {one.person for one in on if not one.shadow}
            people |= paged
            shadows |= {one.person for one in on if one.shadow} - paged
            more |= _with_turns(schedule, at)
            why |= {(target, one) for one in on}
            gaps = gaps or not paged
    return _Behind(frozenset(people), frozenset(shadows), frozenset(more), frozenset(why), gaps)


def _with_turns(schedule: Schedule, at: int) -> set[int]:
    """Everybody who has turns now or later, but no shadows."""
    found: set[int] = set()
    for rotation in schedule.rotations:
        if rotation.shadow or (rotation.ends is not None and rotation.ends <= at):
            continue
        found.update(person for edition in rotation.editions[-1:] for slot in edition.order for person in slot)
        found.update(person for fixed in rotation.fixed or () if at < fixed.until for person in fixed.people)
    return found - schedule.gone


def _paged_in(schedule: Schedule, rotation: Rotation, at: int) -> frozenset[int]:
    """Who is on duty in one rotation alone."""
    alone = Schedule(
        schedule.id, schedule.name, schedule.team, schedule.zone, (rotation,), (), (), schedule.names, schedule.gone
    )
    return frozenset(one.person for one in duty.on_duty(alone, at) if not one.shadow)


def _place(incident: Incident) -> tuple[int, int, datetime | None]:
    return incident.ladder.level, incident.ladder.round, incident.ladder.step_ends_at


def _rung(incident: Incident) -> tuple[int, int]:
    return incident.ladder.level, incident.ladder.round
