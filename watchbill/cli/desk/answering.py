"""`watchbill ack` and its kin: takes answers to several incidents at once and tells what became of each."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from msgspec import Struct
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.desk import words
from watchbill.cli.desk.listing import policy_named
from watchbill.cli.desk.reach import DONE, UNCHANGED, UNKNOWN, USAGE, Desk, Refused, View
from watchbill.cli.desk.shapes import Answered, Answers, person_of, told
from watchbill.cli.output import show_json, terminal
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Status
from watchbill.incidents import access, actions
from watchbill.incidents.actions import Actor
from watchbill.runtime.road import Decision

VIA = "cli"
UNTOUCHED = frozenset(
    {
        Reason.ALREADY_ACKNOWLEDGED,
        Reason.ALREADY_RESOLVED,
        Reason.ALREADY_OPEN,
        Reason.NOT_ACKNOWLEDGED,
        Reason.SNOOZE_IN_THE_PAST,
        Reason.UNKNOWN_INCIDENT,
        Reason.UNKNOWN_TARGET,
        Reason.NOTHING_DUE,
    }
)


class Choice(Struct, frozen=True):
    """What was asked for. `on_behalf`: e-mail of whoever answers, or None. `seconds`: of a snooze. `to`: e-mails.
    `policy`: a name."""

    numbers: tuple[int, ...]
    on_behalf: str | None = None
    json: bool = False
    seconds: int = 0
    to: tuple[str, ...] = ()
    policy: str | None = None


Action = Callable[[Desk, View, Sequence[int], Actor], Awaitable[Sequence[Decision]]]


async def run(desk: Desk, action: Action, choice: Choice) -> int:
    """Answers. Numbers that nothing is known of do not keep the others from being answered."""
    numbers = tuple(dict.fromkeys(choice.numbers))
    async with desk.look() as before:
        sight = await before.sight(choice.on_behalf)
        found = await access.find(before.link, sight, numbers)
    actor = Actor(sight.person, VIA)
    known = [number for number in numbers if number in found]
    decisions = dict(zip(known, await action(desk, before, known, actor) if known else (), strict=True))
    async with desk.look() as view:
        after = await access.find(view.link, access.EVERYTHING, known)
    results = [
        Answered(
            number,
            decision.reason not in UNTOUCHED,
            decision.reason,
            decision.reason.sentence,
            told(after[number], view) if number in after else None,
        )
        for number in numbers
        for decision in [decisions.get(number, Decision(Reason.UNKNOWN_INCIDENT))]
    ]
    answers = Answers(person_of(view, sight.person), VIA, results)
    if choice.json:
        show_json(answers)
    else:
        _show(answers)
    return _status(results)


def reassign(choice: Choice) -> Action:
    """Hands on to people or to a policy, which are looked up before anything is done."""

    async def act(desk: Desk, view: View, numbers: Sequence[int], actor: Actor) -> Sequence[Decision]:
        if choice.policy is not None:
            return await actions.move_to(desk, numbers, actor, policy=policy_named(view, choice.policy))
        people = [await view.known(email) for email in choice.to]
        return await actions.hand_to(desk, numbers, actor, people=[person.id for person in people])

    if bool(choice.to) == bool(choice.policy):
        raise Refused("Say to whom: either --to EMAIL, once or more, or --policy NAME.", USAGE)
    return act


def snooze(choice: Choice) -> Action:
    """Puts off for so long, by the database's clock."""

    async def act(desk: Desk, view: View, numbers: Sequence[int], actor: Actor) -> Sequence[Decision]:
        return await actions.snooze(desk, numbers, actor, until=view.now + timedelta(seconds=choice.seconds))

    return act


def plain(act: Callable[[Desk, Sequence[int], Actor], Awaitable[Sequence[Decision]]]) -> Action:
    """An action that needs nothing but the incidents."""

    async def action(desk: Desk, view: View, numbers: Sequence[int], actor: Actor) -> Sequence[Decision]:
        return await act(desk, numbers, actor)

    return action


def _show(answers: Answers) -> None:
    console = terminal()
    for result in answers.results:
        console.print(_lines(result))
    if answers.by is None and any(result.changed for result in answers.results):
        console.print(
            "  Recorded as done by nobody in particular, via cli. Name yourself with --as EMAIL.", style="dim"
        )


def _lines(result: Answered) -> Text:
    """What it is now, and under it why, whose, and what comes by itself."""
    mark = Text("→ ", "green") if result.changed else Text("– ", "yellow")
    line = Text.assemble(mark, (f"#{result.number}", "bold"), " ")
    incident = result.incident
    if incident is None:
        return Text.assemble(line, result.sentence)
    facts = [result.sentence]
    if incident.status == Status.TRIGGERED or incident.acknowledged_by is not None:
        facts.append(_sentence(words.holder(incident)))
    if coming := words.coming(incident):
        facts.append(_sentence(coming))
    line.append_text(words.state(incident))
    line.append(f"  {one_line(incident.title)}\n")
    return line.append(f"  {' '.join(facts)}", "dim")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _status(results: Sequence[Answered]) -> int:
    if any(result.reason == Reason.UNKNOWN_INCIDENT for result in results):
        return UNKNOWN
    return DONE if all(result.changed for result in results) else UNCHANGED
