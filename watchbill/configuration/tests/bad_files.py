"""A good file, and mistakes to make in it, each with exactly what is said of it."""

GOOD = """\
watchbill: 1
users:
  - email: ana@example.org
    name: Ana Ruiz
    contact_methods:
      - name: mail
        channel: email
        address: ana@example.org
    notification_rules:
      high:
        - use: mail
teams:
  - name: Payments
    members: [ana@example.org]
escalation_policies:
  - name: Payments
    steps:
      - page: [ana@example.org]
        wait: 5m
services:
  - name: checkout
    team: Payments
    policy: Payments
    integrations:
      - name: monitor
        kind: events_v2
"""

NO_TIME = "Write it as 2026-12-01 22:00 Europe/Madrid or 2026-12-01T21:00Z."
WINDOW = "maintenance_windows:\n  - {{reason: move, services: [checkout], starts: 2027-01-01 10:00Z, {}}}\n"

# What is replaced in GOOD, by what, and the message with its path.
MISTAKES: tuple[tuple[str, str, str], ...] = (
    # keys
    ("    name: Ana Ruiz", "    nmae: Ana Ruiz", "users › ana@example.org: The key 'nmae' is not known here. Did you mean name?"),
    ("users:\n", "user:\n", "The key 'user' is not known here. Did you mean users?"),
    ("    team: Payments\n    policy", "    colour: red\n    team: Payments\n    policy",
     ("services › checkout: The key 'colour' is not known here. Known here: name, was, description, team, policy, urgency, "
     "grouping, acknowledge_timeout, active, integrations.")),
    ("  - name: checkout\n", "  - description: it has no name\n", "services › #1: `name` is missing. The service is known by it."),
    ("watchbill: 1\n", "", "`watchbill: 1` is missing. Every file begins with it."),
    ("watchbill: 1\n", "watchbill: 2\n", "watchbill: This file is of version 2; this Watchbill reads version 1."),
    ("watchbill: 1\n", "watchbill: yes\n", "watchbill: 'yes' is not 1."),
    ("    team: Payments\n    policy", "    policy", "services › checkout: `team` is missing; a new service needs it."),
    ("    name: Ana Ruiz\n", "    name: Ana Ruiz\n    name: Ana\n", "The key `name` stands here twice, first in line 4. Leave one."),
    ("    name: Ana Ruiz\n", "    name:\n",
     "users › ana@example.org › name: Nothing stands here. It must be one line, at most 200 characters."),
    # durations
    ("wait: 5m", "wait: 5 minuts",
     "escalation_policies › Payments › steps › #1 › wait: '5 minuts' is no duration. Write it as 90s, 5m, 1h30m or 2d. Did you mean 5m?"),
    ("wait: 5m", "wait: 5",
     "escalation_policies › Payments › steps › #1 › wait: '5' is no duration. Write it as 90s, 5m, 1h30m or 2d. Did you mean 5s or 5m?"),
    ("wait: 5m", "wait: -5m",
     "escalation_policies › Payments › steps › #1 › wait: '-5m' is no duration. Write it as 90s, 5m, 1h30m or 2d."),
    ("wait: 5m", "wait: 400d", "escalation_policies › Payments › steps › #1 › wait: '400d' is longer than 365d, which is the most."),
    ("wait: 5m", "wait: 0s",
     "escalation_policies › Payments › steps › #1 › wait: It must be longer than nothing, or nobody can answer in time."),
    # references
    ("page: [ana@example.org]", "page: [anna@example.org]",
     ("escalation_policies › Payments › steps › #1 › page › anna@example.org › user: The user 'anna@example.org' is neither in the "
     "file nor in the database. Did you mean ana@example.org?")),
    ("page: [ana@example.org]", "page: [{team: Paiments}]",
     ("escalation_policies › Payments › steps › #1 › page › #1 › team: The team 'Paiments' is neither in the file nor in the "
     "database. Did you mean Payments?")),
    ("    policy: Payments", "    policy: Nights",
     ("services › checkout › policy: The escalation policy 'Nights' is neither in the file nor in the database. Describe it under "
     "`escalation_policies`.")),
    ("- use: mail", "- use: mial",
     "users › ana@example.org › notification_rules › high › #1 › use: 'mial' is no contact method of this person. Did you mean mail?"),
    ("page: [ana@example.org]", "page: [{user: ana@example.org, team: Payments}]",
     "escalation_policies › Payments › steps › #1 › page › ana@example.org: A target must be a `user`, a `team` or a `schedule`."),
    ("page: [ana@example.org]", "page: []",
     "escalation_policies › Payments › steps › #1 › page: This step pages nobody. Name a user, a team or a schedule."),
    # contact methods
    ("channel: email", "channel: emial", "users › ana@example.org › contact_methods › mail › channel: The channel 'emial' is not known here. Did you mean email?"),
    ("channel: email", "channel: fax", "users › ana@example.org › contact_methods › mail › channel: The channel 'fax' is not known here. Known are email, ntfy."),
    ("address: ana@example.org", "adress: ana@example.org",
     "users › ana@example.org › contact_methods › mail › adress: Channel email has no setting 'adress'. Did you mean address?"),
    ("        address: ana@example.org\n", "",
     "users › ana@example.org › contact_methods › mail: `address` is missing; channel email needs it. Where mail goes."),
    ("address: ana@example.org", "address: ana at example.org",
     ("users › ana@example.org › contact_methods › mail › address: Channel email refuses it (given: 'ana at example.org'): "
     "`address` must have an @, such as ana@example.org.")),
    ("address: ana@example.org", "address: !keep",
     "users › ana@example.org › contact_methods › mail › address: `!keep` is for secrets; `address` is none. Write it out."),
    ("channel: email\n        address: ana@example.org", "channel: ntfy\n        topic: ana\n        token: wrong",
     "users › ana@example.org › contact_methods › mail › token: Channel ntfy refuses it: `token` must begin with tk_."),
    ("channel: email\n        address: ana@example.org", "channel: ntfy\n        topic: ana\n        token: !keep",
     ("users › ana@example.org › contact_methods › mail › token: `!keep` keeps the stored secret, but none is stored. Give it, as "
     "${NAME} from the environment.")),
    ("address: ana@example.org", "address: ${ANA_TOKN}",
     "users › ana@example.org › contact_methods › mail › address: The variable ANA_TOKN is not set in the environment. Did you mean ANA_TOKEN?"),
    ("address: ana@example.org", "address:",
     "users › ana@example.org › contact_methods › mail › address: Nothing stands here; channel email needs it. Where mail goes."),
    ("address: ana@example.org", "address: ${EMPTY}",
     "users › ana@example.org › contact_methods › mail › address: The variable EMPTY is empty in the environment."),
    ("address: ana@example.org", "address: [ana@example.org]",
     "users › ana@example.org › contact_methods › mail › address: A setting must be one text, but is a list."),
    # people
    ("email: ana@example.org\n", "email: ana\n", "users › ana › email: 'ana' is no e-mail address, such as ana@example.org."),
    ("    name: Ana Ruiz\n", "    name: Ana Ruiz\n    time_zone: Madrid\n",
     "users › ana@example.org › time_zone: 'Madrid' is no time zone such as Europe/Madrid or UTC. Did you mean Europe/Madrid?"),
    ("members: [ana@example.org]", "members: [{user: ana@example.org, role: boss}]",
     "teams › Payments › members › ana@example.org › role: 'boss' is not owner, manager, responder or observer."),
    ("members: [ana@example.org]", "members: [ana@example.org, ana@example.org]",
     "teams › Payments › members › ana@example.org: ana@example.org is in the team already. Leave one."),
    ("members: [ana@example.org]", "members: ana@example.org",
     "teams › Payments › members: It must be a list, each entry behind a dash, but is the text 'ana@example.org'."),
    # services
    ("    policy: Payments\n", "    policy: Payments\n    urgency: hihg\n",
     "services › checkout › urgency: 'hihg' is not by_severity, high or low. Did you mean high?"),
    ("    policy: Payments\n", "    policy: Payments\n    grouping: 10m\n",
     "services › checkout › grouping: '10m' is not off or open. Did you mean {window: 10m}?"),
    ("    policy: Payments\n", "    policy: Payments\n    grouping: {window: 0s}\n",
     "services › checkout › grouping › window: It must be longer than nothing. Write off for no grouping."),
    ("    policy: Payments\n", "    policy: Payments\n    active: yes\n", "services › checkout › active: 'yes' is not true or false."),
    ("kind: events_v2", "kind: event_v2", "services › checkout › integrations › monitor › kind: 'event_v2' is no kind of integration. Did you mean events_v2?"),
    ("kind: events_v2\n", "kind: events_v2\n        key: short\n",
     ("services › checkout › integrations › monitor › key: A key must be 20 to 256 letters, digits or signs without blanks; this "
     "one has 5 characters. Leave `key` out, and one is made.")),
    ("kind: events_v2\n", "kind: events_v2\n        key_sha256: abc\n",
     "services › checkout › integrations › monitor › key_sha256: 'abc' is not a SHA-256: 64 digits of 0-9 and a-f."),
    ("    steps:\n", "    repeat: often\n    steps:\n", "escalation_policies › Payments › repeat: 'often' is not a whole number from 0 to 100."),
    # twice
    ("services:\n", "services:\n  - {name: checkout, team: Payments, policy: Payments}\n",
     "services › checkout: The service 'checkout' stands here twice, first in line 21. Leave one."),
    # times
    ("services:\n  - name", WINDOW.format("ends: soon") + "services:\n  - name", f"maintenance_windows › move › ends: 'soon' is no time. {NO_TIME}"),
    ("services:\n  - name", WINDOW.format("ends: 2027-01-01 11:00") + "services:\n  - name",
     ("maintenance_windows › move › ends: '2027-01-01 11:00' does not say which zone. Put Z, an offset or a name behind it: "
     "2027-01-01 11:00 Europe/Madrid.")),
    ("services:\n  - name", WINDOW.format("ends: 2027-01-01 09:00Z") + "services:\n  - name",
     "maintenance_windows › move › ends: It must be later than `starts`."),
    ("services:\n  - name", WINDOW.format("ends: 2027-03-28 02:30 Europe/Madrid") + "services:\n  - name",
     "maintenance_windows › move › ends: '2027-03-28 02:30 Europe/Madrid' does not exist: clocks go forward there over that hour."),
    # not YAML
    ("    name: Ana Ruiz", "\tname: Ana Ruiz", "A tab stands here. YAML is indented with spaces only."),
    ("    name: Ana Ruiz", "    name: Ana: Ruiz", "A second `: ` stands in one line. Put text that holds a colon into quotes."),
    ("members: [ana@example.org]", "members: [{user: ${ANA}}]",
     ("A bracket does not close, or a comma is missing. Between { and } or [ and ], put text that holds one of these, ${NAME} "
     "too, into quotes.")),
    ("    name: Ana Ruiz", "    name: *ana", "The alias *ana has no anchor &ana before it."),
    ("    name: Ana Ruiz", "    name: !!python/name Ana", "The tag 'tag:yaml.org,2002:python/name' is not known here; !keep is the only one."),
    ("    name: Ana Ruiz", "    <<: {name: Ana}", "Merge keys (`<<`) are not supported. Write the keys out, or use an alias for a whole value."),
    ("    name: Ana Ruiz", "    name: Ana\x07Ruiz", "The character U+0007 may not stand in a file."),
    ("teams:\n", "---\nteams:\n", "A second document begins here (`---`). Put it into a file of its own."),
)  # fmt: skip
