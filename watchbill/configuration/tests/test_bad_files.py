"""Every mistake is told with its line, its place in words, and what would do."""

from __future__ import annotations

import pytest

from watchbill.configuration.asking import check, request
from watchbill.configuration.document import read_document
from watchbill.configuration.problems import MOST_SHOWN, BadFile, Problems
from watchbill.configuration.render import problem_lines
from watchbill.configuration.tests import bad_schedules
from watchbill.configuration.tests.bad_files import GOOD, MISTAKES
from watchbill.configuration.tests.conftest import CHANNELS, ENVIRON
from watchbill.configuration.tests.rota import ROTA

CASES = [(GOOD, *mistake) for mistake in MISTAKES] + [(ROTA, *mistake) for mistake in bad_schedules.MISTAKES]


@pytest.mark.parametrize(("good", "old", "new", "said"), CASES, ids=[case[-1][:70] for case in CASES])
def test_a_mistake_is_told_exactly(house, good, old, new, said):
    assert old in good
    with pytest.raises(BadFile) as caught:
        house.plan(good.replace(old, new, 1))
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("email: ana@example.org", "email: ana at example.org"),
        ("email: ana@example.org", "emial: ana@example.org"),
        ("    name: Ana Ruiz", "    name: Ana Ruiz\n    time_zone: Madrid"),
        ("    name: Ana Ruiz", "    was: ''"),
    ],
)
def test_a_mistake_in_what_a_person_is_hides_no_other_of_the_same_person(house, old, new):
    bad = GOOD.replace("channel: email", "channel: fax").replace("- use: mail", "- use: mial").replace(old, new, 1)
    bad = bad.replace(
        "        channel: fax", "        channel: ntfy\n        tpic: ana\n      - name: fax\n        channel: fax"
    )
    with pytest.raises(BadFile) as caught:
        house.plan(bad)
    said = " ".join(str(problem) for problem in caught.value.problems)
    for part in ("has no setting 'tpic'", "The channel 'fax' is not known", "'mial' is no contact method"):
        assert part in said


@pytest.mark.parametrize("times", ["starts: soon, ends: 2027-01-01 11:00Z", "starts: 2027-01-01 10:00Z, ends: soon"])
def test_a_bad_time_of_a_window_hides_no_unknown_service(house, times):
    with pytest.raises(BadFile) as caught:
        house.plan(f"{GOOD}maintenance_windows:\n  - {{reason: move, services: [chekout], {times}}}\n")
    said = [problem.message.partition(".")[0] for problem in caught.value.problems]
    assert sorted(said) == ["'soon' is no time", "The service 'chekout' is neither in the file nor in the database"]


def test_what_a_thing_with_a_bad_name_lacks_is_not_asked_for(house):
    """It may be stored under the name that was meant."""
    house.apply(GOOD)
    for bad in ("users:\n  - {email: ana, active: false}", "teams:\n  - {members: [ana@example.org]}"):
        with pytest.raises(BadFile) as caught:
            house.plan(f"watchbill: 1\n{bad}\n")
        assert len(caught.value.problems) == 1


@pytest.mark.parametrize("name", ["evil\\e[31mred\\nline", "evil\\u202ered", "evil\\x9b31m\\x85red"])
def test_a_name_out_of_a_file_steers_no_terminal(house, name):
    """Wherever it is told: in a place, in a sentence, in what would be added."""
    text = f'watchbill: 1\nteams:\n  - {{name: "{name}", members: [nobody@example.org, nobody@example.org], "{name}": 1}}\n'
    with pytest.raises(BadFile) as caught:
        house.plan(text)
    problems = caught.value.problems
    told = [str(p) for p in problems] + [str(line) for line in problem_lines(problems, "error")]
    assert len(problems) >= 2
    assert all(line.isprintable() for line in told)
    assert any("teams › evil" in line for line in told)


def test_rules_are_missed_only_where_they_would_choose(house):
    """One contact method is used whether or not a rule names it."""
    rules = "    notification_rules:\n      high:\n        - use: mail\n"
    assert rules in GOOD
    one = GOOD.replace(rules, "")
    two = one.replace("teams:\n", "      - {name: other, channel: email, address: a@example.org}\nteams:\n", 1)
    off = two.replace("name: other,", "name: other, enabled: false,")
    said = ["no notification rules" in str(house.plan(text).warnings) for text in (one, two, off)]
    assert said == [False, True, False]
