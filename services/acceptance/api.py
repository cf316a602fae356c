"""Stage 1: acceptance over HTTP: the acts of the parties, the board of items, and what finance reads.

Every act is a POST below its item; the body is the act's own struct (`domain/commands.py`), so one function turns all
of them into commands.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, get_args

from msgspec import Struct

from services.acceptance.answers import (
    FinanceItem,
    ItemDetail,
    ItemSummary,
    SettlementDetail,
    detail,
    finance_item,
    settlement_detail,
    summary,
)
from services.acceptance.domain.base import Body
from services.acceptance.domain.commands import ItemAct
from services.acceptance.domain.communications import commands as communications
from services.acceptance.domain.discrepancies import commands as discrepancies
from services.acceptance.domain.discussion import commands as discussion
from services.acceptance.domain.draft import item_stream
from services.acceptance.domain.items import commands as items
from services.acceptance.domain.review import commands as review
from services.acceptance.domain.submission import commands as submission
from services.acceptance.domain.use import commands as use
from services.acceptance.projections.finance import FINANCE, KINDS, SETTLEMENTS, finance_label
from services.acceptance.projections.items import ITEMS, board_label, item_key
from shared.commands.command import Command
from shared.kernel.actors import Actor, may_see
from shared.kernel.errors import NotFound
from shared.kernel.names import label_name
from shared.public_events.scopes import contract_scope
from shared.public_events.submissions import ItemState
from shared.web.parameters import CURSOR, Parameter, identifier
from shared.web.routes import CommandCall, CommandRoute, ReadCall, Reader, ReadRoute, Route, page_size

PAGE = 100
STATES: Final = get_args(ItemState)
TAG = "acceptance"


class ItemPage(Struct, frozen=True, kw_only=True):
    """Items of the board."""

    items: list[ItemSummary]
    next: str


class FinancePage(Struct, frozen=True, kw_only=True):
    """Invoice requests, due dates and reversals in the order in which they were recorded."""

    items: list[FinanceItem]
    next: str


def to_command(call: CommandCall, body: Any) -> Command[Any]:
    """An act about an item, or about the contract as a whole where the path names no item."""
    contract, item = call.path["contract"], call.path.get("item", "")
    return Command(
        scope=contract_scope(contract),
        stream=item_stream(contract, item),
        context=call.context,
        body=ItemAct(item=item, body=body),
    )


async def read_board(call: ReadCall, reader: Reader) -> ItemPage:
    """The items of the caller's contracts, or of the whole tenant for auditors, by state."""
    label = board_label(_whose(call.actor), call.query.get("state"))
    found, following = await reader.list(ITEMS, call.tenant, label, call.query.get("cursor"), PAGE)
    return ItemPage(items=[summary(document) for document in found], next=following)


async def read_items(call: ReadCall, reader: Reader) -> ItemPage:
    """The items of one contract."""
    label, cursor = label_name("contract", call.path["contract"]), call.query.get("cursor")
    found, following = await reader.list(ITEMS, call.tenant, label, cursor, PAGE)
    visible = [summary(document) for document in found if may_see(call.actor, document.organisations)]
    if not visible and not cursor:
        raise NotFound()
    # A stranger who holds a cursor is at the end of every contract, whether there is one or not.
    return ItemPage(items=visible, next=following if visible or not cursor else cursor)


async def read_item(call: ReadCall, reader: Reader) -> ItemDetail:
    """One item with its discrepancies, its open periods and why, and the hash that a signature covers."""
    document = await reader.get(ITEMS, call.tenant, item_key(call.path["contract"], call.path["item"]))
    if document is None or not may_see(call.actor, document.organisations):
        raise NotFound()
    return detail(document)


async def read_settlement(call: ReadCall, reader: Reader) -> SettlementDetail:
    """The payment lines of a contract, requested or open."""
    document = await reader.get(SETTLEMENTS, call.tenant, call.path["contract"])
    if document is None or not may_see(call.actor, document.organisations):
        raise NotFound()
    return settlement_detail(document)


async def read_finance(call: ReadCall, reader: Reader) -> FinancePage:
    """The feed of finance: page on by cursor, and poll with the last one; what was read once does not change."""
    label = finance_label(_whose(call.actor) or "", call.query.get("contract", ""), call.query.get("kind", ""))
    cursor, limit = call.query.get("cursor"), page_size(call, PAGE)
    found, following = await reader.list(FINANCE, call.tenant, label, cursor, limit)
    return FinancePage(items=[finance_item(entry) for entry in found], next=following)


def _whose(actor: Actor) -> str | None:
    """Whose the caller may list: None, all, for those who may see a contract they are no party to (R-424)."""
    return None if may_see(actor, ()) else actor.organisation


class ActRoute(NamedTuple):
    """What differs between the routes of acts."""

    suffix: str
    operation_id: str
    body: type[Body]
    en: str
    zh: str
    rules: tuple[str, ...]


ITEM = "/contracts/{contract}/items/{item}"
ACTS = (
    ActRoute(
        f"{ITEM}/submissions",
        "submitDeliverable",
        submission.SubmitDeliverable,
        "Submit a deliverable, or record the evidence of a training",
        "提交交付物或登记培训佐证",
        ("R-125", "R-128", "R-134", "R-140"),
    ),
    ActRoute(
        f"{ITEM}/acceptances",
        "acceptItem",
        review.AcceptItem,
        "Accept, sign or confirm an item",
        "验收、签署或确认验收项",
        ("R-141", "R-150", "R-222", "R-425"),
    ),
    ActRoute(
        f"{ITEM}/discrepancies",
        "raiseDiscrepancies",
        discrepancies.RaiseDiscrepancies,
        "Notify discrepancies",
        "书面提出不符点",
        ("R-142", "R-170", "R-171", "R-179"),
    ),
    ActRoute(
        f"{ITEM}/answers",
        "answerDiscrepancies",
        discrepancies.AnswerDiscrepancies,
        "Answer discrepancies with treatment and time",
        "答复不符点的处理方式与时间",
        ("R-172",),
    ),
    ActRoute(
        f"{ITEM}/agreements",
        "agreeTreatment",
        discrepancies.AgreeTreatment,
        "Agree to the treatment of discrepancies",
        "同意不符点处理方式",
        ("R-156", "R-173"),
    ),
    ActRoute(
        f"{ITEM}/rework",
        "startRework",
        discrepancies.StartRework,
        "Start the agreed rework",
        "开始整改",
        ("R-157",),
    ),
    ActRoute(
        f"{ITEM}/resubmissions",
        "resubmit",
        discrepancies.Resubmit,
        "Resubmit with what was done about each discrepancy",
        "重新提交并逐项说明不符点处理结果",
        ("R-157", "R-174"),
    ),
    ActRoute(
        f"{ITEM}/closed-discrepancies",
        "closeDiscrepancy",
        discrepancies.CloseDiscrepancy,
        "Confirm a discrepancy as settled, or withdraw it",
        "确认不符点已解决或书面撤回",
        ("R-157",),
    ),
    ActRoute(
        f"{ITEM}/conclusions",
        "concludeDiscussion",
        discussion.ConcludeDiscussion,
        "Agree to how a discussion or an escalation ends",
        "就讨论或升级的结论达成一致",
        ("R-158", "R-176"),
    ),
    ActRoute(
        f"{ITEM}/discussions",
        "recordDiscussion",
        discussion.RecordDiscussion,
        "Record that the discussion was held",
        "登记讨论情况",
        ("R-175",),
    ),
    ActRoute(
        f"{ITEM}/escalations",
        "escalateItem",
        discussion.EscalateItem,
        "Bring a matter before the directors",
        "提请双方项目总监决定",
        ("R-175", "R-176"),
    ),
    ActRoute(
        f"{ITEM}/communications",
        "recordItemCommunication",
        communications.RecordCommunication,
        "Record a reply or a protest about an item",
        "登记关于验收项的往来函件",
        ("R-186", "R-342"),
    ),
    ActRoute(
        "/contracts/{contract}/communications",
        "recordCommunication",
        communications.RecordCommunication,
        "Record a communication about the contract",
        "登记关于合同的往来函件",
        ("R-342",),
    ),
    ActRoute(
        f"{ITEM}/uses",
        "recordUse",
        use.RecordUse,
        "Record evidence of use",
        "登记实际使用的证据",
        ("R-190", "R-191"),
    ),
    ActRoute(
        "/contracts/{contract}/trial-runs",
        "recordTrialRun",
        use.RecordTrialRun,
        "Record start or end of a trial run",
        "登记试运行的开始或结束",
        ("R-191", "R-246"),
    ),
    ActRoute(
        f"{ITEM}/change-requests",
        "requestChangeOfAccepted",
        items.RequestChangeOfAccepted,
        "Ask for a change of accepted content",
        "要求变更已验收内容",
        ("R-147", "R-205"),
    ),
)

READS: tuple[Route, ...] = (
    ReadRoute(
        path="/acceptance-board",
        operation_id="readBoard",
        response=ItemPage,
        read=read_board,
        summary_en="Acceptance items of your contracts, by state",
        summary_zh="本组织合同的验收看板",
        query={"state": Parameter(zh="仅此状态", en="only those in this state", one_of=STATES), **CURSOR},
        tag=TAG,
    ),
    ReadRoute(
        path="/contracts/{contract}/items",
        operation_id="listItems",
        response=ItemPage,
        read=read_items,
        summary_en="Acceptance items of a contract",
        summary_zh="合同的验收项",
        query=CURSOR,
        tag=TAG,
    ),
    ReadRoute(
        path=ITEM,
        operation_id="readItem",
        response=ItemDetail,
        read=read_item,
        summary_en="An acceptance item: state, discrepancies, open deadlines and why",
        summary_zh="验收项：状态、不符点、未结期限及其推算",
        tag=TAG,
        version_of=lambda found: found.version,
    ),
    ReadRoute(
        path="/contracts/{contract}/settlement",
        operation_id="readSettlement",
        response=SettlementDetail,
        read=read_settlement,
        summary_en="Payment lines of a contract, requested or open",
        summary_zh="合同付款计划及开票申请状态",
        tag=TAG,
        version_of=lambda found: found.version,
    ),
    ReadRoute(
        path="/invoice-requests",
        operation_id="listInvoiceRequests",
        response=FinancePage,
        read=read_finance,
        summary_en="Invoice requests, due dates and reversals as they were recorded; poll with `next`",
        summary_zh="开票申请、付款期限与开票申请撤销（按记录次序）",
        query={
            "contract": identifier("仅此合同", "only those of this contract"),
            "kind": Parameter(zh="仅此类别", en="only those of this kind", one_of=tuple(KINDS.values())),
            "limit": Parameter(zh="每页条数", en="the size of a page", most=PAGE),
            **CURSOR,
        },
        tag=TAG,
    ),
)

ROUTES: tuple[Route, ...] = (
    *(
        CommandRoute(
            path=act.suffix,
            operation_id=act.operation_id,
            body=act.body,
            to_command=to_command,
            summary_en=act.en,
            summary_zh=act.zh,
            rules=act.rules,
            tag=TAG,
        )
        for act in ACTS
    ),
    *READS,
)
