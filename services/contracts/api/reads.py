"""Stage 1, outwards: what the parties, auditors and finance read (R-424).

What a caller may not see is answered like what does not exist.
"""

from __future__ import annotations

from services.contracts.answers import (
    ContractAnswer,
    ContractPage,
    DeadlineList,
    DuePage,
    TermsAnswer,
    TimelinePage,
)
from services.contracts.domain.errors import ContractUnknown
from services.contracts.presenting import (
    closed_answer,
    contract_answer,
    due_answers,
    shown,
    summary_answer,
    terms_answer,
    timeline_answer,
)
from services.contracts.projections.closed_deadlines import CLOSED_DEADLINES
from services.contracts.projections.contract import CONTRACT, ContractDocument
from services.contracts.projections.deadlines import DEADLINES, DUE_CHANGED
from services.contracts.projections.timeline import TIMELINE
from shared.kernel.actors import may_see
from shared.kernel.errors import Forbidden
from shared.kernel.names import label_name
from shared.public_events.naming import names_of
from shared.web.parameters import CURSOR, FLAG, Parameter, identifier
from shared.web.routes import ReadCall, Reader, ReadRoute

PAGE = 100
# By what a list of deadlines is ordered, and the label that it is listed by.
ORDERS = {"due": "due", "changed": DUE_CHANGED}
TAG = "contracts"


async def _visible(call: ReadCall, reader: Reader) -> ContractDocument:
    """The contract of the path; raises ContractUnknown when it is not there for this caller."""
    document = await reader.get(CONTRACT, call.tenant, call.path["contract"])
    if document is None or not may_see(call.actor, document.organisations):
        raise ContractUnknown
    return document


async def read_contract(call: ReadCall, reader: Reader) -> ContractAnswer:
    """A contract with everything that hangs on it."""
    document = await _visible(call, reader)
    deadlines = await reader.get(DEADLINES, call.tenant, call.path["contract"])
    return contract_answer(document, deadlines)


async def read_contracts(call: ReadCall, reader: Reader) -> ContractPage:
    """The contracts of the caller's organisation; of the whole tenant for auditors and finance."""
    label = "*" if may_see(call.actor, ()) else label_name("org", call.actor.organisation)
    found, following = await reader.list(CONTRACT, call.tenant, label, call.query.get("cursor"), PAGE)
    return ContractPage(items=[summary_answer(document) for document in found], next=following)


async def read_terms(call: ReadCall, reader: Reader) -> TermsAnswer:
    """The whole terms, and what to sign."""
    return terms_answer(await _visible(call, reader))


async def read_timeline(call: ReadCall, reader: Reader) -> TimelinePage:
    """What happened: page by page as it arrived here, and in each by the time at which it was recorded."""
    names = names_of((await _visible(call, reader)).contract.terms)
    label = label_name("contract", call.path["contract"])
    found, following = await reader.list(TIMELINE, call.tenant, label, call.query.get("cursor"), PAGE)
    shown = sorted(found, key=lambda entry: entry.sort_key)
    return TimelinePage(items=[timeline_answer(entry, names) for entry in shown], next=following)


async def read_deadlines(call: ReadCall, reader: Reader) -> DeadlineList:
    """The open deadlines, or the closed ones page by page, each with every counted day."""
    await _visible(call, reader)
    status = call.query.get("status", "open")
    if status == "closed":
        label = label_name("contract", call.path["contract"])
        ended, following = await reader.list(CLOSED_DEADLINES, call.tenant, label, call.query.get("cursor"), PAGE)
        shown_first = sorted(ended, key=lambda found: (found.ended.at, found.arrival))
        return DeadlineList(items=[closed_answer(found) for found in shown_first], next=following)
    document = await reader.get(DEADLINES, call.tenant, call.path["contract"])
    return DeadlineList(items=[shown(found) for found in document.in_order()] if document else [])


async def read_due(call: ReadCall, reader: Reader) -> DuePage:
    """What is due from an organisation, or from the caller in person (`mine=true`)."""
    organisation = call.query.get("organisation") or call.actor.organisation
    if not may_see(call.actor, (organisation,)):
        raise Forbidden(field="organisation")
    label = label_name(ORDERS[call.query.get("order", "due")], organisation)
    found, following = await reader.list(DEADLINES, call.tenant, label, call.query.get("cursor"), PAGE)
    due = [answer for document in found for answer in due_answers(document, organisation, call.actor)]
    if call.query.get("mine") == "true":
        due = [answer for answer in due if answer.mine]
    return DuePage(items=due, next=following)


READ_ROUTES: tuple[ReadRoute, ...] = (
    ReadRoute(
        path="/contracts",
        operation_id="listContracts",
        response=ContractPage,
        read=read_contracts,
        summary_en="Contracts of your organisation",
        summary_zh="本组织的合同",
        query=CURSOR,
        tag=TAG,
    ),
    ReadRoute(
        path="/contracts/{contract}",
        operation_id="readContract",
        response=ContractAnswer,
        read=read_contract,
        summary_en="A contract: state, milestones, items, payment lines, changes, risks, next deadline",
        summary_zh="合同详情：状态、里程碑、验收项、付款节点、变更、风险、下一期限",
        tag=TAG,
        version_of=lambda answer: answer.version,
    ),
    ReadRoute(
        path="/contracts/{contract}/terms",
        operation_id="readTerms",
        response=TermsAnswer,
        read=read_terms,
        summary_en="The whole terms, with the SHA-256 and version that a signature covers (R-425)",
        summary_zh="合同条款全文及签署所覆盖的哈希与版本（R-425）",
        tag=TAG,
    ),
    ReadRoute(
        path="/contracts/{contract}/timeline",
        operation_id="readTimeline",
        response=TimelinePage,
        read=read_timeline,
        summary_en="Everything that happened, with both times (R-400)",
        summary_zh="合同时间线（生效时间与记录时间，R-400）",
        query=CURSOR,
        tag=TAG,
    ),
    ReadRoute(
        path="/contracts/{contract}/deadlines",
        operation_id="readDeadlines",
        response=DeadlineList,
        read=read_deadlines,
        summary_en="Deadlines, open or closed, and why they are when they are (R-402)",
        summary_zh="未结或已结期限及其计算依据（R-402）",
        query={
            "status": Parameter(
                zh="open：未结（默认），一页列全；closed：已结，分页",
                en="open, all on one page (default), or closed, in pages",
                one_of=("open", "closed"),
            ),
            **CURSOR,
        },
        tag=TAG,
    ),
    ReadRoute(
        path="/due",
        operation_id="listDue",
        response=DuePage,
        read=read_due,
        summary_en="What is due from your organisation, or from you",
        summary_zh="本组织或本人的待办期限",
        query={
            "organisation": identifier("供审计与财务指定组织", "whose, for auditors and finance"),
            "order": Parameter(
                zh="due：最早到期的合同在前（默认）；changed：期限最近变动的合同在后，供轮询",
                en="due: the earliest deadline first (default); changed: as deadlines change, to poll",
                one_of=tuple(ORDERS),
            ),
            "mine": Parameter(zh="仅由本人角色办理的", en="only what a role of yours has to do", one_of=FLAG),
            **CURSOR,
        },
        tag=TAG,
    ),
)
