"""Documents as they arrive: in whichever encoding, folded anyhow, or not whole."""

import pytest

from watchbill.oncall.calendars.lines import MOST_LINE, Unreadable, tidied

WHOLE = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:José\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
BYTES = WHOLE.encode()


@pytest.mark.parametrize(
    "body",
    [
        BYTES,
        BYTES.replace(b"\r\n", b"\n"),
        BYTES.replace(b"\r\n", b"\r"),
        b"\xef\xbb\xbf" + BYTES,
        WHOLE.encode("cp1252"),
        WHOLE.encode("utf-16"),
        WHOLE.replace("é", "e\u0301").encode(),
        BYTES.replace(b"SUM", b"SU\r\n M"),
        BYTES.replace(b"SUM", b"SU\n\tM"),
        BYTES.replace("é".encode(), b"\xc3\r\n \xa9"),  # folded within a character
        BYTES.replace(b"Jos", b"J\x00o\x07s"),
        BYTES + b"\r\n\r\n<!-- cached -->",
        BYTES.replace(b"SUMMARY", b"DESCRIPTION:long\r\nX-JUNK;;;\r\nnonsense\r\nSUMMARY"),
        BYTES.replace(b"END:VEVENT", b"BEGIN:VALARM\r\nSUMMARY:wake up\r\nEND:VALARM\r\nEND:VEVENT"),
        BYTES.replace(b"BEGIN:VEVENT", b"BEGIN:VTODO\r\nSUMMARY:rest\r\nEND:VTODO\r\nBEGIN:VEVENT"),
        BYTES.lower().replace(b"summary:jos", b"SUMMARY:Jos"),
    ],
)
def test_what_says_the_same_is_the_same(body):
    assert tidied(body).events == WHOLE


def test_one_line_in_another_encoding_spoils_no_other():
    body = BYTES.replace(b"END:VEVENT", b"SUMMARY:M\xfcller\r\nEND:VEVENT")
    assert "SUMMARY:José\r\nSUMMARY:Müller\r\n" in tidied(body).events


def test_a_line_without_end_is_cut():
    longest = max(len(line) for line in tidied(BYTES.replace(b"Jos", b"x" * 200_000)).events.split("\r\n"))
    assert longest == MOST_LINE


@pytest.mark.parametrize("size", range(len("BEGIN:VCALENDAR\r\n"), len(BYTES) - len("\r\n")))
def test_a_calendar_that_is_cut_off_is_refused_wherever_it_is_cut(size):
    """Read as far as it goes, it would be a calendar with fewer shifts, and take the place of the last good copy."""
    with pytest.raises(Unreadable, match=r"cut off|says END"):
        tidied(BYTES[:size])


def test_what_ends_before_it_begins_is_refused():
    with pytest.raises(Unreadable, match="it says END:VCALENDAR where END:VEVENT is due"):
        tidied(BYTES.replace(b"END:VEVENT\r\n", b""))
    with pytest.raises(Unreadable, match="it says END:VEVENT where nothing has begun"):
        tidied(b"END:VEVENT\r\n" + BYTES)


def test_another_kind_of_document_is_refused():
    with pytest.raises(Unreadable, match=r"has no BEGIN:VCALENDAR. Give the address that ends in \.ics"):
        tidied(b"BEGIN:VCARD\r\nEND:VCARD\r\n")
