"""The one exception of this room, and how its sentences are put together."""


class PostgresError(Exception):
    """The embedded PostgreSQL could not do what was asked; the message is written for whoever runs Watchbill.

    It says what went wrong and where, then what to do, then (for a failed start) the end of the server's log.
    """

    def __init__(self, problem: str, *, remedy: str, log_tail: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        self.log_tail = log_tail
        parts = [problem, remedy]
        if log_tail:
            parts.append("The last lines of the server's log:\n" + log_tail)
        super().__init__("\n".join(parts))
