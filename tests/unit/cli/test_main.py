"""The dispatcher: help in both languages, a table whose entries exist, and nothing loaded that is not called."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from services.cli.main import COMMANDS, load, main

HEAVY = ("aiohttp", "eventsourcing", "psycopg", "opentelemetry", "chinese_calendar", "yaml")


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_command_in_both_languages(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    assert main(argv) == 0
    out = capsys.readouterr().out
    for name, entry in COMMANDS.items():
        assert name in out
        assert entry.help_zh in out
        assert entry.help_en in out


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert main([flag]) == 0
    assert capsys.readouterr().out == f"qizhang {project['version']}\n"


@pytest.mark.parametrize("name", [name for name, entry in COMMANDS.items() if entry.waiting])
def test_what_takes_seconds_says_so_before_its_modules_are_loaded(name: str) -> None:
    script = (
        f"import sys; import services.cli.main as cli\ncli.load = lambda entry: sys.exit('loads')\ncli.main([{name!r}])"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.stderr == f"qizhang {name}: {COMMANDS[name].waiting}\nloads\n"


def test_an_unknown_command_ends_with_2_and_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dedaline"]) == 2
    err = capsys.readouterr().err
    assert "dedaline" in err
    assert "没有" in err
    assert "deadline" in err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_entry_of_the_table_exists(name: str) -> None:
    assert callable(load(COMMANDS[name]))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"qizhang {name}" in capsys.readouterr().out


@pytest.mark.parametrize("value", ["99999", "65536", "-1", "80 80", "８０８０", "8_080", "http"])
def test_what_is_no_port_ends_with_2_before_anything_listens(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", f"--port={value}"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "--port" in told and "参数有误" in told


@pytest.mark.parametrize(
    "argument",
    [
        "--host=a..b",
        "--host=a b",
        "--host=999.1.1.1",
        "--host=",
        f"--data={__file__}",
        f"--data={__file__}/below",
        "--data=/" + "x" * 300,
        "--data=",
    ],
)
def test_what_is_no_host_or_folder_ends_with_2(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", argument])
    assert ended.value.code == 2
    assert argument.partition("=")[0] in capsys.readouterr().err


def test_an_address_of_another_machine_is_told_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", f"--data={tmp_path}", "--host=192.0.2.1", "--port=0"]) == 1
    assert "cannot listen on 192.0.2.1:0" in capsys.readouterr().err


def test_a_reader_that_went_away_is_no_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    script = "import sys; from services.cli.main import main; sys.exit(main(['catalog', 'schema', 'export']))"
    finished = subprocess.run([sys.executable, "-c", script], stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert (finished.returncode, finished.stderr) == (141, b"")


def test_a_deadline_is_computed_without_the_web_the_store_and_the_calendar_library() -> None:
    script = (
        "import sys; from services.cli.main import main\n"
        "code = main(['deadline', '--from', '2025-09-25', '--period', '5wd'])\n"
        f"loaded = [name for name in {HEAVY} if name in sys.modules]\n"
        "sys.exit(f'loaded: {loaded}' if loaded else code)"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize(
    "command",
    [["verify"], ["rebuild"], ["clock", "show"], ["run", "--port", "0"], ["bus", "parked", "--service", "catalog"]],
)
def test_a_file_that_is_no_database_is_told_in_both_languages(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "catalog.db").write_text("no database " * 100, encoding="utf-8")
    assert main([*command, "--data", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert f"qizhang {command[0]}: cannot use the database: file is not a database" in err
    assert "无法使用数据库" in err


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ledger.lock").mkdir()
    assert main(["run", "--port", "0", "--data", str(tmp_path)]) == 1
    assert f"cannot use {tmp_path}/ledger.lock: Is a directory" in capsys.readouterr().err
