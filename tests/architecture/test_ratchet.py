"""What is too long or says too little: the recorded counts may only fall."""

import pytest

from tests.architecture.ratchet import (
    COUNTED,
    counted_sources,
    files_over_400_lines,
    recorded,
    undocumented_functions,
)
from tests.architecture.ratchet import functions_over_60_lines as long_functions
from tests.architecture.source import Source


def function_of(lines: int) -> str:
    return "async def watch():\n" + "    pass\n" * (lines - 1)


def test_a_function_may_have_sixty_lines_and_not_one_more():
    assert not list(long_functions([Source("watchbill/x.py", function_of(60))]))
    assert list(long_functions([Source("watchbill/x.py", function_of(61))]))


def test_a_file_may_have_four_hundred_lines_and_not_one_more():
    assert not list(files_over_400_lines([Source("watchbill/x.py", "pass\n" * 400)]))
    assert list(files_over_400_lines([Source("watchbill/x.py", "pass\n" * 401)]))


@pytest.mark.parametrize(
    ("path", "text", "is_counted"),
    [
        ("watchbill/engine/step.py", "def step(): ...", True),
        ("watchbill/engine/step.py", "def step():\n    'Takes one step.'", False),
        ("watchbill/engine/step.py", "def _inner(): ...", False),
        ("watchbill/engine/tests/test_step.py", "def test_it(): ...", False),
        ("watchbill/people/actions.py", "def rename(): ...", False),
    ],
)
def test_a_public_function_of_engine_and_runtime_has_a_docstring(path, text, is_counted):
    assert bool(list(undocumented_functions([Source(path, text)]))) is is_counted


@pytest.mark.parametrize("name", COUNTED)
def test_the_count_has_not_risen_and_the_record_is_up_to_date(name):
    found = list(COUNTED[name](counted_sources()))
    allowed = recorded()[name]
    listed = "\n  ".join(found)
    assert len(found) <= allowed, f"{len(found)} {name}, and at most {allowed} may be:\n  {listed}"
    assert len(found) == allowed, (
        f"{len(found)} {name}, where {allowed} are recorded. Well done: run `make ratchet` to keep it."
    )


def test_the_record_holds_what_is_counted_and_nothing_else():
    assert set(recorded()) == set(COUNTED)
