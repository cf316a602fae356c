"""`qizhang calendar import`: the shipped files, reviewed files, and faults told with their line and field."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from services.catalog.calendars.library import notices_from_chinesecalendar, years_from_chinesecalendar
from services.catalog.calendars.notice import Notice
from services.catalog.calendars.shipped import load_shipped, shipped_years
from services.catalog.problems import CatalogueInvalid
from services.cli.calendar_import import read_notice, write_notices, year_from_file
from services.cli.main import main
from shared.periods import CalendarYear

ROOT = Path(__file__).parents[3]

NOTICE = """\
calendar: cn
year: 2027
notice: a notice
source: a source
published_on: 2026-11-20
holidays:
  - name_zh: 元旦
    name_en: New Year's Day
    rest: [2026-12-31/2027-01-03]
    statutory: [2027-01-01]
    makeup: [2026-12-27]
  - name_zh: 春节
    name_en: Spring Festival
    rest:
      - 2027-02-05/2027-02-12
    statutory:
      - 2027-02-05/2027-02-08
    makeup:
      - 2027-02-14
      - 2027-02-20
  - name_zh: 国庆节
    name_en: National Day
    rest: [2027-10-01/2027-10-03]
    statutory: [2027-10-01/2027-10-03]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A reviewed notice."""
    path = tmp_path / "cn-2027.yaml"
    path.write_text(NOTICE, encoding="utf-8")
    return path


def facts(years: list[CalendarYear]) -> list[tuple[int, tuple[object, ...]]]:
    """What the years say of days, without where they come from."""
    return [(year.year, tuple((day.date, day.kind) for day in year.days)) for year in years]


def test_the_shipped_files_say_what_the_library_says() -> None:
    shipped = facts(shipped_years())
    assert facts(years_from_chinesecalendar())[: len(shipped)] == shipped


def test_the_shipped_files_are_what_the_import_writes(tmp_path: Path) -> None:
    write_notices(tmp_path, [read_notice(path) for path in shipped_files()])
    for path in shipped_files():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def shipped_files() -> list[Path]:
    return sorted((ROOT / "services/catalog/data/calendars").glob("cn-*.json"))


def test_the_library_is_read_notice_by_notice() -> None:
    labour_day = next(
        holiday
        for notice in notices_from_chinesecalendar()
        if notice.year == 2019
        for holiday in notice.holidays
        if holiday.name_zh == "劳动节"
    )
    assert labour_day.rest == ("2019-05-01/2019-05-04",)
    assert labour_day.statutory == ("2019-05-01",)
    assert labour_day.makeup == ("2019-04-28", "2019-05-05")


def test_a_festival_that_the_library_leaves_out_is_added() -> None:
    year = next(year for year in years_from_chinesecalendar() if year.year == 2012)
    dragon_boat = {str(day.date): day.kind for day in year.days if day.name_zh == "端午节"}
    assert dragon_boat == {
        "2012-06-22": "holiday_block",
        "2012-06-23": "statutory_holiday",
        "2012-06-24": "holiday_block",
    }


def test_a_reviewed_file_gives_the_year(file: Path) -> None:
    year = year_from_file(file)
    assert year.year == 2027
    assert str(year.published_on) == "2026-11-20"
    kinds = {str(day.date): day.kind for day in year.days}
    assert kinds["2026-12-27"] == "makeup_working_day"
    assert kinds["2026-12-31"] == "holiday_block"
    assert kinds["2027-02-08"] == "statutory_holiday"
    assert kinds["2027-02-09"] == "holiday_block"
    assert len(kinds) == 18


def test_json_says_the_same_as_yaml(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "cn-2027.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(read_notice(file)), indent=2))
    assert read_notice(path) == read_notice(file)


def test_the_example_of_the_documentation_is_the_shipped_year(tmp_path: Path) -> None:
    documentation = (ROOT / "docs/calendar.md").read_text(encoding="utf-8")
    path = tmp_path / "example.yaml"
    path.write_text(documentation.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert facts([year_from_file(path)]) == [known for known in facts(shipped_years()) if known[0] == 2026]


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("2027-02-14", "2027-02-16", 19, "holidays[1].makeup[0]"),
        ("2027-02-20", "2027-01-03", 20, "holidays[1].makeup[1]"),
        ("2027-02-05/2027-02-08", "2027-02-30", 17, "holidays[1].statutory[0]"),
        ("2027-02-05/2027-02-08", "2027-02-08/2027-02-05", 17, "holidays[1].statutory[0]"),
        ("2027-02-05/2027-02-12", "2027-02-05/2027-05-12", 15, "holidays[1].rest[0]"),
        ("2027-02-05/2027-02-12", "5 to 12 February", 15, "holidays[1].rest[0]"),
        ("[2027-01-01]", "[2027-01-09]", 10, "holidays[0].statutory[0]"),
        ("[2026-12-27]", "[2026-11-29]", 11, "holidays[0].makeup[0]"),
        ("[2026-12-27]", "[2028-01-02]", 11, "holidays[0].makeup[0]"),
        ("year: 2027", "year: '2027'", 2, "year"),
        ("year: 2027", "year: 1927", 2, "year"),
        ("year: 2027", "yaer: 2027", 2, "yaer"),
        ("published_on: 2026-11-20", "published_on: November", 5, "published_on"),
        ("    name_en: Spring Festival", "    name: Spring Festival", 13, "holidays[1].name"),
    ],
)
def test_a_fault_is_told_with_line_and_field_in_both_languages(
    file: Path, old: str, new: str, line: int, field: str
) -> None:
    assert old in NOTICE
    file.write_text(NOTICE.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueInvalid) as refused:
        year_from_file(file)
    problem = refused.value.problems[0]
    assert (problem.line, field in problem.text_en, field in problem.text_zh) == (line, True, True)
    assert str(refused.value).startswith(f"{file}:{line}: ")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"calendar: [", 2),
        (b"", 1),
        (b"\xff\xfe", 1),
        (b"year: 2027\nyear: 2028\n", 2),
        (b"just text", 1),
    ],
)
def test_what_is_no_notice_at_all_is_told_with_its_line(file: Path, content: bytes, line: int) -> None:
    file.write_bytes(content)
    with pytest.raises(CatalogueInvalid) as refused:
        year_from_file(file)
    assert refused.value.problems[0].line == line


def test_the_check_shows_what_changes_and_where_a_reviewer_should_look(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert main(["calendar", "import", str(file), "--check", "--data", str(data)]) == 0
    out = capsys.readouterr().out
    assert "2026-12-31: working_day -> holiday_block" in out
    assert "2026-12-27: weekend -> makeup_working_day" in out
    assert "2027-05-01: 依法应为法定节假日" in out
    assert "cn 2027-" in out
    assert not data.exists()


def test_a_year_that_no_notice_can_have_meant_is_refused_by_the_command(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(NOTICE.partition("  - name_zh: 国庆节")[0], encoding="utf-8")
    data = tmp_path / "data"
    assert main(["calendar", "import", str(file), "--data", str(data)]) == 2
    told = capsys.readouterr().err
    assert "2027-10-01 is a statutory holiday by law" in told and "2027-10-01 依法为法定节假日" in told
    assert not data.exists()


def test_the_check_of_the_library_changes_nothing_in_the_shipped_calendar(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calendar", "import", "chinesecalendar", "--check"]) == 0
    out = capsys.readouterr().out
    assert "->" not in out
    assert f"cn {load_shipped().version}" in out


def test_a_file_with_a_fault_ends_with_2_and_publishes_nothing(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(NOTICE.replace("2027-02-14", "2027-02-16"), encoding="utf-8")
    data = tmp_path / "data"
    assert main(["calendar", "import", str(file), "--data", str(data)]) == 2
    captured = capsys.readouterr()
    assert "周六" in captured.err
    assert not data.exists()


def test_a_year_that_leaves_a_gap_ends_with_2(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file.with_name("cn-2028.yaml")
    notice = Notice(calendar="cn", year=2028, notice="n", source="s", holidays=())
    path.write_bytes(msgspec.json.encode(notice))
    assert main(["calendar", "import", str(path), "--check"]) == 2
    assert "2027" in capsys.readouterr().err


def test_publishing_a_year_twice_changes_nothing(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "data")
    assert main(["calendar", "import", str(file), "--data", data]) == 0
    assert "cn 2027: 已发布 / published" in capsys.readouterr().out
    assert main(["calendar", "import", str(file), "--data", data]) == 0
    assert "cn 2027: 未变 / unchanged" in capsys.readouterr().out
