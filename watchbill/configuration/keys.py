"""Every key that a file may hold: its name, its reader, and what people are told about it. `parse.py` reads by this
table, and `docs/reference/configuration.md` is made from it."""

from watchbill.configuration import words
from watchbill.configuration.kinds import KINDS
from watchbill.configuration.problems import Refused, quoted
from watchbill.configuration.schedule_keys import SCHEDULE, SHAPES_OF_SCHEDULES
from watchbill.configuration.shapes import Grouping, Key, Listed, Sealed, Several, Shape, Text, Texts
from watchbill.configuration.texts import (
    DURATION,
    EMAIL,
    ENDS,
    FLAG,
    FREE_TEXT,
    HOURS,
    KEY,
    NAME,
    NO_TEAM,
    SHA256,
    STARTS,
    WAS,
    ZONE,
    choice,
)
from watchbill.configuration.wanted import (
    WantedCondition,
    WantedIntegration,
    WantedMember,
    WantedMethod,
    WantedPolicy,
    WantedRule,
    WantedRules,
    WantedService,
    WantedStep,
    WantedTarget,
    WantedTeam,
    WantedUser,
    WantedWindow,
)
from watchbill.engine.words import Role, Severity, UrgencyRule, Whom

VERSION = "1"


def _version(text: str) -> str:
    if text == VERSION:
        return text
    if text.isdecimal():
        raise Refused(f"This file is of version {quoted(text)[1:-1]}; this Watchbill reads version {VERSION}.")
    raise Refused(f"{quoted(text)} is not {VERSION}.")


def _timeout(text: str) -> int:
    return 0 if text == "never" else words.read_duration(text)


MEMBER = Shape(
    "member",
    WantedMember,
    (
        Key("user", EMAIL, "Who it is.", required=True),
        Key(
            "role",
            Text(", ".join(Role), lambda text: Role(words.read_choice(tuple(Role))(text))),
            "What the person is to the team. Observers are never paged with it.",
            default="responder",
        ),
    ),
    known_by="user",
    short="user",
)
TEAM = Shape(
    "team",
    WantedTeam,
    (
        Key("name", NAME, "What the team is called. The team is known by it.", required=True),
        Key("was", WAS, "The team's old name, to rename it and keep what hangs on it."),
        Key(
            "members",
            Listed(MEMBER),
            "The whole team, in the order in which it is paged. A bare address is a responder.",
            default="nobody",
        ),
    ),
    known_by="name",
)
METHOD = Shape(
    "contact method",
    WantedMethod,
    (
        Key("name", NAME, "What the rules call it.", required=True),
        Key(
            "channel",
            NAME,
            "The channel that reaches the person; its settings stand beside it, see Channels.",
            required=True,
        ),
        Key("enabled", FLAG, "`false` leaves it unused.", default="true"),
    ),
    known_by="name",
    settings=True,
)
RULE = Shape(
    "rule",
    WantedRule,
    (
        Key("after", DURATION, "How long after the person is first paged.", default="0s"),
        Key("use", NAME, "The name of one of the person's contact methods.", required=True),
    ),
)
RULES = Shape(
    "notification rules",
    WantedRules,
    (
        Key(
            "high",
            Listed(RULE),
            "All rules for what may wake the person.",
            default="those for low, else every contact method at once",
        ),
        Key(
            "low",
            Listed(RULE),
            "All rules for what may wait.",
            default="those for high, else every contact method at once",
        ),
    ),
)
USER = Shape(
    "user",
    WantedUser,
    (
        Key("email", EMAIL, "The person is known by it.", required=True),
        Key("was", WAS, "The person's old address, to change it and keep the person."),
        Key("name", NAME, "What the person is called. Needed for somebody new.", required=False, default="needed"),
        Key("time_zone", ZONE, "The zone in which the person is told times.", default="UTC"),
        Key("active", FLAG, "`false`: never paged, but still known, since the record names them.", default="true"),
        Key(
            "contact_methods",
            Listed(METHOD),
            "Roads to the person. Known by name; one that is not listed stays unless you prune.",
            default="none",
        ),
        Key("notification_rules", RULES, "When which contact method is used.", default="every contact method at once"),
        Key(
            "out_of_office_calendar",
            Sealed("the address of a calendar, as ${NAME}", words.read_address),
            "An iCalendar address that tells when the person is away; each absence asks for cover.",
            default="none",
        ),
    ),
    known_by="email",
)
TARGET = Shape(
    "target",
    WantedTarget,
    (
        Key("user", EMAIL, "A person. A bare address means the same."),
        Key("team", NAME, "Everybody in a team but its observers."),
        Key("schedule", NAME, "Whoever is on duty in a schedule."),
    ),
    short="user",
)
ONLY = Shape(
    "condition",
    WantedCondition,
    (
        Key("hours", HOURS, "Windows of the week.", default="always"),
        Key("time_zone", ZONE, "Where the clock hangs that `hours` are told by. Needed with them.", default="needed"),
        Key(
            "severities",
            Several(Text(", ".join(Severity), lambda text: Severity(words.read_choice(tuple(Severity))(text)))),
            "Of which incidents.",
            default="all",
        ),
    ),
)
STEP = Shape(
    "step",
    WantedStep,
    (
        Key("page", Listed(TARGET), "Whom the step pages, at least one.", required=True),
        Key("wait", DURATION, "How long it waits for an acknowledgement before the next step.", default="5m"),
        Key(
            "whom",
            Text(", ".join(Whom), lambda text: Whom(words.read_choice(tuple(Whom))(text))),
            "on_duty: all of them; of a schedule, whoever is on duty. everyone: of a schedule, all who have turns in it. "
            "round_robin: one of those on duty, by turns.",
            default="on_duty",
        ),
        Key("only", ONLY, "When the step is taken; else it is passed over, without waiting.", default="always"),
    ),
)
POLICY = Shape(
    "escalation policy",
    WantedPolicy,
    (
        Key("name", NAME, "The policy is known by it.", required=True),
        Key("was", WAS, "The policy's old name, to rename it."),
        Key("team", NO_TEAM, "The team that looks after it.", default="none"),
        Key("repeat", Text("0 to 100", words.read_number(100)), "How often all steps are taken again.", default="0"),
        Key("steps", Listed(STEP), "All steps, in order.", default="none"),
        Key(
            "fallback",
            Listed(TARGET),
            "Whom to page when a step reaches nobody, and once when every step went unanswered.",
            default="the service's team",
        ),
    ),
    known_by="name",
)
INTEGRATION = Shape(
    "integration",
    WantedIntegration,
    (
        Key("name", NAME, "What the sender is called.", required=True),
        Key("was", WAS, "Its old name, to rename it and keep its key."),
        Key(
            "kind",
            Text(", ".join(KINDS), words.read_name),
            "What sends. For people: a key works on every wire. Needed for a new one.",
            default="needed",
        ),
        Key(
            "key",
            KEY,
            "The key that the sender carries. Only its SHA-256 is stored.",
            default="the stored one, else one is made and printed once",
        ),
        Key("key_sha256", SHA256, "In place of `key`: what is stored of it, as `export` writes it."),
        Key(
            "key_begins", Text("text", words.read_name), "With `key_sha256`: the first characters, to know the key by."
        ),
    ),
    known_by="name",
)
SERVICE = Shape(
    "service",
    WantedService,
    (
        Key("name", NAME, "The service is known by it.", required=True),
        Key("was", WAS, "The service's old name, to rename it and keep its incidents."),
        Key("description", FREE_TEXT, "What it is.", default="empty"),
        Key("team", NAME, "The team that owns it. Needed for a new one.", default="needed"),
        Key("policy", NAME, "The escalation policy of its incidents. Needed for a new one.", default="needed"),
        Key("urgency", choice(*UrgencyRule), "Whether an incident may wake people; by_severity wakes for critical and error.", default="by_severity"),
        Key(
            "grouping", Grouping(choice("off", "open"), DURATION),
            "off: an incident for each alert. open: into the open incident. {window: 10m}: into the open incident, "
            "if that began less than so long ago.", default="off",
        ),
        Key("acknowledge_timeout", Text("a duration, or never", _timeout, null="never"), "When an acknowledgement lapses.", default="never"),
        Key("active", FLAG, "`false` switches it off: its keys are refused. Not while incidents are open.", default="true"),
        Key("integrations", Listed(INTEGRATION), "Ways in. Known by name; one that is not listed stays unless you prune.", default="none"),
    ),
    known_by="name",
)  # fmt: skip
WINDOW = Shape(
    "maintenance window",
    WantedWindow,
    (
        Key("reason", NAME, "Why. With `starts` it is what the window is known by.", required=True),
        Key("starts", STARTS, "From when the services page nobody.", required=True),
        Key("ends", ENDS, "Until when. Needed for a new one.", default="needed"),
        Key("services", Texts("names of services", NAME), "Which services. Needed for a new one.", default="needed"),
    ),
    known_by="reason",
)
TOP: tuple[Key, ...] = (
    Key(
        "watchbill",
        Text(VERSION, _version),
        "The version of this format. Every file begins with it.",
        required=True,
    ),
    Key("teams", Listed(TEAM), "People who own services together."),
    Key("users", Listed(USER), "Who can be paged, and how."),
    Key("schedules", Listed(SCHEDULE), "Who is on duty when."),
    Key("escalation_policies", Listed(POLICY), "Whom to page, in which order."),
    Key("services", Listed(SERVICE), "What alerts are about, and the keys of what sends them."),
    Key("maintenance_windows", Listed(WINDOW), "Times in which services page nobody."),
)
SHAPES = (
    TEAM, MEMBER, USER, METHOD, RULES, RULE, *SHAPES_OF_SCHEDULES, POLICY, STEP, ONLY, TARGET, SERVICE, INTEGRATION, WINDOW,
)  # fmt: skip
