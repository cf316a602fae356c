"""`qizhang catalog import` and `diff ID@N`: what they publish, print and refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.catalog.loading import data_folder
from services.cli.catalog import run
from tests.unit.catalog.sample import line_with, plant

SHIPPED = str(data_folder() / "services" / "alibaba-1.yaml")


def test_r_020_import_twice_changes_nothing_and_a_changed_file_is_a_revision_with_a_diff(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert run(["import", SHIPPED, *data]) == 0
    assert run(["import", SHIPPED, *data]) == 0
    assert "0 published, 1 unchanged" in capsys.readouterr().out
    changed = tmp_path / "alibaba-1.yaml"
    text = Path(SHIPPED).read_text(encoding="utf-8")
    changed.write_text(text.replace("{name: per, value: 50,", "{name: per, value: 60,"), encoding="utf-8")
    assert run(["import", str(changed), *data]) == 0
    assert "50 -> 60" in capsys.readouterr().err
    assert run(["diff", "alibaba-1@1", "alibaba-1@2", *data]) == 1
    assert "50 -> 60" in capsys.readouterr().out
    assert run(["diff", "alibaba-1@1", "alibaba-1@9", *data]) == 2


def test_r_020_the_whole_catalogue_is_imported_with_progress_and_a_second_time_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["import", "--data", str(tmp_path)]) == 0
    first = capsys.readouterr()
    assert "55 published, 0 unchanged" in first.out
    assert "[1/55] kingdee-3.1: 已发布 / published" in first.err
    assert "[55/55] tailored: 已发布 / published" in first.err
    assert run(["import", "--data", str(tmp_path)]) == 0
    assert "0 published, 55 unchanged" in capsys.readouterr().out


# Bad input: passage of the sample, what stands there instead, the line that is named, the rule.
BAD_FILES = [
    ("bulk_lead_time: null\n", "surprise: 1\n", "surprise: 1", "R-020"),
    ('"alibaba-10:consulting"', '"alibaba-99"', "alibaba-99", "R-026"),
    ("- {id: standard,", "- {id: basic,", "name_zh: 标准版", "R-020"),
    (", basic: {support: unsupported}", ", gold: {support: unsupported}", "gold: {support", "R-041"),
    ("- {id: basic,", "- {id: basic, id: basic,", "id: basic, id", "R-020"),
]


@pytest.mark.parametrize(("old", "new", "place", "rule"), BAD_FILES)
def test_a_bad_file_is_refused_with_file_line_and_rule_and_nothing_is_imported(
    old: str, new: str, place: str, rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = plant(old, new)
    broken = tmp_path / "alibaba-10.yaml"
    broken.write_text(text, encoding="utf-8")
    assert run(["import", SHIPPED, str(broken), "--data", str(tmp_path / "data")]) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if line.endswith(f"({rule})")]
    assert f"{broken}:{line_with(text, place)}: error" in "\n".join(told)
    assert not (tmp_path / "data").exists()


def test_tiers_are_revisions_too_and_two_of_them_can_be_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "data")]
    shipped = data_folder() / "tiers.yaml"
    changed = tmp_path / "tiers.yaml"
    changed.write_text(shipped.read_text(encoding="utf-8").replace("行稳致远", "行稳"), encoding="utf-8")
    assert run(["import", str(shipped), *data]) == 0
    assert run(["import", str(changed), *data]) == 0
    assert "1 published, 3 unchanged" in capsys.readouterr().out
    assert run(["diff", "gold@1", "gold@2", *data]) == 1
    assert "~ tagline_zh: 行稳致远·持续提升 -> 行稳·持续提升" in capsys.readouterr().out
    assert run(["diff", "gold", "gold@1", *data]) == 0


def test_a_location_that_is_none_or_does_not_answer_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        run(["import", SHIPPED, "--location", "oracle://host"])
    assert left.value.code == 2
    assert "oracle://host" in capsys.readouterr().err
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"this is no database, and much too short for one" * 100)
    assert run(["import", SHIPPED, "--location", f"sqlite:///{garbage}"]) == 2
    assert "该位置的日志无法访问" in capsys.readouterr().err


def test_two_files_of_one_service_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "alibaba-1.yaml"
    other.write_text(Path(SHIPPED).read_text(encoding="utf-8"), encoding="utf-8")
    assert run(["import", SHIPPED, str(other), "--data", str(tmp_path / "data")]) == 1
    assert "[one-file]" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
