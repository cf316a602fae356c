"""The linter: a sound file passes, and every check catches a defect planted for it, at its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.catalog.exporting import entry_document
from services.catalog.format.tiers import Tier
from services.catalog.linting import context_of, lint_document, lint_paths, lint_tiers, missing_services
from services.catalog.loading import TiersFile, convert, data_folder, parse_service
from services.catalog.problems import CatalogueInvalid
from services.catalog.yaml_source import read_yaml
from shared.catalogue.format.model import Service
from tests.unit.catalog.sample import ALL_CHECKS, SAMPLE, line_with, lint_text, plant

# Check; passage of the sample; what stands there instead; a passage of the line that is reported.
PLANTED = [
    ("unique-ids", "id: plan-b", "id: plan", "name_zh: 《迁移方案》"),
    ("unique-ids", "- id: visit\n", "- id: basic\n", "- id: basic\n"),
    ("editions", "edition: basic}]", "edition: bronze}]", "edition: bronze"),
    ("editions", "Survey, editions: [consulting]", "Survey, editions: [platinum]", "editions: [platinum]"),
    ("editions", "of: [consulting], mandatory", "of: [platinum], mandatory", "of: [platinum]"),
    ("editions", ", basic: {support: unsupported}", ", brass: {support: unsupported}", "brass: {support"),
    ("windows-named", "window: always", "window: never", "window: never"),
    ("windows-named", "levels: [P1]", "levels: [P9]", "levels: [P9]"),
    ("covers", "      - {kind: phase, name_zh: 现", "      - {kind: phase, name_zh: 无", "name_zh: 无状调研"),
    ("acceptance-order", "after: [consulting]", "after: [pack]", "after: [pack]"),
    ("acceptance-order", "after: [consulting]", "after: [nothing]", "after: [nothing]"),
    ("prerequisites", '"alibaba-10:consulting"', '"alibaba-10:nothing"', "alibaba-10:nothing"),
    ("prerequisites", '"alibaba-10:consulting"', "alibaba-99", "alibaba-99"),
    ("prerequisites", "condition: purchase,", "condition: purchase, group: alone,", "group: alone"),
    ("phases", "phase_zh: 现状调研\n    covers", "phase_zh: 无\n    covers", "phase_zh: 无\n"),
    ("matrix", ", basic: {support: supported, text_zh: 1次}}", "}", "{consulting: {support: null}}"),
    ("matrix", "rule: R-042", "rule: R-041", "support: null"),
    ("matrix", "{support: supported, text_zh: 1次}", "{support: unsupported}", "matrix:"),
    ("choices", "of: [basic, standard]", "of: [basic]", "of: [basic]"),
    ("choices", "of: [basic, standard]", "of: [basic, consulting]", "id: standard"),
    (
        "deliverables-reachable",
        'editions: [consulting]\n    source: "7.1"',
        'editions: []\n    source: "7.1"',
        "id: design",
    ),
    ("deliverables-reachable", "Survey, editions: [consulting]", "Survey, editions: [basic]", "id: design"),
    ("deliverables-reachable", "of: [consulting], mandatory", "of: [basic], mandatory", "id: design"),
    (
        "deliverables-reachable",
        "    layer: project\n",
        "    layer: project\n    covers: [{kind: phase, name_zh: 现状调研}]\n",
        "id: plan,",
    ),
    ("deliverables", "name_en: Plan,", "name_en: Plan, conditional: true,", "id: plan,"),
    ("milestones", "offset: 15", "offset: 4", "name_zh: 方案完成"),
    ("milestones", "offset: 5\n", "offset: null\n", "name_zh: 调研完成"),
    ("deliverables", "name_en: Plan, alternative_group: plans", "name_en: Plan", "id: plan-b"),
    ("raci", "provider: R/I", "provider: I", "A/S/C/I"),
    ("raci", "customer: A/S/C/I", "customer: A/A/C/I", "A/A/C/I"),
    ("periods", "{value: 15, unit: working_day", "{value: 15, unit: calendar_day", "lead_time"),
    ("periods", "bulk_lead_time: null", "bulk_lead_time: {value: 30, unit: calendar_day}", "bulk_lead_time"),
    ("periods", "{value: 30, unit: minute}", "{min: 30, max: 15, unit: minute, approx: false}", "min: 30"),
    ("periods", "{value: 30, unit: minute}", "{value: 30, unit: minute, consecutive: true}", "value: 30"),
    ("periods", "{value: 30, unit: minute}", "{value: 0, unit: minute}", "value: 0"),
    ("periods", "consecutive: true, ", "", "kind: pack, editions"),
    ("periods", "    starts: plan_submitted\n", "", "name_zh: 计划确认"),
    ("windows", '"14:00-18:00"', '"11:00-18:00"', "11:00-18:00"),
    ("quantities", "{name: at_most, value: 2", "{name: per, value: 2", "id: visits"),
    ("quantities", "value: 2, of: visits", "value: 2, of: days", "id: visits"),
    ("quantities", "value: 2, of: visits", "value: 2", "id: visits"),
    ("quantities", "    strictness: inclusive\n", "", "id: visits"),
    ("english", "name_en: Survey,", "name_en: 调研,", "name_en: 调研"),
    ("sourced", 'levels: [P1], source: "5"', "levels: [P1]", "levels: [P1]"),
    ("acceptance", "group: P0", "group: P1", "group: P1"),
    ("acceptance", "forms: [online_button]", "forms: [console]", "forms: [console]"),
    ("acceptance", "forms: [online_button]", "forms: [signature, online_button]", "- id: consulting\n"),
    ("acceptance", "forms: [online_button]", "forms: [online_button]\n    forms_needed: all", "forms_needed: all"),
    ("acceptance", "    forms: [online_button]\n", "", "- id: consulting\n"),
    ("acceptance", "    acceptor: acceptor\n", "", "- id: consulting\n"),
    ("acceptance", "    acceptor: acceptor\n", "    silence: true\n", "silence: true"),
    ("acceptance", "    acceptor: acceptor\n", "    use_is_acceptance: true\n", "use_is_acceptance"),
    ("acceptance", "    acceptor: acceptor\n", "    review_period: {value: 5, unit: week}\n", "value: 5, unit: week"),
    ("acceptance", "    acceptor: acceptor\n", "    rework_period: {value: 5, unit: week}\n", "value: 5, unit: week"),
    ("acceptance", "    time_based_completion: {kind: pack_end}\n", "", "- id: pack\n"),
    ("acceptance", "A-ONLINE-NO-TIMER", "A-FULL-DISCREPANCY", "A-FULL-DISCREPANCY"),
    ("acceptance", "A-ONLINE-NO-TIMER", "K-CONFIRM", "K-CONFIRM"),
    ("accepted-editions", "editions: [basic, standard]\n", "editions: [basic]\n", "id: standard"),
    ("sources", 'section: "10"', 'section: "11"', 'section: "11"'),
    ("sources", 'version: "20220706"', 'version: "20230706"', "20230706"),
    ("sections", 'source: "4.1"', 'source: "4.9"', 'source: "4.9"'),
    ("sections", 'source: "4.1"', 'source: "4.1, 4.2"', "4.1, 4.2"),
    ("contradictions-noted", "contradiction: C-07", "contradiction: C-01", "notes:\n  - {contradiction"),
    ("contradiction", "contradiction: C-07, ", "contradiction: C-06, ", "contradiction: C-06"),
    ("tight-milestone", "offset: 15", "offset: 11", "name_zh: 方案完成"),
    ("open-milestone", "offset: 5\n    unit: calendar_day", "offset: null\n    unit: null", "name_zh: 调研完成"),
    ("slower-window", "{value: 15, unit: minute}", "{value: 45, unit: minute}", "value: 45"),
    ("file-name", "provider: alibaba", "provider: kingdee", "id: alibaba-10"),
]

TIER = {"id": "gold", "provider": "kingdee", "name_zh": "金选服务", "name_en": "Gold", "source": "1"}
RULE = re.compile(r"[RC]-[0-9]+")
WARNINGS = {"contradiction", "tight-milestone", "open-milestone", "slower-window"}


def test_a_sound_file_has_only_the_defects_of_its_document() -> None:
    problems = lint_text(SAMPLE)
    assert {problem.check for problem in problems} == {"contradiction"}
    assert all(problem.severity == "warning" for problem in problems)


@pytest.mark.parametrize(("check", "old", "new", "place"), PLANTED)
def test_every_check_catches_its_planted_defect_at_its_line(check: str, old: str, new: str, place: str) -> None:
    text = plant(old, new)
    found = [problem for problem in lint_text(text) if problem.check == check]
    assert line_with(text, place) in {problem.line for problem in found}
    assert {problem.severity for problem in found} == {"warning" if check in WARNINGS else "error"}
    assert all(problem.text_en and problem.text_zh and RULE.fullmatch(problem.rule) for problem in found)


def test_no_check_is_without_a_planted_defect() -> None:
    assert {check for check, *_ in PLANTED} == ALL_CHECKS


def test_a_file_under_another_name_is_reported() -> None:
    assert "file-name" in {problem.check for problem in lint_text(SAMPLE, "services/alibaba-11.yaml")}


def test_a_tier_that_names_an_unknown_service_is_reported_at_its_line() -> None:
    text = "- id: gold\n  provider: kingdee\n  name_zh: 金选服务\n  name_en: Gold\n  source: '1'\n  builds_on: silver\n"
    marks = read_yaml(text, "tiers.yaml")
    tiers = TiersFile(tiers=convert(marks, tuple[Tier, ...]), marks=marks)
    (problem,) = lint_tiers(tiers, context_of(data_folder(), []))
    assert (problem.check, problem.line) == ("tiers", 6)


def test_two_tiers_of_one_id_are_reported_at_the_second() -> None:
    text = "- id: gold\n  provider: kingdee\n  name_zh: 金选服务\n  name_en: Gold\n  source: '1'\n"
    marks = read_yaml(text * 2, "tiers.yaml")
    tiers = TiersFile(tiers=convert(marks, tuple[Tier, ...]), marks=marks)
    (problem,) = lint_tiers(tiers, context_of(data_folder(), []))
    assert (problem.check, problem.line) == ("tiers", 6)


def test_a_tier_from_an_unknown_section_is_reported_at_its_line() -> None:
    text = "- id: gold\n  provider: kingdee\n  name_zh: 金选服务\n  name_en: Gold\n  source: '9'\n"
    marks = read_yaml(text, "tiers.yaml")
    tiers = TiersFile(tiers=convert(marks, tuple[Tier, ...]), marks=marks)
    (problem,) = lint_tiers(tiers, context_of(data_folder(), []))
    assert (problem.check, problem.line) == ("tiers", 5)


def test_r_020_the_documents_have_51_chapters_and_each_needs_a_file() -> None:
    problems = list(missing_services([], context_of(data_folder(), [])))
    assert len(problems) == 51
    assert {problem.check for problem in problems} == {"complete"}
    sample = parse_service(SAMPLE, "services/alibaba-10.yaml")
    assert len(list(missing_services([sample], context_of(data_folder(), [])))) == 50


def test_a_linted_file_replaces_the_shipped_one_of_its_service(tmp_path: Path) -> None:
    file = tmp_path / "alibaba-10.yaml"
    file.write_text(plant('"alibaba-10:consulting"', '"alibaba-10:other"'), encoding="utf-8")
    problems = lint_paths([file]).problems
    assert [problem.check for problem in problems if problem.severity == "error"] == ["prerequisites"]
    assert problems[0].file == str(file)


def test_r_115_alibaba_8_and_25_plan_less_time_than_their_acceptance_takes() -> None:
    for service in ("alibaba-8", "alibaba-25"):
        file = data_folder() / "services" / f"{service}.yaml"
        text = file.read_text(encoding="utf-8")
        found = {problem.check: problem.rule for problem in lint_text(text, f"services/{service}.yaml")}
        assert found["tight-milestone"] == "R-115"


@pytest.mark.parametrize("period", ["re_review_period", "discussion_period"])
def test_r_174_r_175_written_discrepancies_need_both_periods_of_the_next_round(period: str) -> None:
    text = (data_folder() / "services" / "alibaba-25.yaml").read_text(encoding="utf-8")
    lacking = re.sub(rf"{period}: {{.*}}", f"{period}: null", text, count=1)
    assert lacking != text
    (problem,) = [found for found in lint_text(lacking, "services/alibaba-25.yaml") if found.severity == "error"]
    assert (problem.check, problem.rule) == ("acceptance", "R-151")
    assert "re-review and discussion periods are needed" in problem.text_en


def test_a_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "alibaba-11.yaml").write_text("id: [", encoding="utf-8")
    (tmp_path / "alibaba-10.yaml").write_text(plant("group: P0", "group: P1"), encoding="utf-8")
    assert sorted(problem.check for problem in lint_paths(sorted(tmp_path.iterdir())).errors) == ["acceptance", "yaml"]


def document(text: str) -> object:
    """The export entry of a file, as it is published over HTTP."""
    return entry_document(parse_service(text, "alibaba-10.yaml").service)


def test_a_document_without_a_file_is_refused_with_its_path_and_rule() -> None:
    lint_document(Service, "alibaba-10", document(SAMPLE))
    with pytest.raises(CatalogueInvalid) as refused:
        lint_document(Service, "alibaba-10", document(plant("group: P0", "group: P1")))
    assert str(refused.value.problems[0]).startswith("alibaba-10 acceptance[0].group: error [acceptance]")
    assert refused.value.field == "/document"
    with pytest.raises(CatalogueInvalid, match="unknown field `surprise`") as misshapen:
        lint_document(Service, "alibaba-10", {"surprise": 1})
    assert misshapen.value.field == "/document"


def test_a_document_of_another_id_is_refused() -> None:
    for kind, wrong in ((Service, document(SAMPLE)), (Tier, TIER)):
        with pytest.raises(CatalogueInvalid, match="file-name"):
            lint_document(kind, "alibaba-11", wrong)


def test_a_document_may_need_what_was_published_since() -> None:
    lint_document(Service, "alibaba-10", document(plant('"alibaba-10:consulting"', '"alibaba-11:premium"')))
