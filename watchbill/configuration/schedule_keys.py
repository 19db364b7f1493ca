"""The keys of schedules and their rotations."""

from watchbill.configuration import words
from watchbill.configuration.phrases import HAND_OFFS, read_hand_off
from watchbill.configuration.shapes import Key, Listed, Sealed, Several, Shape, Text
from watchbill.configuration.texts import DURATION, EMAIL, FLAG, HOURS, NAME, NO_ENDS, NO_STARTS, WAS, ZONE
from watchbill.configuration.wanted import WantedPlace, WantedRotation, WantedSchedule, WantedTarget

_PERSON = Key("user", EMAIL, "A person. A bare address means the same.")
_TEAM = Key("team", NAME, "Everybody in a team but its observers, as the team is at the time.")
SEAT = Shape("person or team", WantedTarget, (_PERSON, _TEAM), short="user")
PLACE = Shape(
    "place",
    WantedPlace,
    (_PERSON, _TEAM, Key("together", Listed(SEAT), "Several who have the turn together.")),
    short="user",
)
ROTATION = Shape(
    "rotation",
    WantedRotation,
    (
        Key("name", NAME, "The rotation is known by it, within its schedule.", required=True),
        Key("was", WAS, "The rotation's old name, to rename it and keep its record."),
        Key("people", Listed(PLACE), "Whose turns follow each other. Needed for a new one.", default="needed"),
        Key(
            "hand_off",
            Text(HAND_OFFS, read_hand_off),
            "When one turn ends and the next begins, by the clock on the wall. Needed for a new one. With ` counted from "
            "2026-11-23` behind it, turns are counted from that day or its week or month.",
            default="needed",
        ),
        Key("time_zone", ZONE, "Where that clock hangs.", default="the schedule's"),
        Key("hours", HOURS, "Windows of duty in each week; one that passes midnight belongs to the day on which it begins.", default="always"),
        Key("starts", NO_STARTS, "Nobody is on duty by it before. Cannot be moved once it is over.", default="at once"),
        Key("ends", NO_ENDS, "Nobody is on duty by it any more.", default="never"),
        Key(
            "starts_with",
            PLACE,
            "Who has the first turn. Read only when the rotation is new: an edit never moves who is on duty.",
            default="the first of `people`",
        ),
        Key("shadows", Listed(SEAT), "Who is told of everything beside those on duty, and paged for nothing.", default="nobody"),
        Key("shadow", FLAG, "`true`: everybody in it only shadows.", default="false"),
        Key(
            "calendar",
            Sealed("the address of a calendar, as ${NAME}", words.read_address),
            "In place of `people` and `hand_off`: an iCalendar address whose events are the shifts. Secret.",
            default="none",
        ),
    ),
    known_by="name",
)  # fmt: skip
SCHEDULE = Shape(
    "schedule",
    WantedSchedule,
    (
        Key("name", NAME, "The schedule is known by it.", required=True),
        Key("was", WAS, "The schedule's old name, to rename it and keep its record."),
        Key("team", NAME, "The team that looks after it, and is warned of gaps. Needed for a new one.", default="needed"),
        Key("time_zone", ZONE, "The zone in which it is told, and in which `hours` are.", default="UTC"),
        Key("hours", HOURS, "When somebody must be on duty; nobody then is a gap.", default="always"),
        Key("gap_warning", DURATION, "How long before a gap the team is warned of it. 0 for never.", default="3d"),
        Key(
            "holidays",
            Several(Text("a country such as ES, or a part of one such as US-CA", words.read_holidays), words.each_once),
            "Whose public holidays are shown.",
            default="none",
        ),
        Key("rotations", Listed(ROTATION), "All rotations; everybody whom one has on duty is on duty. One that is left out is taken away.", default="none"),
    ),
    known_by="name",
)  # fmt: skip
SHAPES_OF_SCHEDULES = (SCHEDULE, ROTATION, PLACE, SEAT)
