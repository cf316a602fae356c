"""`qizhang deadline`: the answer byte for byte, every spelling of its arguments, bad input told in both languages."""

from __future__ import annotations

import json

import pytest

from services.catalog.calendars.shipped import load_shipped
from services.cli.main import main

EXAMPLE = (
    '{"last_day":"2025-10-09","due_at":"2025-10-09T16:00:00.000Z","effective_at":"2025-10-10T00:00:00.000+08:00",'
    '"provisional":false,"calendar":{"id":"cn","version":"VERSION","coverage":["2004-01-01","2026-12-31"]},"steps":['
    '{"date":"2025-09-26","counted":true,"n":1,"why":"working_day"},'
    '{"date":"2025-09-27","counted":false,"n":null,"why":"weekend"},'
    '{"date":"2025-09-28","counted":true,"n":2,"why":"makeup_working_day"},'
    '{"date":"2025-09-29","counted":true,"n":3,"why":"working_day"},'
    '{"date":"2025-09-30","counted":true,"n":4,"why":"working_day"},'
    '{"date":"2025-10-01","counted":false,"n":null,"why":"statutory_holiday"},'
    '{"date":"2025-10-02","counted":false,"n":null,"why":"statutory_holiday"},'
    '{"date":"2025-10-03","counted":false,"n":null,"why":"statutory_holiday"},'
    '{"date":"2025-10-04","counted":false,"n":null,"why":"holiday_block"},'
    '{"date":"2025-10-05","counted":false,"n":null,"why":"holiday_block"},'
    '{"date":"2025-10-06","counted":false,"n":null,"why":"statutory_holiday"},'
    '{"date":"2025-10-07","counted":false,"n":null,"why":"holiday_block"},'
    '{"date":"2025-10-08","counted":false,"n":null,"why":"holiday_block"},'
    '{"date":"2025-10-09","counted":true,"n":5,"why":"working_day"}]}\n'
)


def deadline(*arguments: str) -> int:
    return main(["deadline", *arguments])


@pytest.mark.parametrize("form", [("--json",), ()])
def test_the_example_is_answered_byte_for_byte(capsys: pytest.CaptureFixture[str], form: tuple[str, ...]) -> None:
    assert deadline("--from", "2025-09-25T15:00+08:00", "--period", "5wd", *form) == 0
    assert capsys.readouterr().out == EXAMPLE.replace("VERSION", load_shipped().version)


@pytest.mark.parametrize("period", [("--period", "-10wd"), ("--period=-10wd",)])
def test_a_backward_period_is_read_in_both_spellings(
    capsys: pytest.CaptureFixture[str], period: tuple[str, ...]
) -> None:
    assert deadline("--from", "2025-10-10", *period) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["last_day"], answer["effective_at"]) == ("2025-09-19", None)


@pytest.mark.parametrize(
    "moment",
    ["2025-09-25T15:00+08:00", "2025-09-25T15:00", "2025-09-25 15:00:00", "2025-09-25T07:00:00Z", "2025-09-25"],
)
def test_a_moment_without_an_offset_is_beijing_time_and_a_date_alone_is_the_day(
    capsys: pytest.CaptureFixture[str], moment: str
) -> None:
    assert deadline("--from", moment, "--period", "5wd") == 0
    assert json.loads(capsys.readouterr().out)["last_day"] == "2025-10-09"


def test_every_parameter_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--calendar", "cn", "--cutoff", "24:00", "--window", "wd 09:00-17:00", "--json"]
    assert deadline("--from", "2025-09-25T15:00+08:00", "--period", "5wd", *arguments) == 0
    assert capsys.readouterr().out == EXAMPLE.replace("VERSION", load_shipped().version)


def test_hours_have_no_last_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert deadline("--from", "2025-09-26T16:00", "--period", "8h", "--window", "wd 09:00-17:00") == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["last_day", "due_at", "effective_at", "provisional", "calendar", "steps"]
    assert (answer["last_day"], answer["due_at"]) == (None, "2025-09-28T08:00:00.000Z")
    assert answer["effective_at"] == "2025-09-28T16:00:00.000+08:00"


def test_a_provisional_answer_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert deadline("--from", "2026-12-30", "--period", "5wd") == 0
    assert json.loads(capsys.readouterr().out)["provisional"] is True


def test_explain_tells_the_same_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert deadline("--from", "2025-09-25T15:00+08:00", "--period", "5wd", "--explain") == 0
    out = capsys.readouterr().out
    chinese, english = out.split("\n\n")
    assert len(chinese.splitlines()) == len(english.splitlines())
    assert "最后一日：2025-10-09 周四" in chinese
    assert "Last day: 2025-10-09 Thu" in english
    assert out.count("2025-10-06") == 2


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--from", "yesterday", "--period", "5wd"], "--from"),
        (["--from", "2025-02-30", "--period", "5wd"], "--from"),
        (["--from", "2025-09-25T25:00", "--period", "5wd"], "--from"),
        (["--from", "2025-09-25T15:00+99:00", "--period", "5wd"], "--from"),
        (["--from", "0001-01-01T00:00:00+08:00", "--period", "5wd"], "--from"),
        (["--from", "2026-03-02T10:00+08:99", "--period", "5wd"], "--from"),
        (["--from", "2026-03-02T10:00:60", "--period", "5wd"], "--from"),
        (["--from", "2026-03-02T24:00", "--period", "5wd"], "--from"),
        (["--from", "2026-W10-1", "--period", "5wd"], "--from"),
        (["--from", "2025-09-25", "--period", "5wd\n"], "--period"),
        (["--from", "2025-09-25", "--period", "5wd", "--cutoff", "00:00"], "--cutoff"),
        (["--from", "2025-09-25", "--period", "5wd", "--cutoff", "18:00\n"], "--cutoff"),
        (["--from", "9999-12-31T23:59:59Z", "--period", "5wd"], "--from"),
        (["--from", "2025-09-25", "--period", "8h"], "--from"),
        (["--from", "", "--period", "5wd"], "--from"),
        (["--from", "2025-09-25", "--period", "5"], "--period"),
        (["--from", "2025-09-25", "--period", "-0wd"], "--period"),
        (["--from", "2025-09-25", "--period", "99999wd"], "--period"),
        (["--from", "2025-09-25", "--period", "5wd", "--cutoff", "24:30"], "--cutoff"),
        (["--from", "2025-09-25", "--period", "5wd", "--window", "always"], "--window"),
        (["--from", "2025-09-25", "--period", "5wd", "--calendar", "us"], "--calendar"),
    ],
)
def test_bad_input_names_the_field_and_the_remedy_in_both_languages(
    capsys: pytest.CaptureFixture[str], arguments: list[str], field: str
) -> None:
    assert deadline(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    english, chinese = captured.err.splitlines()
    assert english.startswith(f"qizhang deadline: {field}: ")
    assert chinese.startswith(f"qizhang deadline：{field}：")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--period", "5wd"],
        ["--from", "2025-09-25"],
        ["--from", "2025-09-25", "--period", "5wd", "--json", "--explain"],
        ["--from", "2025-09-25", "--period", "5wd", "--colour"],
        ["--from", "2025-09-25", "--per", "5wd"],
    ],
)
def test_wrong_arguments_end_with_2_and_the_way_to_help(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        deadline(*arguments)
    assert ended.value.code == 2
    assert "参数有误" in capsys.readouterr().err
