"""Whether a part of the node does its work: it may fail now and then, but not again and again."""

BAD_AFTER = 3  # failures in a row


class Condition:
    """What one part says of itself. `said`: "ok", or its last fault when it fails again and again."""

    def __init__(self) -> None:
        self._failures = 0
        self._fault = ""

    @property
    def said(self) -> str:
        """For /readyz."""
        return "ok" if self._failures < BAD_AFTER else self._fault

    def good(self) -> None:
        """It has just worked."""
        self._failures = 0

    def bad(self, fault: str) -> bool:
        """It has just failed. Answers whether this is worth a whole log entry: a new fault, not the same one again."""
        news = self._failures == 0 or fault != self._fault
        self._failures += 1
        self._fault = fault
        return news
