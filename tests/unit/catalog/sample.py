"""A service file that uses every table of the format, and a way to plant one defect into it."""

from __future__ import annotations

from functools import cache

import msgspec

from services.catalog.checks.context import Context
from services.catalog.linting import CHECKS, context_of, lint_files
from services.catalog.loading import ServiceFile, data_folder, parse_service, read_services, service_paths
from services.catalog.problems import Problem

SAMPLE = """\
id: alibaba-10
provider: alibaba
name_zh: 迁云服务
name_en: Migration to the cloud
sources:
  - {document: alibaba-sow, version: "20220706", section: "10", title_zh: 迁云服务}
editions:
  - {id: consulting, name_zh: 迁云咨询服务, name_en: Consulting, kind: sub_service, source: "1.1"}
  - {id: basic, name_zh: 基础版, name_en: Basic, kind: pack, pricing_unit: pack, source: "1.1"}
  - {id: standard, name_zh: 标准版, name_en: Standard, kind: pack, pricing_unit: pack, source: "1.1"}
choices:
  - {kind: exactly_one, of: [basic, standard], mandatory: false, rule: R-023, source: "1.1"}
  - {kind: any, of: [consulting], mandatory: true, rule: R-023, source: "1.1"}
options:
  - id: visit
    name_zh: 现场支持
    name_en: Visit
    unit: visit
    window: office
    editions: [basic]
    source: "2.2"
matrix:
  - phase_zh: 现状调研
    item_zh: 系统调研评估
    cells: {consulting: {support: supported}, basic: {support: unsupported}}
    source: "4.2"
  - phase_zh: 割接实施支持
    item_zh: 割接演练
    cells: {consulting: {support: null}, basic: {support: supported, text_zh: 1次}}
    source: "4.2"
    notes: [{text_en: Left open, rule: R-042}]
phases:
  - {name_zh: 现状调研, name_en: Survey, editions: [consulting], source: "4.2"}
procedure:
  - name_zh: 计划确认
    name_en: Plan confirmed
    period: {value: 2, unit: working_day}
    starts: plan_submitted
    source: "4.2"
milestones:
  - name_zh: 调研完成
    name_en: Survey done
    offset: 5
    unit: calendar_day
    from: contract_signing
    source: "7.3"
  - name_zh: 方案完成
    name_en: Design done
    offset: 15
    unit: calendar_day
    from: contract_signing
    phase_zh: 现状调研
    covers: [{kind: deliverable, name_zh: 《云上架构设计方案》}]
    met_when: accepted
    source: "7.3"
deliverables:
  - id: design
    name_zh: 《云上架构设计方案》
    name_en: Design
    phase_zh: 现状调研
    editions: [consulting]
    source: "7.1"
  - {id: plan, name_zh: 《迁移技术方案》, name_en: Plan, alternative_group: plans, source: "7.1"}
  - {id: plan-b, name_zh: 《迁移方案》, name_en: Other plan, alternative_group: plans, source: "7.1"}
raci:
  - {phase_zh: 现状调研, task_zh: 系统调研评估, customer: A/S/C/I, provider: R/I, source: "4.1"}
sla:
  - {what_zh: 问题响应, level: P1, response: {value: 30, unit: minute}, window: office, kind: commitment, source: "5"}
  - {what_zh: 问题响应, level: P1, response: {value: 15, unit: minute}, window: always, kind: commitment, source: "5"}
windows:
  - {id: office, name_zh: 正常业务时间, days: mon_fri_except_holidays, hours: ["09:00-12:00", "14:00-18:00"], source: "3"}
  - {id: always, name_zh: 7x24小时, days: daily, hours: ["00:00-24:00"], source: "5"}
channels:
  - {kind: phone, name_zh: 电话, levels: [P1], source: "5"}
lead_time: {value: 15, unit: working_day, source: "3"}
service_periods:
  - {value: 10, unit: working_day, consecutive: true, kind: pack, editions: [basic, standard], source: "1.1"}
bulk_lead_time: null
acceptance:
  - id: consulting
    name_en: Consulting
    layer: set
    covers:
      - {kind: deliverable, name_zh: 《云上架构设计方案》}
      - {kind: phase, name_zh: 现状调研}
    criteria: [{text_en: Meets the expectation, period: {value: 1, unit: week}}]
    profile: A-ONLINE-NO-TIMER
    group: P0
    forms: [online_button]
    acceptor: acceptor
    editions: [consulting]
    source: "7.2"
  - id: pack
    name_en: Implementation pack
    layer: project
    profile: A-TIME-EXPIRY
    group: P8
    time_based_completion: {kind: pack_end}
    after: [consulting]
    editions: [basic, standard]
    source: "7.2"
prerequisites:
  - {kind: edition_bought, of: "alibaba-10:consulting", condition: purchase, editions: [basic], source: "6"}
quantity_rules:
  - id: visits
    kind: limit
    inputs: [visits]
    figures: [{name: at_most, value: 2, of: visits, edition: basic}]
    strictness: inclusive
    rule: R-301
    source: "2.2"
notes:
  - {contradiction: C-06, text_en: No deliverable is promised but a report is listed., source: "2.2; 7.1"}
  - {contradiction: C-07, text_en: The basic edition is printed twice., source: "4.1.3"}
"""


def plant(old: str, new: str) -> str:
    """The sample with one passage replaced; the passage must be there, and only once."""
    if SAMPLE.count(old) != 1:
        raise ValueError(f"not exactly once in the sample: {old}")
    return SAMPLE.replace(old, new)


def lint_text(text: str, file: str = "services/alibaba-10.yaml") -> list[Problem]:
    """Lint one file inside the shipped catalogue."""
    sample = parse_service(text, file)
    return list(lint_files([sample], context_around(sample)))


def context_around(sample: ServiceFile) -> Context:
    """The shipped catalogue with the sample in it."""
    context = shipped_context()
    return msgspec.structs.replace(context, services={**context.services, sample.service.id: sample.service})


@cache
def shipped_context() -> Context:
    """Read once a session."""
    files, _ = read_services(service_paths(data_folder()))
    return context_of(data_folder(), files)


def line_with(text: str, passage: str) -> int:
    """The line (from 1) of the first occurrence of a passage."""
    return text[: text.index(passage)].count("\n") + 1


ALL_CHECKS = frozenset({*CHECKS, "file-name"})
