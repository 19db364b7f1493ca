"""Mistakes to make in a good rota, each with exactly what is said of it."""

from watchbill.configuration.phrases import HAND_OFFS, WINDOWS
from watchbill.configuration.tests.rota import PEOPLE

AT = "schedules › Primary › rotations › weekly"
ROTATION = "      - name: weekly\n"
HAND_OFF = "every week on monday at 09:00"
OF_PEOPLE = f"        people: [{PEOPLE}]\n        hand_off: {HAND_OFF}\n"

# What is replaced in ROTA, by what, and the message with its path.
MISTAKES: tuple[tuple[str, str, str], ...] = (
    # phrases
    (HAND_OFF, "every fortnight at 09:00", f"{AT} › hand_off: 'fortnight' is not hours, days, weeks or months. Write it as {HAND_OFFS}."),
    (HAND_OFF, "every 0 weeks on monday at 09:00", f"{AT} › hand_off: 'every 0 weeks' would be a turn of no length. Write it as {HAND_OFF}."),
    (HAND_OFF, "every week on mnday at 09:00", f"{AT} › hand_off: 'mnday' is no weekday. Did you mean monday?"),
    (HAND_OFF, "every day at 25:00", f"{AT} › hand_off: '25:00' is no time of day, which is 00:00 to 23:59."),
    (ROTATION, f"{ROTATION}        hours: [mon-fri]\n", f"{AT} › hours: 'mon-fri' are no hours of duty. Write them as {WINDOWS}."),
    (ROTATION, f"{ROTATION}        hours: mon-fri 09:00-17:00\n",
     f"{AT} › hours: It must be a list, each entry behind a dash, but is the text 'mon-fri 09:00-17:00'."),
    # who
    (PEOPLE, "", f"{AT} › people: This rotation has nobody. Name a user or a team, or take it out."),
    (f"        people: [{PEOPLE}]\n", "", f"{AT}: `people` is missing; a new rotation needs it. Or give a `calendar`."),
    (f"        hand_off: {HAND_OFF}\n", "", f"{AT}: `hand_off` is missing; a new rotation needs it."),
    (PEOPLE, "ana@example.org, bob@example.org",
     f"{AT} › people › bob@example.org › user: The user 'bob@example.org' is neither in the file nor in the database. Did you mean bo@example.org?"),
    (PEOPLE, "{team: Paiments}",
     f"{AT} › people › #1 › team: The team 'Paiments' is neither in the file nor in the database. Did you mean Payments?"),
    (PEOPLE, "ana@example.org, bo@example.org, ana@example.org",
     f"{AT} › people › ana@example.org: ana@example.org has a place in `people` already. Leave one."),
    (PEOPLE, "{together: [ana@example.org, ana@example.org]}",
     f"{AT} › people › #1 › together › ana@example.org: ana@example.org stands here twice. Leave one."),
    (PEOPLE, "{together: []}", f"{AT} › people › #1: A place must be a `user`, a `team`, or several `together`."),
    (PEOPLE, "{user: ana@example.org, team: Payments}", f"{AT} › people › ana@example.org: It must be either a `user` or a `team`."),
    (PEOPLE, "{schedule: Primary}", f"{AT} › people › #1: The key 'schedule' is not known here. Known here: user, team, together."),
    (ROTATION, f"{ROTATION}        starts_with: boo@example.org\n", f"{AT} › starts_with: boo@example.org has no place in `people`. Did you mean bo@example.org?"),
    (ROTATION, f"{ROTATION}        shadows: [di@example.org, di@example.org]\n", f"{AT} › shadows › di@example.org: di@example.org stands here twice. Leave one."),
    ("name: Bo,", "name: Bo, active: false,",
     f"{AT} › people › bo@example.org: bo@example.org is switched off, but has turns in the rotation weekly of the schedule Primary. Take them out of it."),
    # where and when
    ("    team: Payments\n", "", "schedules › Primary: `team` is missing; a new schedule needs it."),
    ("    team: Payments\n", "    team: Paiments\n",
     "schedules › Primary › team: The team 'Paiments' is neither in the file nor in the database. Did you mean Payments?"),
    ("Europe/Madrid", "Madrid", "schedules › Primary › time_zone: 'Madrid' is no time zone such as Europe/Madrid or UTC. Did you mean Europe/Madrid?"),
    (ROTATION, f"{ROTATION}        starts: 2027-01-02 09:00Z\n        ends: 2027-01-01 09:00Z\n", f"{AT} › ends: It must be later than `starts`."),
    ("    rotations:\n", "    holidays: [SP]\n    rotations:\n",
     "schedules › Primary › holidays: 'SP' is no country whose holidays are known. Write ES, or US-CA for a part of one."),
    ("    rotations:\n", "    holidays: [es]\n    rotations:\n",
     "schedules › Primary › holidays: 'es' is no country whose holidays are known. Write ES, or US-CA for a part of one. Did you mean ES?"),
    ("    rotations:\n", "    holidays: [PT-XX]\n    rotations:\n", "schedules › Primary › holidays: PT has no part 'XX' whose holidays are known. Known are 01, 02, 03, 04, 05, 06, 07, 08 and more."),
    ("    rotations:\n", "    gap_warning: 3\n    rotations:\n",
     "schedules › Primary › gap_warning: '3' is no duration. Write it as 90s, 5m, 1h30m or 2d. Did you mean 3s or 3m?"),
    # twice
    ("    rotations:\n", f"    rotations:\n{ROTATION}{OF_PEOPLE}", f"{AT}: The rotation 'weekly' stands here twice, first in line 15. Leave one."),
    # calendars
    (OF_PEOPLE, "        calendar: calendars.example.org\n",
     f"{AT} › calendar: This is no address of a calendar, which begins with https:// or http:// and has no blanks."),
    (OF_PEOPLE, "        calendar: webcal://calendars.example.org/x\n",
     f"{AT} › calendar: The address begins with webcal://. Write https:// in its place."),
    (OF_PEOPLE, "        calendar: ${ROTA_URL}\n", f"{AT} › calendar: The variable ROTA_URL is not set in the environment."),
    (OF_PEOPLE, "        calendar: !keep \n",
     f"{AT} › calendar: `!keep` keeps the stored secret, but none is stored. Give it, as ${{NAME}} from the environment."),
    (OF_PEOPLE, f"        calendar: https://calendars.example.org/x\n        people: [{PEOPLE}]\n",
     f"{AT} › people: The shifts of this rotation come from its `calendar`. Leave `people` or `calendar` out."),
    # policies
    ("[{schedule: Primary}]", "[{schedule: Primry}]",
     ("escalation_policies › Payments › steps › #1 › page › #1 › schedule: The schedule 'Primry' is neither in the file nor in the "
     "database. Did you mean Primary?")),
    ("wait: 5m", "whom: anybody", "escalation_policies › Payments › steps › #1 › whom: 'anybody' is not on_duty, everyone or round_robin."),
    ("wait: 5m", "only: {hours: [mon-fri 09:00-17:00]}",
     "escalation_policies › Payments › steps › #1 › only: `time_zone` is missing; `hours` are told by a clock that hangs somewhere."),
    ("wait: 5m", "only: {severities: [fatal]}",
     "escalation_policies › Payments › steps › #1 › only › severities: 'fatal' is not critical, error, warning or info."),
)  # fmt: skip
