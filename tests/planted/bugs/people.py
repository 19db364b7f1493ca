"""What people do: take, put off, give back and end."""

from tests.planted.check import Sim, Stories, Test
from tests.planted.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="acknowledgement-stops-nothing",
        file="watchbill/engine/acknowledgement.py",
        old="        status=Status.ACKNOWLEDGED,\n        changed_at=now,\n        acknowledged_by=by,\n        snoozed=False,\n"
        "        returns_at=now + timedelta(seconds=timeout) if timeout else None,\n        muted_until=None,\n"
        "        ladder=_at_rest(incident.ladder),\n",
        new="        changed_at=now,\n        acknowledged_by=by,\n",
        sentence="Thanks whoever acknowledges, and goes on to wake everybody else.",
        checks=(Stories(),),
    ),
    Mutation(
        name="acknowledgement-never-lapses",
        file="watchbill/engine/acknowledgement.py",
        old="        returns_at=now + timedelta(seconds=timeout) if timeout else None,\n",
        new="        returns_at=None,\n",
        sentence="Trusts for ever whoever acknowledged and fell asleep again, though the service says for how long.",
        checks=(Stories(),),
    ),
    Mutation(
        name="snooze-never-over",
        file="watchbill/engine/acknowledgement.py",
        old="        returns_at=fact.until,\n",
        new="        returns_at=None,\n",
        sentence="What was put off for ten minutes is put off for ever.",
        checks=(Sim(by="comes_to_rest"), Stories()),
    ),
    Mutation(
        name="given-back-to-nobody",
        file="watchbill/engine/acknowledgement.py",
        old="    incident, pages, outcome = escalation.begin(case, incident, reason, now=now, late=late)\n",
        new="    pages, outcome = (), reason\n",
        sentence="What somebody gives back is nobody's, and wakes nobody.",
        checks=(Stories(),),
    ),
    Mutation(
        name="resolved-incident-leaves-its-alerts-open",
        file="watchbill/engine/resolution.py",
        old="(SaveIncident(incident), CloseAlerts(now))",
        new="(SaveIncident(incident),)",
        sentence="After somebody resolved an incident, the next alert of that key is a repetition and wakes nobody.",
        checks=(Sim(by="one_open_alert"), Stories()),
    ),
    Mutation(
        name="resolved-incident-pages-on",
        file="watchbill/engine/resolution.py",
        old="        ladder=NO_LADDER,\n        due_at=None,\n",
        new="",
        sentence="Climbs on after the end.",
        checks=(Test(node="watchbill/engine/tests"),),
    ),
    Mutation(
        name="one-alert-over-ends-all",
        file="watchbill/engine/alerting.py",
        old="    if left == 0:\n",
        new="    if left >= 0:\n",
        sentence="Ends an incident with the first of its alerts that is over.",
        checks=(Sim(by="one_open_alert"), Stories()),
    ),
    Mutation(
        name="handed-on-and-not-paged",
        file="watchbill/engine/assignment.py",
        old="    incident, pages = escalation.page_people(case, incident, people, Reason.REASSIGNED, now=now)\n",
        new="    incident, pages = incident, ()\n",
        sentence="Hands an incident to Cy without telling Cy.",
        checks=(Stories(),),
    ),
)
