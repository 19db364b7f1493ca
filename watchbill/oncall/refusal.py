"""Why a change of who is on duty is not made."""


class Refused(Exception):
    """Nothing was changed. The message is for people. `field`: which part of what was asked is wrong: since, until, person,
    instead_of, schedule, rotation, shifts, note or number. `unknown`: whether it names something that there is not."""

    def __init__(self, field: str, message: str, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.field = field
        self.unknown = unknown
