"""Why: every decision names one of these, and each has a sentence that people see."""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """The name is stored, the sentence is shown. Never rename one; the journal of old incidents speaks in them."""

    sentence: str

    def __new__(cls, name: str, sentence: str = "") -> Self:
        """Makes a member whose value is `name` and that carries its sentence."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.sentence = sentence
        return member

    # an alert came in
    FIRST_ALERT = "first_alert", "A new alert opened this incident."
    ALERT_JOINED = (
        "alert_joined",
        "A new alert joined the open incident of its service, as the service's grouping says.",
    )
    ALERT_REPEATED = "alert_repeated", "The alert was already open; it was counted and updated."
    ALERT_WORSENED = "alert_worsened", "With this alert the incident became worse; it wakes people now."
    MUTED_BY_MAINTENANCE = (
        "muted_by_maintenance",
        "The service is in a maintenance window; nobody is paged until it ends.",
    )
    MAINTENANCE_OVER = "maintenance_over", "The maintenance window ended and the alert still fires."
    OVER_BEFORE_KNOWN = (
        "over_before_known",
        "It began and ended while news of its beginning waited on a node's disk; nobody was paged.",
    )
    CHANGE_NOTED = "change_noted", "A change was noted."

    # an alert ended
    ALERT_RESOLVED = "alert_resolved", "The alert ended; others of this incident still fire."
    LAST_ALERT_RESOLVED = "last_alert_resolved", "The last open alert ended, so the incident is resolved."
    NO_OPEN_ALERT = "no_open_alert", "There is no open alert with this key; nothing was changed."

    # the ladder
    FIRST_PAGE = "first_page", "The first step of the escalation policy pages."
    STEP_TIMED_OUT = "step_timed_out", "Nobody acknowledged in time, so the next step of the escalation policy pages."
    LADDER_REPEATED = "ladder_repeated", "Every step went unanswered, so the escalation policy begins again."
    LADDER_EXHAUSTED = (
        "ladder_exhausted",
        "Every step went unanswered; the fallback was paged, and no further step follows.",
    )
    STEP_STILL_RUNNING = "step_still_running", "The step still waits for an answer."
    NEXT_RULE_DUE = "next_rule_due", "No answer yet, so the person's next notification rule pages."
    GAP_IN_SCHEDULE = (
        "gap_in_schedule",
        "Nobody was on duty in the schedule that this step pages; the policy's fallback was paged.",
    )
    NOBODY_ON_DUTY = "nobody_on_duty", "Nobody could be paged by this step; the policy's fallback was paged."
    NOBODY_AT_ALL = (
        "nobody_at_all",
        "Nobody could be paged, and the fallback reaches nobody either. Mend the policy now.",
    )
    NO_STEP_APPLIES = (
        "no_step_applies",
        "No step of the escalation policy is for this hour and severity; its fallback was paged.",
    )
    METHOD_FAILED = "method_failed", "A contact method failed for good; the person's other methods page at once."
    METHOD_FAILED_NO_OTHER = (
        "method_failed_no_other",
        "A contact method failed for good and the person has no other; the next step pages at once.",
    )
    ESCALATED_BY_HAND = "escalated_by_hand", "Somebody asked for the next step of the escalation policy."
    REASSIGNED = "reassigned", "The incident was handed to somebody else."
    REASSIGNED_UNANSWERED = (
        "reassigned_unanswered",
        "Those it was handed to did not answer, so the escalation policy begins.",
    )

    # somebody has it, or gives it back
    ACKNOWLEDGED = "acknowledged", "Somebody has it; paging stopped."
    ACKNOWLEDGED_BY_MONITOR = "acknowledged_by_monitor", "The monitor says that somebody works on it; paging stopped."
    ALREADY_ACKNOWLEDGED = "already_acknowledged", "It was acknowledged before; nothing was changed."
    UNACKNOWLEDGED = "unacknowledged", "It was given back; the escalation policy begins again."
    ACKNOWLEDGEMENT_TIMED_OUT = (
        "acknowledgement_timed_out",
        "It stayed acknowledged for too long without an end; the escalation policy begins again.",
    )
    SNOOZED = "snoozed", "It was put off; it comes back by itself."
    SNOOZE_OVER = "snooze_over", "The snooze ended and it is still open; the escalation policy begins again."
    SNOOZE_IN_THE_PAST = "snooze_in_the_past", "The time to come back has already passed; nothing was changed."
    NOT_ACKNOWLEDGED = "not_acknowledged", "Nobody had acknowledged it; nothing was changed."

    # the end
    RESOLVED = "resolved", "Somebody resolved it."
    ALREADY_RESOLVED = "already_resolved", "It was resolved before; nothing was changed."
    REOPENED = "reopened", "It was opened again; the escalation policy begins again."
    ALREADY_OPEN = "already_open", "It is still open; nothing was changed."

    # nothing to do
    SPOOLED = "spooled", "The database is away; it is kept on the node's disk and decided when the database is back."
    NOTHING_DUE = "nothing_due", "Nothing was due."
    UNKNOWN_INCIDENT = "unknown_incident", "There is no such incident."
    UNKNOWN_TARGET = (
        "unknown_target",
        "The person or the policy that was named does not exist or is not active; nothing was changed.",
    )

    # one page
    PAGE_SENT = "page_sent", "The channel has accepted the page."
    PAGE_DELIVERED = "page_delivered", "The channel says that the page arrived."
    PAGE_UNKNOWN_RETRIED = "page_unknown_retried", "It is not known whether the page arrived; it is sent again."
    PAGE_FAILED_RETRIED = "page_failed_retried", "The page could not be sent; it is tried again."
    PAGE_GIVEN_UP = "page_given_up", "The page was given up; it cannot be sent."
    PAGE_SUPPRESSED_ACKNOWLEDGED = "page_suppressed_acknowledged", "Not sent: the incident had been acknowledged."
    PAGE_SUPPRESSED_RESOLVED = "page_suppressed_resolved", "Not sent: the incident had been resolved."
    PAGE_SUPPRESSED_NOT_THEIRS = "page_suppressed_not_theirs", "Not sent: the person is no longer the one to page."
    PAGE_SUPPRESSED_METHOD_GONE = (
        "page_suppressed_method_gone",
        "Not sent: the contact method was removed or switched off.",
    )
    PAGE_SUPPRESSED_INCIDENT_GONE = "page_suppressed_incident_gone", "Not sent: its incident is no longer stored."
    PAGE_REASON_NEWER = "page_reason_newer", "A newer Watchbill asked for this page; its reason is not known here."
    PAGE_HELD_BACK = (
        "page_held_back",
        "Held back: this person has had as many messages as one can take; it follows bundled.",
    )
    PAGE_BUNDLED = "page_bundled", "Told as part of a bundle with the person's other pages."
    PAGE_DIGESTED = "page_digested", "Old and not urgent: told as one digest."
