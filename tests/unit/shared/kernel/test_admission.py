"""The door: each value type takes in what can be meant and computed, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from services.hosting.parts import PARTS
from shared.kernel import files, instants, money, texts, urls
from shared.kernel.admission import NotAdmitted, admit, unchecked
from shared.kernel.errors import InvalidRequest
from shared.messages import canonical
from shared.periods import DaysForward, compute_with_room
from shared.periods.spec import check_forward_days
from shared.public_events.submissions import FileRef
from shared.web.bodies import decode_body
from tests.unit.shared.periods.calendars import SHIPPED


class Inner(Struct, frozen=True, kw_only=True):
    """One of each shape in which values come."""

    name: texts.Name
    note: texts.Text | None = None


class Outer(Struct, frozen=True, kw_only=True):
    """A body."""

    at: instants.Instant | None = None
    days: tuple[instants.Day, ...] = ()
    inner: Inner | None = None
    by_name: dict[texts.Name, DaysForward] = {}
    file: FileRef | None = None


DECODER = msgspec.json.Decoder(Outer)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"at": "2026-02-30T00:00:00.000Z"}, "/at"),
        ({"at": "2025-11-31T00:00:00.000Z"}, "/at"),
        ({"at": "1991-12-31T23:59:59.999Z"}, "/at"),
        ({"at": "2200-01-01T00:00:00.000Z"}, "/at"),
        ({"days": ["2026-01-01", "9999-12-31"]}, "/days/1"),
        ({"inner": {"name": "  \u3000 "}}, "/inner/name"),
        ({"inner": {"name": "a", "note": "\u202e"}}, "/inner/note"),
        ({"by_name": {"a/b": "-10wd"}}, "/by_name/a~1b"),
        ({"by_name": {"\u200b": "10wd"}}, "/by_name/\u200b"),
        ({"file": {"name": "a", "sha256": "0" * 64, "size_bytes": -5, "media_type": "text/plain"}}, "/file/size_bytes"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_pointer(body: Any, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decode_body(canonical.encode(body), DECODER)
    assert refused.value.field == field
    assert refused.value.detail
    assert refused.value.data["detail_zh"]


def test_what_was_stored_before_is_read_whatever_it_holds() -> None:
    body = {"at": "2026-02-30T00:00:00.000Z", "inner": {"name": "\u202e"}, "by_name": {"x": "8h"}}
    assert msgspec.json.decode(canonical.encode(body), type=Outer).at == body["at"]


def test_nothing_that_comes_in_a_body_is_unchecked() -> None:
    bodies = {route.body for part in PARTS for route in part.routes if route.body}
    found = {f"{body.__module__}.{path}" for body in bodies for path in unchecked(body)}
    assert found == set()


# ---- names and texts ----

SEEN_NAMES = ["王芳", "O'Brien & Søn", "阿依古丽·买买提", "㐱𬀩", "Zoë", "№ 7 – «Проект»", "محمد"]
UNSEEN = [
    *(f"a{chr(code)}b" for code in (0, 7, 0x1B, 0x7F, 0x85, 0x9B)),
    *(f"a{chr(code)}b" for code in range(0x200B, 0x2010)),
    *(f"a{chr(code)}b" for code in (*range(0x2028, 0x202F), *range(0x2060, 0x2070))),
    *(f"a{chr(code)}b" for code in (0xAD, 0x34F, 0x61C, 0x115F, 0x3164, 0xFEFF, 0xFFA0, 0xFFFD, 0xFFFE, 0xE0041)),
    "",
    " ",
    "\u00a0\u3000",
    "\u2800",
    "\ufe0f",
    "\u180e",
    "\u0301",
    "\U000e0100",
    "\U0001d173",
    "\x1b[31mred\x1b[0m",
    "two\nlines",
    "tab\tbed",
    "ends\n",
    " 华东某制造集团",
    "华东某制造集团\u3000",
    "acme\u00a0",
    "\u2800acme",
    "Zoe\u0308",
    "x" * 401,
]


@pytest.mark.parametrize("name", SEEN_NAMES)
def test_a_name_that_a_person_can_have_meant_is_taken(name: str) -> None:
    texts.check_name(name)
    texts.check_needed_text(name)


@pytest.mark.parametrize("name", UNSEEN)
def test_a_name_that_nobody_can_have_meant_is_refused(name: str) -> None:
    with pytest.raises(texts.TextNotPossible):
        texts.check_name(name)


def test_running_text_has_lines_and_joiners_and_nothing_that_misleads() -> None:
    texts.check_text("第一行\r\n\t第二行 👩\u200d💻\n")
    texts.check_text("")
    for text in (" \n ", "a\x07", "a\u202eb", "a\u2066b", "a\u200bb", "a\x1b[0m", "x" * 4001):
        with pytest.raises(texts.TextNotPossible):
            texts.check_text(text)


@given(st.text(max_size=60))
def test_a_name_that_is_taken_can_be_stored_shown_on_a_line_and_compared(name: str) -> None:
    try:
        texts.check_name(name)
    except texts.TextNotPossible:
        return
    assert len(name.splitlines()) == 1
    assert name.strip()
    assert name.encode().decode() == name
    assert not any(ord(character) < ord(" ") for character in name)


# ---- instants ----


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T10:00:00+08:99",
        "2026-03-02T10:00:00+24:00",
        "2026-03-02T10:00:60Z",
        "2026-06-30T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T10:00:00+0800",
        "2026-03-02T10:00:00+08",
        "2026-03-02T10:00:00+08:00:30",
        "20260302T100000Z",
        "2026-W10-1T10:00:00Z",
        "2026-03-02T10:00:00,5Z",
        "2026-03-02T10:00:00.Z",
        "2026-03-02 10:00:00Z",
        "2026-03-02T10:00:00Z\n",
        " 2026-03-02T10:00:00Z",
        "２０２６-03-02T10:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "",
    ],
)
def test_r_407_what_rfc_3339_does_not_know_is_no_instant(text: str) -> None:
    for parse in (instants.parse_rfc3339, instants.parse_moment):
        with pytest.raises(ValueError, match=r"."):
            parse(text)


@given(
    st.datetimes(datetime(1992, 1, 2), datetime(2199, 12, 30)),  # noqa: DTZ001
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
    st.sampled_from("Tt"),
)
def test_r_407_an_instant_is_read_as_the_library_reads_it(local: datetime, offset: int, letter: str) -> None:
    sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
    text = f"{local.isoformat(letter, 'microseconds')}{sign}{hours:02}:{minutes:02}"
    expected = instants.to_instant(datetime.fromisoformat(text))
    assert instants.parse_rfc3339(text) == instants.parse_moment(text) == expected
    assert datetime.fromisoformat(expected).tzinfo == UTC


def test_r_001_people_write_beijing_time_and_whole_minutes() -> None:
    assert instants.parse_moment("2025-09-25T15:00") == "2025-09-25T07:00:00.000Z"
    assert instants.parse_day("2025-09-25") == date(2025, 9, 25)
    for text in ("2025-02-29", "20250925", "2025-W39-4", "2025-09-25\n"):
        with pytest.raises(ValueError, match=r"."):
            instants.parse_day(text)


# ---- money ----


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (money.check_currency, ["CNY", "JPY", "KWD", "XCG"], ["ZZZ", "XDR", "XAU", "XTS", "CHW", "DEM", "cny"]),
        (money.check_tax_rate, ["0", "0.06", "0.999999"], ["1", "1.9", "1.000000"]),
        (money.check_discount, ["1", "0.000001", "1.0"], ["0", "0.00", "1.5", "1.000001"]),
        (money.check_positive, ["0.01", "9999999999999.99"], ["0", "0.00"]),
    ],
)
def test_r_440_money_that_no_invoice_could_say_is_refused(check: Any, good: list[str], bad: list[str]) -> None:
    for text in good:
        check(text)
    for text in bad:
        with pytest.raises(money.MoneyNotPossible) as refused:
            check(text)
        assert refused.value.rule == "R-440"


@pytest.mark.parametrize(
    ("amount", "currency", "exact"),
    [("100.55", "JPY", False), ("100.00", "JPY", True), ("100.55", "CNY", True), ("0.10", "KWD", True)],
)
def test_r_440_an_amount_has_no_more_places_than_its_currency(amount: str, currency: str, exact: bool) -> None:
    assert money.is_exact(Decimal(amount), currency) is exact


@given(
    st.decimals(min_value=0, max_value=Decimal("9999999999999.99"), places=2),
    st.decimals(min_value=0, max_value=Decimal("0.999999"), places=6),
    st.sampled_from(["CNY", "JPY", "KWD"]),
)
def test_r_440_net_and_tax_are_amounts_of_the_currency(gross: Decimal, rate: Decimal, currency: str) -> None:
    gross = money.rounded(gross, currency)
    net, tax = money.net_of_tax(gross, rate, currency)
    assert net + tax == gross
    assert net >= 0 <= tax
    assert money.is_exact(net, currency)
    assert money.is_exact(tax, currency)


# ---- addresses and files ----

CALLABLE = [
    "https://hooks.example.com/x",
    "https://hooks.example.com:8443/x?y=%E4%B8%AD",
    "https://xn--fiqs8s.example/",
    "https://[2001:db8::1]:443/x",
    "https://192.0.2.1/",
    "https://example.com./",
    "http://127.0.0.1:9000/x",
    "http://localhost/x",
    "http://[::1]:8080/",
]
NOT_CALLABLE = [
    "https://hooks..example.com/x",
    "https://[::1/",
    "https://[::1]x/",
    "https://[fe80::1%25eth0]/",
    "https://",
    "https:///x",
    "https://.example.com/",
    "https://-a.example.com/",
    "https://a-.example.com/",
    "https://a_b.example.com/",
    f"https://{'a' * 64}.example.com/",
    "https://" + ".".join(["a" * 60] * 5) + "/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:/",
    "https://example.com:８０/",
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://@example.com/",
    "https://example.com/#part",
    "https://example.com/#",
    "https://example.com/a b",
    "https://example.com/a\n",
    "https://例子.example/",
    "https://xn--\x2d.example/",
    "https://xn--zzzzzzzzz999.example/",
    "https://ab--cd.example/",
    "https://example.com/%zz",
    "https://1.2.3/",
    "https://256.1.1.1/",
    "https://1.2.3.4.5/",
    "https://01.2.3.4/",
    "https://2130706433/",
    "https://0x7f.1/",
    "http://example.com/",
    "http://localhost.example.com/",
    "ftp://example.com/",
    "javascript:alert(1)",
    "//example.com/",
    "example.com",
    "https://example.com/" + "x" * 2048,
    "",
]


@pytest.mark.parametrize("url", CALLABLE)
def test_an_address_that_could_be_called_is_taken(url: str) -> None:
    urls.check_callable(url)


@pytest.mark.parametrize("url", NOT_CALLABLE)
def test_an_address_that_nobody_can_call_is_refused(url: str) -> None:
    with pytest.raises(urls.UrlNotPossible):
        urls.check_callable(url)


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from(["", "https://", "https://[", "http://a:"]))
def test_any_text_is_an_address_or_is_refused(text: str, before: str) -> None:
    try:
        urls.check_callable(before + text)
    except urls.UrlNotPossible:
        return
    assert before + text == (before + text).strip()


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (
            files.check_file_name,
            ["a.pdf", "验收报告 v1.docx", ".profile", "a..b"],
            ["../a", "a/b", "a\\b", "C:a", "a\nb", "..", ".", "...", "", " ", "a\x00", "中" * 86, "a?b", "a\u202eb"],
        ),
        (files.check_file_size, [0, 1, 2**50], [-1, -5, 2**50 + 1]),
        (
            files.check_media_type,
            ["application/pdf", "text/plain; charset=utf-8", 'text/x;a="b c"', "application/vnd.ms-excel"],
            ["", "pdf", "a/", "/b", "a/b\n", "a/b;", "a /b", "a/b; c", "text/html\r\nX: y", "a/" + "b" * 300],
        ),
        (
            files.check_location,
            ["", "https://files.example.com/a.pdf", "s3://bucket/key", "oss://bucket.oss-cn-hangzhou/key"],
            [
                "javascript:alert(1)",
                "JavaScript://example.com/%0aalert(1)",
                "data:text/html,x",
                "file:///etc/passwd",
                "vbscript:x",
                "http://example.com/a",
                "https://user:pw@example.com/",
                "https:///a",
                "/etc/passwd",
                "../a",
                " https://example.com/",
                "https://example.com/a b",
            ],
        ),
    ],
)
def test_r_125_a_file_is_referred_to_in_a_way_that_can_lead_to_one(check: Any, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        check(value)
    for value in bad:
        with pytest.raises(NotAdmitted):
            check(value)


# ---- periods ----


@pytest.mark.parametrize("text", ["-10wd", "8h", "30min", "10pack", "30d\n", "", "-1m", "0wd", "1.5d", "３０d"])
def test_a_payment_period_runs_forward_in_days(text: str) -> None:
    with pytest.raises(InvalidRequest):
        check_forward_days(text)


@pytest.mark.parametrize("text", ["12y", "99999d", "3000wd", "3661d", "122m", "523w", "41q"])
def test_a_period_without_room_is_refused_when_it_is_agreed(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        compute_with_room(date(2026, 1, 1), text, SHIPPED)
    assert refused.value.data["detail_zh"]


def test_admitting_a_body_without_checks_costs_nothing() -> None:
    class Plain(Struct):
        count: int = 0

    admit(Plain(), Plain)
