"""Strict JSON: against tables of what goes wrong, and against the standard library as an oracle."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.intake.strict_json import DEEPEST, NotTame, read_json


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The body is empty."),
        (b" \r\n", "The body is empty."),
        (b"\xef\xbb\xbf", "The body is empty."),
        (b'{"a":1', "not JSON: expecting ',' delimiter at line 1, column 7"),
        (b'{"a":1}\n{"b":2}', "not JSON: extra data at line 2, column 1"),
        (b'{\n "a": nil}', "not JSON: expecting value at line 2, column 7"),
        (b"{'a':1}", "property name enclosed in double quotes at line 1, column 2"),
        (b'{\\"a\\":1}', "escaped them once too often"),
        (b"payload=%7B%7D", "It looks like a form; send JSON."),
        (b'{"a":"\xff"}', "not UTF-8: byte 7 cannot be read"),
        ('{"a":"ü"}'.encode("latin-1"), "not UTF-8: byte 7"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8: byte 1"),
        (b'"a\x00b"', "invalid control character at line 1, column 3"),
        (b'"a\nb"', "invalid control character"),
        (b'{"a":{"b":["x","y\\u0000"]}}', "The text at a.b[1] holds a NUL character"),
        (b'{"a":{"b\\u0000":1}}', "The text at a key of a holds a NUL character"),
        (b'"\\u0000"', "The text at the top holds a NUL character"),
        (b'"\\ud800"', "half of a surrogate pair (\\ud800)"),
        (b'["\\ud83dx"]', "half of a surrogate pair (\\ud83d)"),
        (b'{"\\udc00":1}', "half of a surrogate pair (\\udc00)"),
        (b'{"a":1,"a":2}', 'The key "a" appears twice in one object.'),
        (b'{"a" :1,"a": 2}', 'The key "a" appears twice'),
        (b'{"a"\r\n\t :1,"b":[{"c":1,"c":1}]}', 'The key "c" appears twice'),
        (b'{"a":1,"\\u0061":2}', 'The key "a" appears twice'),
        (b'{"a":1,"a":2,"b":":"}', 'The key "a" appears twice'),
        (b'[{"":1,"":2}]', 'The key "" appears twice'),
        (b"NaN", "NaN is not a JSON number."),
        (b'{"a":-Infinity}', "-Infinity is not a JSON number."),
        (b"1e400", "A number in the JSON is too large."),
        (b"1" * 5000, "A number in the JSON is too long."),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nested more than 64 levels deep"),
        (b'{"a":' * 900 + b'"\\u0000"' + b"}" * 900, "nested more than 64 levels deep"),
        (b"[" * 100_000, "nested more than 64 levels deep"),
        (b'{"a":' * 100_000, "nested more than 64 levels deep"),
        (b"[" * 500 + b'"\\ud800"' + b"]" * 500, ""),
    ],
)
def test_what_is_wrong_is_said_and_where(body, said):
    with pytest.raises(NotTame) as caught:
        read_json(body)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (
            b'{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
            {"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 2}]},
        ),
        (b'{"a":":","b":"\\":","c":"x\\" : y"}', {"a": ":", "b": '":', "c": 'x" : y'}),
        (b'"\\\\u0000"', "\\u0000"),
        (b'"\\ud83d\\ude00 \\u00fc"', "😀 ü"),
        (b"[" * DEEPEST + b"]" * DEEPEST, None),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_what_only_looks_wrong_is_read(body, value):
    read = read_json(body)
    assert value is None or read == value


_numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.sampled_from(
    ['":', '" :', "\\u0000", ':"', "{", '","a":']
)
_tame = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(_texts, part, max_size=4),
)


@given(_tame, st.sampled_from([None, 1, "\t"]), st.booleans(), st.sampled_from([":", " : ", "\n:"]))
def test_all_tame_json_is_read_as_the_standard_library_reads_it(value, indent, ascii_only, colon):
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only, separators=(",", colon))
    assert read_json(body.encode()) == value


@given(st.lists(st.tuples(st.sampled_from(["a", "b", '"', ":"]), _tame), max_size=5), st.booleans())
def test_a_key_is_refused_exactly_where_it_appears_twice(pairs, spaced):
    colon = " : " if spaced else ":"
    inner = ",".join(f"{json.dumps(key)}{colon}{json.dumps(value)}" for key, value in pairs)
    body = f'[{{"a":{{{inner}}}}}]'.encode()
    if len({key for key, _ in pairs}) == len(pairs):
        assert read_json(body) == [{"a": dict(pairs)}]
    else:
        with pytest.raises(NotTame, match="appears twice"):
            read_json(body)


def oracle(body: bytes) -> Any:
    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("twice")
        return dict(pairs)

    def finite(text: str) -> float:
        if not math.isfinite(float(text)):
            raise ValueError(text)
        return float(text)

    value = json.loads(body.decode(), object_pairs_hook=whole, parse_constant=finite, parse_float=finite)
    text = json.dumps(value, ensure_ascii=False)
    text.encode()
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("NUL")
    return value


_scraps = st.sampled_from(
    [
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b'"',
        b'"a"',
        b'"b"',
        b"1",
        b"-0.5e1",
        b" ",
        b"\n",
        b"null",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"\\udc00",
        b"\\\\",
        b"NaN",
        b"\xff",
        b"\xc3\xbc",
        b'"a":1',
    ]
)


@given(st.lists(_scraps, max_size=12).map(b"".join) | st.binary(max_size=30))
def test_on_scraps_of_json_it_agrees_with_the_oracle(body):
    try:
        expected = oracle(body)
    except ValueError:
        with pytest.raises(NotTame):
            read_json(body)
    else:
        assert read_json(body) == expected
