"""Every public event can be told in both languages: a sentence that fails would hide the whole timeline."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec import UNSET, inspect
from msgspec.structs import replace

from services.contracts.sentences import SENTENCES, sentence
from services.contracts.sentences.naming import named
from shared.kernel.instants import beijing_end
from shared.periods.spoken import spoken
from shared.public_events.acceptance import (
    CommunicationRecorded,
    CommunicationWithoutEffect,
    DeliverableSubmitted,
    MissingForm,
    ReviewSuspended,
)
from shared.public_events.codes import CODES, DEADLINE_KINDS
from shared.public_events.contracts import ContractExtended, MilestoneMet, RoleRevoked
from shared.public_events.deadlines import DeadlineHasLapsed, DeadlineIsDue, DeadlineWasMoved, DeadlineWasSet
from shared.public_events.envelope import PublicEvent
from shared.public_events.invoicing import InvoiceReversed
from shared.public_events.naming import Names, names_of
from shared.public_events.notices import NotificationDelivered, NotificationLogged
from shared.public_events.submissions import Submission
from tests.architecture.source import ROOT, modules
from tests.unit.contracts.world import in_force, signed

TEXTS = ("x", "2025-09-25T01:00:00.000Z", "a" * 64, "CNY", "5wd", "24:00", "wd 09:00-17:00", "PM")


# Sentences show ids and free texts, which are `x` here; a word of the program has more letters, or a period's unit.
CODE = re.compile(r"[a-z]{2,}|[0-9](wd|d|w|m|q|y|h)\b|!")
LITERALS_MAX = 8


def example(of: type[PublicEvent], choice: int = 0) -> PublicEvent:
    """The smallest event of a type, with every field filled; `choice` is which of the words a field may hold."""
    return msgspec.convert(_value(inspect.type_info(of), choice), of)


def _value(kind: inspect.Type, choice: int) -> Any:
    match kind:
        case inspect.StructType(fields=fields):
            return {field.encode_name: _value(field.type, choice) for field in fields}
        case inspect.StrType(pattern=pattern):
            return _text(pattern or "")
        case inspect.IntType():
            return 1
        case inspect.BoolType():
            return choice % 2 == 0
        case inspect.DecimalType():
            return Decimal(1)
        case inspect.DateType():
            return date(2025, 9, 25)
        case inspect.LiteralType(values=values):
            return values[choice % len(values)]
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return [_value(item, choice)]
        case inspect.UnionType(types=types):
            return _value(next(one for one in types if not isinstance(one, inspect.NoneType)), choice)
        case inspect.Metadata(type=inner):
            return _value(inner, choice)
        case _:
            raise TypeError(f"no example for {kind}")


def _text(pattern: str) -> str:
    """A text for each of the patterns that the language uses."""
    return next(text for text in TEXTS if re.search(pattern, text))


@pytest.mark.parametrize("type", list(SENTENCES), ids=lambda type: type.TYPE)
def test_every_event_is_told_in_both_languages(type: type[PublicEvent]) -> None:
    said = sentence(example(type))
    assert said.zh
    assert said.en
    assert said.en.isascii() or "“" in said.en
    assert "{" not in said.zh + said.en
    assert said.rule


def test_an_event_without_a_sentence_is_told_by_its_type() -> None:
    class Unheard(PublicEvent, frozen=True, kw_only=True):
        TYPE = "future.unheard.v1"
        TOPIC = "ledger.future.v1"

    assert sentence(Unheard()).en == "future.unheard.v1"


def test_parts_are_called_by_the_names_of_the_terms() -> None:
    names = names_of(in_force(signed("alibaba-8")).terms)
    met = MilestoneMet(contract="C1", milestone="m1", on_time=True)
    assert named(met, names.zh) == MilestoneMet(contract="C1", milestone="“项目启动会议”", on_time=True)
    unknown = MilestoneMet(contract="C1", milestone="m9", on_time=True)
    assert named(unknown, names.en) == unknown


def test_r_153_a_suspended_review_names_what_it_waits_for() -> None:
    names = names_of(in_force(signed("alibaba-8")).terms)
    suspended = ReviewSuspended(contract="C1", item="acceptance-report", waits_for="reports")
    assert sentence(named(suspended, names.zh)).zh == "《项目验收报告》的审核中止，待“全部交付物”无不符点"


def test_r_134_evidence_of_a_training_is_told_as_evidence() -> None:
    submission = Submission(deliverable="“架构培训”", version=1, files=(), content_sha256="0" * 64, evidence_of="培训")
    event = DeliverableSubmitted(contract="C1", item="delivery", submission=submission, received_at=END_OF_THE_8TH)
    assert sentence(event).zh == "登记培训佐证：“架构培训”第1次"


def test_r_150_one_of_the_needed_acts_is_told_with_what_is_missing() -> None:
    event = CommunicationRecorded(
        contract="C1",
        item="“方案”",
        side="customer",
        kind="signature",
        channel="click",
        content_sha256="0" * 64,
        stopped_silence=False,
        received_at=END_OF_THE_8TH,
        form="signature",
        forms_missing=(MissingForm(side="customer", form="online_button"),),
    )
    assert sentence(event).zh == "“方案”：已收到甲方的“签字”，尚缺甲方的“点击验收确认按钮”"


@pytest.mark.parametrize(
    ("kind", "subject", "zh"),
    [
        ("after_care_end", "warranty", "“软件质量保证期”（5个工作日）：至2026-12-08 24:00止"),
        ("trial_run_answer", "warranty", "试运行情况答复期限（5个工作日）：至2026-12-08 24:00止"),
        ("milestone", "m1", "“前期调研”里程碑期限（5个工作日）：至2026-12-08 24:00止"),
        ("risk_answer", "R1", "风险通报R1的答复期限（5个工作日）：至2026-12-08 24:00止"),
        ("change_effect", "CR-1", "变更CR-1的生效日（5个工作日）：2026-12-09"),
    ],
)
def test_a_period_of_the_contract_is_called_by_what_it_is_about(kind: str, subject: str, zh: str) -> None:
    """Planted: the id `warranty` before the period; 24:00 of the day before as the date of effect of a change."""
    names = names_of(in_force(signed("alibaba-25")).terms)
    event = ending(DeadlineWasSet, END_OF_THE_8TH)
    derivation = replace(event.deadline.derivation, spec="5wd", extended_by=UNSET)
    deadline = replace(event.deadline, kind=kind, item="", subject=subject, derivation=derivation)
    assert sentence(named(replace(event, deadline=deadline), names.zh)).zh == zh


def test_r_114_a_period_that_runs_again_says_by_how_much_it_was_extended() -> None:
    event = ending(DeadlineWasSet, END_OF_THE_8TH)
    derivation = replace(event.deadline.derivation, spec="5wd", extended_by=2)
    told = sentence(replace(event, deadline=replace(event.deadline, kind="review", derivation=derivation)))
    assert "（5个工作日，经双方同意顺延2日）" in told.zh and "5 working days, extended by 2 days" in told.en


def test_r_204_a_date_of_effect_moves_from_day_to_day() -> None:
    event = ending(DeadlineWasMoved, END_OF_THE_8TH, old_due_at="2026-12-07T16:00:00.000Z", reason="calendar_amended")
    deadline = replace(event.deadline, kind="change_effect", item="", subject="CR-1")
    told = sentence(replace(event, deadline=deadline))
    assert told.zh == "变更CR-1的生效日由2026-12-08改为2026-12-09：节假日安排已调整"


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        ("未指出何处不符 / the notice is vague", "未指出何处不符", "the notice is vague"),
        ("《画布》 / 《价值树》未签署 / not signed", "《画布》 / 《价值树》未签署", "not signed"),
        ("only one language", "only one language", "only one language"),
    ],
)
def test_a_reason_is_told_in_the_language_of_the_sentence(reason: str, zh: str, en: str) -> None:
    event = CommunicationWithoutEffect(
        contract="C1", item="i1", act="accept_item", rule="R-179", reason=reason, received_at=END_OF_THE_8TH
    )
    told = sentence(event)
    assert told.zh == f"“验收确认”已记录但不生效（R-179）：{zh}"
    assert told.en == f"“accept an item” is recorded without effect (R-179): {en}"


def test_names_inside_lists_and_deadlines_are_found() -> None:
    names = Names(zh={("item", "x"): "某项", ("milestone", "x"): "某里程碑"}, en={})
    extended = named(example(ContractExtended), names.zh)
    assert isinstance(extended, ContractExtended)
    assert (extended.items, extended.milestones) == (("某项",), ("某里程碑",))


def test_parts_of_different_kinds_with_one_id_keep_their_names() -> None:
    """Planted: one table for all ids. Somebody calls a payment line, and a risk, like a milestone."""
    terms = in_force(signed("alibaba-25")).terms
    line = replace(terms.payment_lines[0], line_id="m1", name_zh="首付款")
    names = names_of(replace(terms, payment_lines=(line, *terms.payment_lines[1:]))).zh
    reversed_one = named(replace(example(InvoiceReversed), line="m1"), names)
    assert sentence(reversed_one).zh == "付款节点“首付款”开票申请撤销"
    event = ending(DeadlineWasSet, END_OF_THE_8TH)
    risk = replace(event.deadline, kind="risk_answer", item="", subject="m1")
    assert "风险通报m1的答复期限" in sentence(named(replace(event, deadline=risk), names)).zh


END_OF_THE_8TH = "2026-12-08T16:00:00.000Z"


def ending(of: Any, due_at: str, **others: Any) -> Any:
    """An event about a deadline that ends at an instant."""
    event: Any = example(of)
    derivation = replace(event.deadline.derivation, due_at=due_at, provisional=False)
    return replace(event, deadline=replace(event.deadline, derivation=derivation), **others)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (END_OF_THE_8TH, "2026-12-08 24:00"),
        ("2026-12-31T16:00:00.000Z", "2026-12-31 24:00"),
        ("2026-12-08T10:00:00.000Z", "2026-12-08 18:00"),
        ("2026-12-08T16:00:00.001Z", "2026-12-09 00:00"),
    ],
)
def test_r_407_a_period_ends_at_24_00_of_its_last_day(instant: str, text: str) -> None:
    assert beijing_end(instant) == text


@pytest.mark.parametrize("of", [DeadlineWasSet, DeadlineWasMoved, DeadlineIsDue, DeadlineHasLapsed])
def test_r_407_no_sentence_names_the_day_after_the_last(of: Any) -> None:
    told = sentence(ending(of, END_OF_THE_8TH))
    assert "2026-12-08 24:00" in told.zh and "2026-12-08 24:00" in told.en
    assert "00:00" not in f"{told.zh}{told.en}".replace("24:00", "")


def test_r_407_a_period_runs_until_24_00() -> None:
    assert sentence(ending(DeadlineWasSet, END_OF_THE_8TH)).zh.endswith("至2026-12-08 24:00止")


def test_r_407_a_role_ends_with_its_last_day() -> None:
    event: Any = example(RoleRevoked)
    told = sentence(replace(event, holder=replace(event.holder, held_to=END_OF_THE_8TH)))
    assert "2026-12-08 24:00" in told.zh


def test_another_calendar_with_the_same_end_is_told_as_no_change() -> None:
    moved = ending(DeadlineWasMoved, END_OF_THE_8TH, old_due_at=END_OF_THE_8TH, reason="calendar_amended")
    told = sentence(moved)
    assert told.zh.endswith("节假日安排调整，期限不变")
    assert "由" not in told.zh and "still ends at 2026-12-08 24:00" in told.en


@pytest.mark.parametrize("type", list(SENTENCES), ids=lambda type: type.TYPE)
def test_no_word_of_the_program_is_left_in_a_chinese_sentence(type: type[PublicEvent]) -> None:
    """Planted: `5wd`, `1m!`, `signatory` and `log` in a sentence."""
    for choice in range(LITERALS_MAX):
        said = sentence(example(type, choice)).zh
        assert not CODE.search(said.replace("a" * 64, "").replace("x", "")), said


def recorded_words() -> dict[str, str]:
    """The stable words that services record as a reason, consequence or ground of waiting, and where."""
    found: dict[str, str] = {}
    for module in modules(ROOT, "services/acceptance", "services/contracts", "shared/deadlines"):
        constants = {
            target.id: node.value.value
            for node in module.tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(module.tree):
            match node:
                case ast.keyword(arg="reason" | "consequence" | "why", value=value):
                    given = [value]
                case ast.Assign(targets=[ast.Name(id="reason" | "consequence" | "why" | "withdrawn")], value=value):
                    given = [value]
                case ast.Call(func=ast.Attribute(attr="lapsed"), args=[*_, value]):
                    given = [value]
                case _:
                    continue
            for text in (text for one in given for text in _words_of(one, constants)):
                if STABLE.fullmatch(text):
                    found[text] = module.path
    return found


STABLE = re.compile(r"[a-z]+(_[a-z]+)*")


def _words_of(value: ast.expr, constants: dict[str, Any]) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) if isinstance(constants.get(name), str):
            yield constants[name]
        case ast.IfExp(body=body, orelse=other):
            yield from _words_of(body, constants)
            yield from _words_of(other, constants)
        case ast.BoolOp(values=values):
            for one in values:
                yield from _words_of(one, constants)


def test_every_stable_word_that_a_service_records_has_words() -> None:
    recorded = recorded_words()
    assert {"after_care_ended", "act_came_late", "extended"} <= recorded.keys(), "the look found them before"
    assert {word: where for word, where in recorded.items() if word not in CODES} == {}
    assert not [code for code, said in {**CODES, **DEADLINE_KINDS}.items() if CODE.search(said.zh)]


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("5wd", "5个工作日", "5 working days"),
        ("1wd", "1个工作日", "1 working day"),
        ("-10wd", "提前10个工作日", "10 working days ahead"),
        ("1m!", "1个月，末日遇休息日不顺延", "1 month, a rest day at the end counts"),
        ("7d", "7日", "7 days"),
        ("0d!", "当日", "the day itself"),
        ("30min", "30分钟", "30 minutes"),
    ],
)
def test_a_period_is_spoken(period: str, zh: str, en: str) -> None:
    assert spoken(period) == (zh, en)


def test_r_195_a_line_in_the_log_is_told_as_what_it_is() -> None:
    delivered = example(NotificationDelivered)
    assert "已写入日志（未送达）" in sentence(replace(delivered, channel="log")).zh
    assert "已送达回调端点“main”" in sentence(replace(delivered, channel="webhook:main")).zh
    assert "已写入日志（未送达）" in sentence(example(NotificationLogged)).zh
