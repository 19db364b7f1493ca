"""Every mistake is told with its line, its place in words, and what would do."""

from __future__ import annotations

import pytest

from watchbill.configuration.asking import check, request
from watchbill.configuration.document import read_document
from watchbill.configuration.problems import MOST_SHOWN, BadFile, Problems
from watchbill.configuration.tests.bad_files import GOOD, MISTAKES
from watchbill.configuration.tests.conftest import CHANNELS, ENVIRON


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES, ids=[said[:70] for _, _, said in MISTAKES])
def test_a_mistake_is_told_exactly(house, old, new, said):
    assert old in GOOD
    with pytest.raises(BadFile) as caught:
        house.plan(GOOD.replace(old, new, 1))
    told = {f"{p.place.path}: {p.message}".removeprefix(": ") for p in caught.value.problems}
    assert said in told


def test_the_good_file_is_good(house):
    assert len(house.plan(GOOD).changes) == 4


@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        ("wait: 5m", "wait: 5 minuts", 19, 15),
        ("    name: Ana Ruiz", "    nmae: Ana Ruiz", 4, 5),
        ("page: [ana@example.org]", "page: [anna@example.org]", 18, 16),
        ("channel: email", "channel: fax", 7, 18),
        ("    name: Ana Ruiz", "\tname: Ana Ruiz", 4, 1),
        ("    name: Ana Ruiz", "    name: Ana\x07Ruiz", 4, 14),
    ],
)
def test_a_mistake_is_told_with_line_and_column(house, old, new, line, column):
    with pytest.raises(BadFile) as caught:
        house.plan(GOOD.replace(old, new, 1))
    assert (line, column) in [(p.place.line, p.place.column) for p in caught.value.problems]


def test_all_mistakes_are_told_together_in_the_order_of_the_file(house):
    bad = GOOD
    for old, new in (
        ("wait: 5m", "wait: 5 minuts"),
        ("    name: Ana Ruiz", "    nmae: Ana"),
        ("kind: events_v2", "knid: x"),
    ):
        bad = bad.replace(old, new)
    with pytest.raises(BadFile) as caught:
        house.plan(bad)
    assert [p.place.line for p in caught.value.problems] == [3, 4, 19, 25, 26]
    assert MOST_SHOWN == 20


def test_a_bad_file_changes_nothing(house):
    before = house.version()
    with pytest.raises(BadFile):
        house.apply(GOOD.replace("wait: 5m", "wait: 5 minuts"))
    assert (house.version(), house.one("SELECT count(*) FROM person")) == (before, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty. Begin it with `watchbill: 1`."),
        (b"# only a comment\n", "The file is empty. Begin it with `watchbill: 1`."),
        (b"watchbill: 1\nusers: \xff\n", "The file is not UTF-8. Save it as UTF-8."),
        (b"- a\n", "A file must be keys and values, beginning with `watchbill: 1`, but is a list."),
        (b"watchbill:1\n", "A file must be keys and values, beginning with `watchbill: 1`, but is the text 'watchbill:1'. Put a blank behind the colon."),
        (b"watchbill: 1\nusers: [\n", None),
        (b"watchbill: 1\nteams: " + b"[" * 30 + b"]" * 30, "This is nested deeper than 20 levels."),
        (b"a: &a [*a]\n", "The alias *a stands inside of what it names."),
        (b"a: &a [1,1,1,1,1,1,1,1,1,1]\n"
         + b"".join(b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 10)) for n in range(ord("b"), ord("j"))),
         "The file holds more than 1,000,000 values, aliases counted each time."),
    ],
)  # fmt: skip
def test_what_is_no_file_of_ours_is_told_so(content, said):
    with pytest.raises(BadFile) as caught:
        check(request(content, ENVIRON, CHANNELS), now=None)
    if said is not None:
        assert said in [p.message for p in caught.value.problems]


def test_a_file_that_is_not_there_or_too_large_is_told(tmp_path):
    problems = Problems()
    (tmp_path / "large.yaml").write_bytes(b"#" * (16 * 1024 * 1024 + 1))
    for path in (tmp_path / "none.yaml", tmp_path / "large.yaml"):
        with pytest.raises(BadFile) as caught:
            check(request(path, {}, CHANNELS), now=None)
        problems.errors.extend(caught.value.problems)
    missing, large = problems.errors
    assert missing.message == "The file cannot be read: No such file or directory."
    assert (
        large.message == "The file has 16,777,217 bytes; 16,777,216 are the most. Split it into several in one folder."
    )


def test_no_secret_is_ever_in_a_message(house):
    """Whatever is wrong beside it, the value of a variable or of a key is not told."""
    text = GOOD.replace(
        "channel: email\n        address: ana@example.org",
        "channel: ntfy\n        topic: a b\n        token: ${ANA_TOKEN}x",
    )
    text = text.replace("kind: events_v2", "kind: x\n        key: a key with blanks and a secret in it")
    with pytest.raises(BadFile) as caught:
        house.plan(text)
    assert "tk_secret" not in str(caught.value)
    assert "secret in it" not in str(caught.value)


def test_aliases_of_whole_values_are_fine():
    problems = Problems()
    read = read_document(b"a: &x {b: 1}\nc: *x\n", "f", problems)
    assert not problems.errors
    assert read.root.values["a"] is read.root.values["c"]


def test_one_mistake_is_told_once(house):
    """What follows from a mistake is not told as another one."""
    for old, new in (
        ("address: ana@example.org", "address: ${NOT_THERE}"),
        ("address: ana@example.org", "address: [a]"),
    ):
        with pytest.raises(BadFile) as caught:
            house.plan(GOOD.replace(old, new))
        assert len(caught.value.problems) == 1
