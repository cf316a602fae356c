"""The tables of a service are whole: matrix, choices, deliverables, responsibilities, periods, quantities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import UNSET

from services.catalog.checks.context import Context, editions_of, overlap
from services.catalog.problems import FORM_RULE, Defect, Path
from services.catalog.walking import walk
from shared.catalogue.format.acceptance import Acceptance
from shared.catalogue.format.model import Deliverable, QuantityRule, Service, ServicePeriod, Step
from shared.catalogue.format.values import Figure, Period

PERIOD_MAX = 1000
QUANTITIES = "R-030"
_DAYS = ("working_day", "calendar_day")
_NEEDED_FIGURES = {
    "ceil": {"per"},
    "factor": {"factor", "percent"},
    "quota": {"quota", "at_most", "percent", "included"},
    "recommended": {"recommended", "at_least"},
    "limit": {"at_most", "below", "at_least", "included", "minimum"},
    "tier": {"at_most", "below", "above", "at_least"},
}


def complete_matrix(service: Service, _: Context) -> Iterator[Defect]:
    """Every row has a cell for every column, every column supports something, null is explained by R-042 (R-041)."""
    columns = {edition for row in service.matrix for edition in row.cells}
    used = {edition for row in service.matrix for edition, cell in row.cells.items() if cell.support != "unsupported"}
    for position, row in enumerate(service.matrix):
        path = ("matrix", position, "cells")
        for edition in sorted(columns - set(row.cells)):
            yield _defect(path, f"no cell for `{edition}`", f"缺少版本“{edition}”的单元格", "R-041")
        explained = row.notes is not UNSET and any(note.rule == "R-042" for note in row.notes)
        if any(cell.support is None for cell in row.cells.values()) and not explained:
            yield _defect(path, "an open cell needs a note with rule R-042", "未定单元格须附R-042说明", "R-042")
    for edition in sorted(columns - used):
        yield _defect(("matrix",), f"`{edition}` supports nothing", f"版本“{edition}”没有任何支持项", "R-041")


def selectable_editions(service: Service, _: Context) -> Iterator[Defect]:
    """Where there are several editions, choose rules offer every one of them; one of two is the least choice."""
    offered = {name for choice in service.choices for name in choice.of}
    for position, choice in enumerate(service.choices):
        fewest = 2 if choice.kind == "exactly_one" else 1
        if len(set(choice.of)) != len(choice.of) or len(choice.of) < fewest:
            yield _defect(
                ("choices", position, "of"),
                "a choice offers different things",
                "选择规则的候选项无效",
                "R-022",
            )
    if len(service.editions) > 1:
        for position, edition in enumerate(service.editions):
            if edition.id not in offered:
                text_en, text_zh = f"no choice offers `{edition.id}`", f"没有选择规则提供“{edition.id}”"
                yield _defect(("editions", position), text_en, text_zh, "R-025")


def reachable_deliverables(service: Service, _: Context) -> Iterator[Defect]:
    """Some edition that can be bought has the deliverable, and acceptance covers it unless it blocks nothing."""
    phases = {phase.name_zh: phase for phase in service.phases}
    for position, item in enumerate(service.deliverables):
        path = ("deliverables", position)
        phase = phases.get(item.phase_zh or "")
        if not _is_sold(item, service) or (phase is not None and not overlap(item, phase)):
            yield _defect(path, "reachable in no edition", "任何版本都不包含该交付物", "R-125")
        elif item.blocking and not any(_covers(entry, item, service) for entry in service.acceptance):
            yield _defect(path, f"no acceptance covers {item.name_zh}", f"没有验收项覆盖{item.name_zh}", "R-128")


def sound_milestones(service: Service, _: Context) -> Iterator[Defect]:
    """A time has its start, and milestones of one start stand in the order of their times."""
    reached: dict[tuple[object, ...], int] = {}
    for position, milestone in enumerate(service.milestones):
        path = ("milestones", position)
        if (milestone.offset is None) != (milestone.from_ is None):
            text_en, text_zh = "`offset` and `from` belong together", "offset 与 from 须同时填写"
            yield _defect(path, text_en, text_zh, "R-105")
        if milestone.offset is not None:
            course = (milestone.from_, milestone.unit, editions_of(milestone))
            if milestone.offset < reached.get(course, milestone.offset):
                yield _defect(path, "earlier than the milestone before it", "早于前一里程碑", "R-105")
            reached[course] = milestone.offset


def sound_deliverables(service: Service, _: Context) -> Iterator[Defect]:
    """A condition is printed where one is claimed; alternatives come at least in twos (R-043, R-044)."""
    groups = Counter(item.alternative_group for item in service.deliverables)
    for position, item in enumerate(service.deliverables):
        path = ("deliverables", position)
        if item.conditional != (item.condition_zh is not None):
            text_en = "`conditional` and `condition_zh` belong together"
            yield _defect(path, text_en, "conditional 与 condition_zh 须同时填写", "R-043")
        if item.alternative_group is not None and groups[item.alternative_group] < 2:
            yield _defect(path, "an alternative of nothing", "备选组只有一个交付物", "R-044")


def raci_letters(service: Service, _: Context) -> Iterator[Defect]:
    """A row says who executes, and no cell repeats a letter (R-076)."""
    for position, row in enumerate(service.raci):
        cells = [cell.split("/") for cell in (row.customer, row.provider) if cell is not None]
        if any(len(set(cell)) != len(cell) for cell in cells):
            yield _defect(("raci", position), "a letter is repeated", "RACI字母重复", "R-076")
        if not any("R" in cell for cell in cells):
            yield _defect(("raci", position), "nobody executes this task (R)", "没有执行人（R）", "R-076")


def sound_periods(service: Service, _: Context) -> Iterator[Defect]:
    """Lengths are positive and ordered, packs are of days, a timed step has a start, lead times have their unit."""
    for path, value in walk(service):
        if isinstance(value, Period):
            yield from _period_defects(path, value)
        if isinstance(value, Step) and (value.period is None) != (value.starts is None):
            yield _defect(path, "a timed step says what starts its time", "计时步骤须写明起算事件", "R-008")
    if service.lead_time is not None and service.lead_time.unit != "working_day":
        yield _defect(("lead_time",), "the lead time counts working days", "提前期按工作日计", "R-050")
    if service.bulk_lead_time is not None and service.bulk_lead_time.unit != "month":
        yield _defect(("bulk_lead_time",), "bulk resources are applied for months ahead", "大批量资源按月提前", "R-054")


def _period_defects(path: Path, period: Period) -> Iterator[Defect]:
    lengths = [length for length in (period.value, period.min, period.max) if isinstance(length, int)]
    least = 0 if period.unit == "calendar_day" else 1  # no days = on the same day
    if any(not least <= length <= PERIOD_MAX for length in lengths):
        yield _defect(path, f"a length is {least} to {PERIOD_MAX}", f"时长须在{least}到{PERIOD_MAX}之间", "R-014")
    if isinstance(period.min, int) and isinstance(period.max, int) and period.min > period.max:
        yield _defect(path, "`min` is greater than `max`", "下限大于上限", "R-014")
    if period.consecutive is True and period.unit not in _DAYS:
        yield _defect(path, "only days are consecutive", "只有天数可以连续", "R-010")
    if isinstance(period, ServicePeriod) and period.kind == "pack" and period.consecutive is not True:
        yield _defect(path, "a pack is of consecutive days", "服务包须为连续天数", "R-010")


def sound_windows(service: Service, _: Context) -> Iterator[Defect]:
    """The hours of a window run forward and do not overlap."""
    for position, window in enumerate(service.windows):
        ends = [edge for hours in window.hours for edge in hours.split("-")]
        if ends != sorted(ends) or len(set(ends)) != len(ends) or any(end > "24:00" for end in ends):
            yield _defect(("windows", position, "hours"), "the hours do not run forward", "时段顺序有误", "R-295")


def sound_quantities(service: Service, _: Context) -> Iterator[Defect]:
    """A quantity rule has the figures of its kind, about its own inputs, and says how strict its bounds are."""
    for position, rule in enumerate(service.quantity_rules):
        path = ("quantity_rules", position)
        if not any(figure.name in _NEEDED_FIGURES[rule.kind] for figure in rule.figures):
            needed = ", ".join(sorted(_NEEDED_FIGURES[rule.kind]))
            yield _defect(path, f"{rule.kind} needs a figure of {needed}", f"缺少数值：{needed}", QUANTITIES)
        if any(figure.of not in rule.inputs and not _is_least_units(rule, figure) for figure in rule.figures):
            text_en, text_zh = "a figure is about one of `inputs`", "数值须引用inputs中的一项"
            yield _defect(path, text_en, text_zh, QUANTITIES)
        if rule.strictness is None and _has_bound(rule):
            yield _defect(path, "a bound needs `strictness`", "界限须说明是否含端点", QUANTITIES)


def named_in_english(service: Service, _: Context) -> Iterator[Defect]:
    """English names are English; Chinese stays in `*_zh`."""
    for path, value in walk(service):
        name = getattr(value, "name_en", None)
        if name is not None and (not name.strip() or any("\u4e00" <= letter <= "\u9fff" for letter in name)):
            yield _defect((*path, "name_en"), "an English name has no Chinese in it", "英文名称不能包含中文")


def _is_sold(item: Deliverable, service: Service) -> bool:
    """Whether some edition or option of the deliverable can be chosen; a service without choices is sold whole."""
    editions = editions_of(item)
    offered = {name for choice in service.choices for name in choice.of} | {option.id for option in service.options}
    return editions is None or bool(editions & offered if service.choices else editions)


def _has_bound(rule: QuantityRule) -> bool:
    return any(figure.name in ("at_least", "at_most", "above", "below") for figure in rule.figures)


def _is_least_units(rule: QuantityRule, figure: Figure) -> bool:
    """The fewest units that are sold are about no input: whatever is asked for, it is not less (R-030)."""
    return rule.kind == "ceil" and figure.name == "minimum" and figure.of is None


def _covers(entry: Acceptance, item: Deliverable, service: Service) -> bool:
    """Whether the entry covers the deliverable: by name, by its phase or milestone, or as the whole of something."""
    if not overlap(entry, item):
        return False
    milestones = {milestone.name_zh: milestone for milestone in service.milestones}
    for cover in entry.covers:
        if cover.kind == "milestone" and cover.name_zh in milestones:
            milestone = milestones[cover.name_zh]
            named = {inner.name_zh for inner in milestone.covers} | {milestone.phase_zh}
        else:
            named = {cover.name_zh}
        if item.name_zh in named or item.phase_zh in named:
            return True
        if cover.kind not in ("deliverable", "phase", "milestone"):
            return True
    return not entry.covers


def _defect(path: Path, text_en: str, text_zh: str, rule: str = FORM_RULE) -> Defect:
    return Defect(path=path, text_en=text_en, text_zh=text_zh, rule=rule)
