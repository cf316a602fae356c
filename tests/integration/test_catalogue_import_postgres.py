"""`qizhang catalog import` into the log of a deployed catalogue: the same revisions, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.catalog.loading import data_folder
from services.cli.catalog import run
from tests.support.logs import in_schema

SHIPPED = data_folder() / "services" / "alibaba-1.yaml"


def test_r_020_a_changed_file_becomes_a_revision_of_the_deployed_catalogue(
    fresh_schema: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--location", in_schema(*fresh_schema)]
    changed = tmp_path / "alibaba-1.yaml"
    text = SHIPPED.read_text(encoding="utf-8")
    changed.write_text(text.replace("{name: per, value: 50,", "{name: per, value: 60,"), encoding="utf-8")
    for file, told in ((SHIPPED, "1 published"), (SHIPPED, "1 unchanged"), (changed, "1 published")):
        assert run(["import", str(file), *place]) == 0
        assert told in capsys.readouterr().out
    assert run(["diff", "alibaba-1@1", "alibaba-1@2", *place]) == 1
    assert "50 -> 60" in capsys.readouterr().out
