"""Every acceptance entry is complete for its profile and says nothing that its profile does not allow (R-151)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from services.catalog.checks.context import Context, editions_of
from services.catalog.format.profiles import BOTH_SIDED_ACCEPTORS, BOTH_SIDED_FORMS, PROFILES, Profile
from services.catalog.problems import Defect
from shared.catalogue.format.acceptance import Acceptance
from shared.catalogue.format.model import Service
from shared.catalogue.format.values import Period

RULE = "R-151"


def complete_acceptance(service: Service, _: Context) -> Iterator[Defect]:
    """Compare every entry with the row of its profile."""
    if not service.acceptance:
        yield Defect(text_en="the service has no acceptance entry", text_zh="服务没有验收项", rule=RULE)
    for position, entry in enumerate(service.acceptance):
        for key, text_en, text_zh in _differences(service.id, entry, PROFILES[entry.profile]):
            yield Defect(
                path=("acceptance", position, key),
                text_en=f"`{entry.id}`: {text_en} for {entry.profile}",
                text_zh=f"“{entry.id}”：{text_zh}（{entry.profile}）",
                rule=RULE,
            )


def accepted_editions(service: Service, _: Context) -> Iterator[Defect]:
    """Every edition is accepted under some entry; an option is accepted with the edition that it belongs to (R-128)."""
    for position, edition in enumerate(service.editions):
        limits = [editions_of(entry) for entry in service.acceptance]
        if edition.kind != "option" and not any(limit is None or edition.id in limit for limit in limits):
            yield Defect(
                path=("editions", position),
                text_en=f"no acceptance entry for `{edition.id}`",
                text_zh=f"版本“{edition.id}”没有验收项",
                rule="R-128",
            )


def _differences(service: str, entry: Acceptance, profile: Profile) -> Iterator[tuple[str, str, str]]:
    if service not in profile.services:
        yield "profile", "the rule book does not name this service", "规则书未将该服务列入此验收类型"
    if entry.group != profile.group:
        yield "group", f"the group is {profile.group}", f"组别应为{profile.group}"
    if not _is(entry.review_period, profile.review):
        yield "review_period", f"the review period is {_text(profile.review)}", "验收期不符"
    if profile.review is not None and entry.starts not in profile.starts:
        yield "starts", f"the review starts with {' or '.join(profile.starts)}", "验收期起算事件不符"
    if entry.silence != profile.silence:
        yield "silence", f"`silence` is {str(profile.silence).lower()}", "默示验收标志不符"
    if entry.use_is_acceptance != profile.use:
        yield (
            "use_is_acceptance",
            f"`use_is_acceptance` is {str(profile.use).lower()}",
            "使用视为验收标志不符",
        )
    if not _is(entry.rework_period, profile.rework):
        yield "rework_period", f"the rework period is {_text(profile.rework)}", "整改反馈期不符"
    yield from _act_differences(entry, profile)


def _act_differences(entry: Acceptance, profile: Profile) -> Iterator[tuple[str, str, str]]:
    silent_by_nature = profile.by_time or not profile.forms
    if set(entry.forms) - set(profile.forms) or (not entry.forms and not silent_by_nature):
        yield "forms", f"the forms are among {', '.join(profile.forms) or 'none'}", "验收形式不符"
    if entry.acceptor is None and not silent_by_nature:
        yield "acceptor", "somebody has to accept", "缺少验收人"
    together = bool(profile.forms_together) and set(profile.forms_together) <= set(entry.forms)
    if together != (entry.forms_needed == "all"):
        yield "forms_needed", f"`forms_needed` is {'all' if together else 'any'}", "所需验收形式（全部或任一）不符"
    if not BOTH_SIDED_FORMS.isdisjoint(entry.forms) and entry.acceptor not in BOTH_SIDED_ACCEPTORS:
        yield "acceptor", "both sides accept in these forms", "该验收形式须由双方作出"
    kind = entry.objection.kind if entry.objection else None
    if profile.objection is not None and kind != profile.objection:
        yield "objection", f"the objection is {profile.objection}", "异议方式不符"
    objection = entry.objection if profile.objection == "written_discrepancies" else None
    if objection and (objection.re_review_period is None or objection.discussion_period is None):
        yield "objection", "re-review and discussion periods are needed", "缺少复验期或讨论期"
    if profile.by_time and entry.time_based_completion is None:
        yield "time_based_completion", "what runs out is needed", "缺少到期完成的依据"


def _is(period: Period | None, expected: tuple[int, str] | None) -> bool:
    if period is None or expected is None:
        return period is None and expected is None
    return period.value is not UNSET and (period.value, period.unit) == expected


def _text(expected: tuple[int, str] | None) -> str:
    return "none" if expected is None else f"{expected[0]} {expected[1]}"
