"""What the docs say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from watchbill.configuration.document import read_document
from watchbill.configuration.keys import METHOD
from watchbill.configuration.parse import parse
from watchbill.configuration.problems import BadFile, Problems
from watchbill.configuration.render import plan_lines
from watchbill.configuration.tests.bad_files import GOOD
from watchbill.configuration.tests.reference_page import PAGE, page
from watchbill.configuration.tests.rota import MONDAY, PEOPLE, ROTA, WEDNESDAY
from watchbill.configuration.tests.test_render import printed

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "configuration.md"


def test_the_reference_is_what_the_code_says():
    assert PAGE.read_text() == page(), "run: python -m watchbill.configuration.tests.reference_page"


def test_the_complete_example_of_the_guide_applies_without_a_warning_but_of_what_it_shows(house, example):
    house.environ["ANA_NTFY_TOKEN"] = "tk_ana"
    applied = house.apply(example)
    assert len(applied.plan.changes) == 7
    assert [w.message for w in applied.plan.warnings] == ["It has no integration, so no alert can reach it."]
    assert not house.apply(example).plan.changes
    assert not house.apply(house.export()).plan.changes


def test_every_other_piece_of_yaml_in_the_guide_reads():
    for piece in re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(), re.DOTALL):
        problems = Problems()
        document = read_document(
            (piece if "watchbill: 1" in piece else f"watchbill: 1\n{piece}").encode(), "guide", problems
        )
        parse([document], {"ANA_NTFY_TOKEN": "tk", "ROTA_ICS_URL": "https://calendars.example.org/rota.ics"}, problems)
        assert not problems.errors


def test_what_the_guide_says_of_who_gains_and_loses_is_what_is_told(house):
    house.database.set_clock(MONDAY)
    house.apply(ROTA)
    house.database.set_clock(WEDNESDAY)
    lines = printed(plan_lines(house.plan(ROTA.replace(PEOPLE, PEOPLE.replace("bo", "di"))))).partition("On duty in")
    assert f"```text\nOn duty in{lines[2].partition('Plan')[0].rstrip()}\n```" in GUIDE.read_text()


def test_the_error_in_the_guide_is_the_one_that_is_told(house):
    with pytest.raises(BadFile) as caught:
        house.plan(GOOD.replace("wait: 5m", "wait: 5 minuts"))
    (problem,) = caught.value.problems
    assert (
        f"{problem.place.line}:{problem.place.column}  {problem.place.path}\n    {problem.message}" in GUIDE.read_text()
    )


def test_no_channel_has_a_setting_that_the_file_would_take_for_a_key_of_its_own():
    from watchbill import wiring
    from watchbill.settings import load

    taken = {key.name for key in METHOD.keys}
    for channel in wiring.channels(load({"smtp_url": "smtp://localhost"}, environ={})).values():
        assert not taken & {field.name for field in channel.capabilities.fields}
