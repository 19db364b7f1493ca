"""Times and lengths in words."""

import pytest

from watchbill.engine.duty.spoken import length, listed, moment, stretch

NOON = 1_764_504_000  # 2025-11-30 12:00 UTC


def test_an_instant_names_its_day_and_its_zone() -> None:
    assert moment(NOON, "Europe/Berlin") == "Sun 2025-11-30 13:00 CET"
    assert moment(NOON + 7, "Asia/Kathmandu") == "Sun 2025-11-30 17:45:07 UTC+0545"


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        (NOON, NOON + 3600, "Sun 2025-11-30 13:00–14:00 CET"),
        (NOON, NOON + 86400, "Sun 2025-11-30 13:00 – Mon 2025-12-01 13:00 CET"),
        (1_761_433_200, 1_761_440_400, "Sun 2025-10-26 01:00 CEST–02:00 CET"),  # two hours by the clock of one
    ],
)
def test_a_stretch_says_no_more_than_it_has_to(since: int, until: int, told: str) -> None:
    assert stretch(since, until, "Europe/Berlin") == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (59, "less than a minute"),
        (60, "1 min"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (86400, "1 d"),
        (7 * 86400 + 3600, "7 d 1 h"),
        (86400 + 60, "1 d 1 min"),
        (2 * 86400 + 2 * 3600 + 60, "2 d 2 h"),
    ],
)
def test_a_length_has_its_two_largest_parts(seconds: int, told: str) -> None:
    assert length(seconds) == told


def test_names_are_a_list_as_one_writes_it() -> None:
    assert [listed(["Ana"]), listed(["Ana", "Bo"]), listed(["Ana", "Bo", "Cy"])] == [
        "Ana",
        "Ana and Bo",
        "Ana, Bo and Cy",
    ]
