"""Tells, before a file is applied, who gains and who loses which hours on duty, and when nobody would be there. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from watchbill.configuration.foreseen import Foreseen, foresee, schedules_of
from watchbill.configuration.problems import Place, Problems
from watchbill.configuration.state import State, Stored
from watchbill.configuration.wanted import WantedPolicy, WantedSchedule, Wish
from watchbill.configuration.words import write_duration
from watchbill.engine.directory import Policy, PolicyStep
from watchbill.engine.duty.hours import Stretch, merged, stretches, without
from watchbill.engine.duty.moves import Move, moves
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import Timeline, shifts
from watchbill.engine.duty.walls import instant_of, moment_of, zone_of
from watchbill.engine.notification import reachable
from watchbill.engine.whom import people_of
from watchbill.engine.words import TargetKind, Whom
from watchbill.oncall.when import shown_span

MOVES_AHEAD = timedelta(days=14)
GAPS_AHEAD = timedelta(days=30)
MOST_LINES = 6
IN_THE_NEXT = f"in the next {GAPS_AHEAD.days} days"


class Moved(Struct, frozen=True):
    """A schedule in which other people are on duty than before. `lines`: who gains and loses what, told in `zone`."""

    schedule: str
    zone: str
    lines: tuple[str, ...]


def foretell(wish: Wish, desired: State, stored: Stored, problems: Problems) -> tuple[Moved, ...]:
    """What moves, by the names of the schedules; and, among the warnings, when nobody of what the file mentions is there."""
    if not desired.schedules and not stored.state.schedules:
        return ()
    after = foresee(desired, stored)
    before = schedules_of(stored.state, stored, stored.now, after.ids)
    emails = {row: email for email, row in after.ids.kinds["users"].items()}
    moved = tuple(_moved(desired, stored, before, after, emails))
    ahead = _Ahead(after, stored)
    mentioned = {schedule.name: schedule for schedule in wish.schedules or ()}
    for name, wanted in mentioned.items():
        _tell_gaps(wanted, ahead, after.ids.kinds["schedules"][name], problems)
    wanted_policies = {policy.name: policy for policy in wish.escalation_policies or ()}
    for name, policy in desired.escalation_policies.items():
        near = [
            mentioned[one.name].at
            for one in policy.targets()
            if one.kind is TargetKind.SCHEDULE and one.name in mentioned
        ]
        if name in wanted_policies or near:
            rung = after.directory.policies[after.ids.kinds["escalation_policies"][name]]
            _tell_steps(wanted_policies.get(name), rung, ahead, near, problems)
    return moved


def _moved(
    desired: State, stored: Stored, before: Mapping[int, Schedule], after: Foreseen, emails: Mapping[int, str]
) -> Iterator[Moved]:
    until = stored.now + MOVES_AHEAD
    for name, told in sorted(desired.schedules.items()):
        row = after.ids.kinds["schedules"][name]
        old, new = before.get(row), after.directory.schedules[row]
        if old is not None and _nameless(old) == _nameless(new):
            continue
        then = shifts(new, stored.now, until)
        was = shifts(old, stored.now, until) if old is not None else Timeline((), then.gaps)
        if lines := tuple(_lines(moves(was, then), emails, told.time_zone)):
            yield Moved(name, told.time_zone, lines)
    staying = {after.ids.kinds["schedules"][name] for name in desired.schedules}
    for row, gone in before.items():
        if row not in staying:
            was = shifts(gone, stored.now, until)
            if lines := tuple(_lines(moves(was, Timeline((), was.gaps)), emails, gone.zone)):
                yield Moved(gone.name, gone.zone, lines)


def _nameless(schedule: Schedule) -> Schedule:
    return replace(schedule, names={})


def _lines(found: Iterable[Move], emails: Mapping[int, str], zone: str) -> Iterator[str]:
    """A line for each person, by when it begins."""
    of_person: dict[int, dict[bool, list[Move]]] = {}
    for move in found:
        of_person.setdefault(move.person, {}).setdefault(move.gains, []).append(move)
    for place, (person, ways) in enumerate(of_person.items()):
        if place == MOST_LINES - 1 and len(of_person) > MOST_LINES:
            yield f"and {len(of_person) - place} more people"
            return
        words = {True: "gains", False: "loses"} if person else {True: "there is a gap of", False: "no longer a gap of"}
        parts = [f"{words[gains]} {_length(some)}: {_times(_spans(some), zone)}" for gains, some in ways.items()]
        yield f"{emails[person]} {'; '.join(parts)}" if person else "; ".join(parts)


def _length(some: Iterable[Move]) -> str:
    return write_duration(int(sum((move.until - move.since for move in some), timedelta()).total_seconds()))


def _spans(some: Iterable[Move]) -> list[Stretch]:
    return [(instant_of(move.since), instant_of(move.until)) for move in some]


def _times(spans: list[Stretch], zone: str) -> str:
    """The first of them, and how many follow."""
    (start, end), *more = spans
    again = f" and {len(more)} more time{'s' * (len(more) > 1)}" if more else ""
    return shown_span(moment_of(start), moment_of(end), zone) + again


class _Ahead:
    """The schedules over the days that are looked at, each reckoned once."""

    def __init__(self, foreseen: Foreseen, stored: Stored) -> None:
        self.directory, self.since = foreseen.directory, foreseen.now
        self._read = stored.rota.fixed
        self.until = self.since + GAPS_AHEAD
        self._found: dict[int, Timeline] = {}

    def timeline(self, row: int) -> Timeline:
        """Who is on duty in a schedule."""
        if row not in self._found:
            self._found[row] = shifts(self.directory.schedules[row], self.since, self.until)
        return self._found[row]

    def all_of_it(self) -> Stretch:
        """The days that are looked at."""
        return instant_of(self.since), instant_of(self.until)

    def unread(self, row: int) -> bool:
        """Whether a schedule has a calendar that was never read."""
        return any(
            one.fixed is not None and one.id not in self._read for one in self.directory.schedules[row].rotations
        )


def _tell_gaps(wanted: WantedSchedule, ahead: _Ahead, row: int, problems: Problems) -> None:
    if ahead.unread(row):
        problems.warn(wanted.at, "Its calendar was not read yet, so when nobody is on duty is not known.")
        return
    gaps = ahead.timeline(row).gaps
    if gaps:
        spans = [(instant_of(gap.since), instant_of(gap.until)) for gap in gaps]
        when = _times(spans, ahead.directory.schedules[row].zone)
        problems.warn(wanted.at, f"Nobody is on duty {when} {IN_THE_NEXT}: {gaps[0].why}.")


def _tell_steps(
    wanted: WantedPolicy | None, policy: Policy, ahead: _Ahead, near: list[Place], problems: Problems
) -> None:
    """Tells of each step with a schedule when it would reach nobody."""
    for number, step in enumerate(policy.steps):
        rows = [target.id for target in step.targets if target.kind is TargetKind.SCHEDULE]
        if not rows or any(map(ahead.unread, rows)) or not (alone := _reaches_nobody(step, ahead)):
            continue
        when = _times(alone, ahead.directory.schedules[rows[0]].zone)
        said = f"reaches nobody {when} {IN_THE_NEXT}; the policy's fallback is paged then."
        if wanted is None:
            problems.warn(near[0], f"Step {number + 1} of the escalation policy {policy.name} {said}")
        else:
            known = wanted.steps and number < len(wanted.steps)
            problems.warn(wanted.steps[number].at if wanted.steps and known else wanted.at, f"This step {said}")


def _reaches_nobody(step: PolicyStep, ahead: _Ahead) -> list[Stretch]:
    """When a step is taken and nobody of it can be paged. A step that nobody at all stands behind is told of elsewhere."""
    directory = ahead.directory
    if not people_of(step.targets, directory, now=ahead.since, everyone=True):
        return []
    there: list[Stretch] = []
    for target in step.targets:
        if target.kind is not TargetKind.SCHEDULE or step.whom is Whom.EVERYONE:
            if people_of((target,), directory, now=ahead.since, everyone=True):
                return []
            continue
        there += (
            (instant_of(shift.since), instant_of(shift.until))
            for shift in ahead.timeline(target.id).shifts
            if not shift.shadow and reachable(directory.people.get(shift.person))
        )
    taken = [ahead.all_of_it()]
    if step.only is not None:
        taken = stretches(step.only.hours, *ahead.all_of_it(), zone_of(step.only.zone))
    return without(taken, merged(there))
