"""`qizhang catalog`: what it prints and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.catalog.loading import data_folder
from services.cli import main
from services.cli.catalog import run
from tests.unit.catalog.sample import SAMPLE, line_with, plant


@pytest.fixture
def sample_file(tmp_path: Path) -> Path:
    """The sample as a file of its own."""
    file = tmp_path / "alibaba-10.yaml"
    file.write_text(SAMPLE, encoding="utf-8")
    return file


def test_lint_of_a_sound_file_exits_with_0_and_prints_its_warnings(
    sample_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lint", str(sample_file)]) == 0
    assert "warning [contradiction]" in capsys.readouterr().out


def test_lint_of_a_defective_file_exits_with_1_and_names_file_and_line(
    sample_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = plant("group: P0", "group: P1")
    sample_file.write_text(text, encoding="utf-8")
    assert run(["lint", str(sample_file)]) == 1
    assert f"{sample_file}:{line_with(text, 'group: P1')}: error [acceptance]" in capsys.readouterr().out


def test_export_prints_services_and_tiers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["services", "tiers"]
    assert {"alibaba-1", "alibaba-8", "alibaba-25"} <= {service["id"] for service in document["services"]}
    assert [tier["name_zh"] for tier in document["tiers"]] == [
        "标准成功服务",
        "高级成功服务",
        "金选服务",
        "专属服务方案",
    ]


def test_export_is_the_same_bytes_every_time(capsys: pytest.CaptureFixture[str]) -> None:
    run(["export", "--json"])
    first = capsys.readouterr().out
    run(["export", "--json"])
    assert capsys.readouterr().out == first


def test_stats_print_the_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stats", "--json"]) == 0
    columns = json.loads(capsys.readouterr().out)
    assert columns["total"]["deliverables"] == sum(
        column["deliverables"] for name, column in columns.items() if name != "total"
    )
    assert run(["stats"]) == 0
    assert "deliverables" in capsys.readouterr().out


def test_diff_compares_files_and_shipped_services(sample_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = sample_file.with_name("changed.yaml")
    changed.write_text(plant("offset: 15", "offset: 20"), encoding="utf-8")
    assert run(["diff", str(sample_file), str(changed)]) == 1
    assert "milestones[方案完成].offset: 15 -> 20" in capsys.readouterr().out
    assert run(["diff", "alibaba-1", str(data_folder() / "services" / "alibaba-1.yaml")]) == 0


def test_diff_compares_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, unit in (("a.json", 5), ("b.json", 6)):
        (tmp_path / name).write_text(json.dumps({"services": [{"id": "x", "n": unit}]}), encoding="utf-8")
    assert run(["diff", str(tmp_path / "a.json"), str(tmp_path / "b.json")]) == 1
    assert "services[x].n: 5 -> 6" in capsys.readouterr().out


def test_diff_compares_files_wherever_they_lie_and_the_overview_of_tiers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "reviewer@office"
    folder.mkdir()
    for name in ("services/alibaba-1.yaml", "tiers.yaml"):
        shipped = data_folder() / name
        copied = folder / shipped.name
        copied.write_text(shipped.read_text("utf-8").replace("行稳致远", "行稳"), "utf-8")
        assert run(["diff", str(shipped), str(copied)]) == (1 if name == "tiers.yaml" else 0)
    assert "~ tiers[gold].tagline_zh: 行稳致远·持续提升 -> 行稳·持续提升" in capsys.readouterr().out


def test_bad_input_exits_with_2_in_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("{}", encoding="utf-8")
    for name in (
        "nothing",
        "alibaba-1@9",
        *(str(tmp_path / name) for name in ("broken.json", "missing.yaml", "notes.txt")),
    ):
        assert run(["diff", "alibaba-1", name]) == 2
        said = capsys.readouterr().err
        assert "after" in said
        assert "服务标识" in said
    with pytest.raises(SystemExit) as left:
        run(["lint", "--colour"])
    assert left.value.code == 2


def test_the_command_is_in_the_table_of_qizhang() -> None:
    assert main.load(main.COMMANDS["catalog"]) is run
