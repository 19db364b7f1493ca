"""Stories are told here too, and then looked at."""

from tests.asking import ask, story

__all__ = ["ask", "story"]
