"""The lives of contracts: what people do from draft to invoice, and what the ledger told them of the outcome.

Each life ends with what must hold of its contract: on what basis its item is accepted, and which lines are requested.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import uuid5

from msgspec import Struct, structs

from services.cli.run import PROVIDER
from services.demo import alibaba_1, alibaba_8, drafts
from services.demo.player import Answer
from shared.kernel.actors import Actor
from shared.kernel.clock import LegalClock
from shared.kernel.ids import NAMESPACE
from shared.kernel.instants import Instant, beijing_date
from shared.public_events.contracts import CONTRACTS_TOPIC
from shared.public_events.envelope import Envelope
from tests.chaos.client import Client
from tests.chaos.topic import Desk
from tests.support.cluster import TENANT

TRAINING: Final = "training"
REPORTS: Final = ("start-report", "survey-report", "assessment-report", "improvement-plan")
NOTICE: Final = {"aspects": [{"requirement": "3.1.4 建模规范", "finding": "缺少命名规则"}]}
REST_AFTER: Final = "90000.00"
DEARER: Final = drafts.price("150000", "0.8", "120000", (alibaba_1.ADVANCE, {**alibaba_1.REST, "amount": REST_AFTER}))
PAID: Final = {"advance": "30000.00", "rest": "70000.00"}

# So many messages of one contract are published at once, before its deliveries.
REPORTS_OVER_TOPIC: Final = 40
FORGER: Final = "forger"
FORGED_AT: Final = "2024-01-08T00:00:00.000Z"

# How far ahead a change is planned: beyond its five working days of notice, and a holiday among them.
NOTICE_DAYS: Final = 16

Basis = Literal["silence", "explicit", "none"]


class Outcome(Struct, frozen=True, kw_only=True):
    """What must hold of a contract when all is settled.

    `basis` none: the item is never accepted. `planted`: one of its messages was forged, so its feed stands still.
    """

    contract: str
    item: str
    basis: Basis
    requested: Mapping[str, str]
    planted: bool = False


class Unexpected(Exception):
    """The ledger refused what nothing forbids."""


class Hand:
    """Works on one contract."""

    def __init__(self, client: Client, desk: Desk, legal: LegalClock, contract: str) -> None:
        self.client = client
        self.desk = desk
        self.legal = legal
        self.contract = contract
        self.item = alibaba_1.ITEM

    async def act(self, service: str, who: str, path: str, body: Any, name: str) -> Answer:
        """An act on the contract; raises Unexpected when it is refused."""
        where = f"/contracts/{self.contract}/{path}" if path else "/contracts"
        answer = await self.client.final(service, who, where, body, f"{self.contract}-{name}")
        if answer.kind == "refused":
            raise Unexpected(f"{self.contract} {name}: {answer.body}")
        return answer

    async def on_item(self, who: str, what: str, body: Any, name: str) -> Answer:
        """An act on the item."""
        return await self.act("acceptance", who, f"items/{self.item}/{what}", body, name)

    async def sign(self, draft: drafts.Body) -> None:
        """Draft and sign; return when acceptance knows the contract."""
        await self.act("contracts", "wang", "", draft, "draft")
        terms = await self.client.until("contracts", "wang", f"/contracts/{self.contract}/terms", bool)
        signature = {"content_sha256": terms["sha256"], "content_version": terms["version"]}
        for who in ("chen", "zhao"):
            await self.act("contracts", who, "signatures", signature, f"sign-{who}")
        await self.client.until("acceptance", "li", f"/contracts/{self.contract}/items", lambda found: found["items"])

    async def submit(self, *deliverables: str) -> None:
        """Submit these."""
        for name in deliverables:
            await self.on_item("wang", "submissions", drafts.submission(name), f"submit-{name}")

    async def shown(self, holds: Callable[[Any], object]) -> Any:
        """The item, once a condition holds."""
        path = f"/contracts/{self.contract}/items/{self.item}"
        return await self.client.until("acceptance", "li", path, holds)

    async def accept(self) -> Answer:
        """The acceptor accepts what is shown."""
        shown = await self.shown(lambda found: found["content_sha256"])
        body = {"form": "written", "content_sha256": shown["content_sha256"]}
        return await self.on_item("li", "acceptances", body, "accept")

    def ends(self, basis: Basis, requested: Mapping[str, str] = PAID) -> Outcome:
        """How the life ended."""
        return Outcome(contract=self.contract, item=self.item, basis=basis, requested=requested)


async def silent(hand: Hand) -> Outcome:
    """Nobody says anything: silence accepts."""
    await _delivered(hand)
    return hand.ends("silence")


async def prompt(hand: Hand) -> Outcome:
    """Accepted at once; if faults have made it late, silence was first."""
    await _delivered(hand)
    return hand.ends(_basis(await hand.accept()))


async def late(hand: Hand) -> Outcome:
    """Accepted after the due instant: without effect, whatever was down when it passed."""
    await _delivered(hand)
    due_at = _review_due_at(await hand.shown(lambda found: _review_due_at(found) or found["state"] == "accepted"))
    if due_at is not None:
        await hand.legal.wait_until(due_at)
    await hand.accept()
    return hand.ends("silence")


async def objected(hand: Hand) -> Outcome:
    """A notice in time stops the silence; the next version is accepted in writing."""
    await _delivered(hand)
    notice = await hand.on_item("li", "discrepancies", NOTICE, "notice")
    if notice.kind != "done":
        return hand.ends("silence")
    shown = await hand.shown(lambda found: found["discrepancies"])
    again = {
        "versions": [drafts.submission("modelling-standard", 2)],
        "done": [
            {"discrepancy": found["discrepancy_id"], "done": "已补充命名规则"} for found in shown["discrepancies"]
        ],
    }
    await hand.on_item("wang", "resubmissions", again, "resubmit")
    return hand.ends(_basis(await hand.accept()))


async def dearer(hand: Hand) -> Outcome:
    """A change moves the price before the delivery: the rest is requested as the change has it, and once (R-444)."""
    await hand.sign(_draft_1(hand))
    effect_on = beijing_date(hand.legal.now()) + timedelta(days=NOTICE_DAYS)
    form = {
        "change": "CR-1",
        "form_number": f"BG-{hand.contract}",
        "drafted_on": beijing_date(hand.legal.now()).isoformat(),
        "drafted_by": "wang / 乙方项目经理",
        "reason_code": "scope",
        "reason": "新增一个主题域",
        "description": "增加供应链主题域的建模",
        "cost_impact": "合同价由100000元增至120000元",
        "planned_effect_on": effect_on.isoformat(),
        "re_plan": {**DEARER, "drawn_on_price_version": 1},
    }
    requested = await hand.act("contracts", "wang", "changes", form, "change")
    await _approved(hand, requested)
    path = f"/contracts/{hand.contract}"
    await hand.client.until("contracts", "wang", path, lambda found: found["price_version"] == 2)
    await hand.submit(*alibaba_1.DOCUMENTS, TRAINING)
    return hand.ends(_basis(await hand.accept()), {**PAID, "rest": REST_AFTER})


async def _approved(hand: Hand, requested: Answer) -> None:
    """Both sides assess, sign the form, and sign the supplementary agreement (R-202..R-204)."""
    form = {"content_sha256": requested.data["content_sha256"], "content_version": 1}
    agreement = {"content_sha256": requested.data["supplement_sha256"], "content_version": 1}
    for who in ("sun", "liu"):
        await hand.act("contracts", who, "changes/CR-1/assessments", {"feasible": True}, f"assess-{who}")
        await hand.act("contracts", who, "changes/CR-1/signatures", form, f"form-{who}")
    for who in ("chen", "zhao"):
        await hand.act("contracts", who, "changes/CR-1/supplement-signatures", agreement, f"supplement-{who}")


async def overdue(hand: Hand) -> Outcome:
    """Alibaba 8: silence never accepts, the review goes overdue and is escalated (R-145, R-155)."""
    hand.item = alibaba_8.REPORTS
    await hand.sign(drafts.draft(hand.contract, "alibaba-8", "核心交易系统可运维性咨询", alibaba_8.PRICE))
    await hand.submit(*REPORTS)
    return hand.ends("none", {"start": "82800.00"})


async def by_topic(hand: Hand) -> Outcome:
    """An internal system reports and delivers over the topic, as fast as it can; people accept over HTTP."""
    await hand.sign(_draft_1(hand))
    contract = {"contract": hand.contract}
    reports = (
        hand.desk.command("recordCommunication", contract, _report(hand, n), f"{hand.contract}-report-{n}")
        for n in range(REPORTS_OVER_TOPIC)
    )
    deliveries = (
        hand.desk.command(
            "submitDeliverable", {**contract, "item": hand.item}, drafts.submission(name), f"{hand.contract}-{name}"
        )
        for name in (*alibaba_1.DOCUMENTS, TRAINING)
    )
    await asyncio.gather(*reports, *deliveries)
    await hand.shown(lambda found: found["deadlines"] or found["state"] == "accepted")
    return hand.ends(_basis(await hand.accept()))


async def forged(hand: Hand) -> Outcome:
    """A message under a number that is taken is on the topic of contracts: it stops this contract only.

    Whatever is parked may have been an objection, so no silence counts there (R-401).
    """
    await hand.sign(_draft_1(hand))
    await hand.desk.planted(_forgery(hand.contract))
    await hand.submit(*alibaba_1.DOCUMENTS, TRAINING)
    return structs.replace(hand.ends("none", {"advance": PAID["advance"]}), planted=True)


async def defective(hand: Hand) -> Outcome:
    """Left to silence, but a defect keeps the ledger from deciding its deadlines: nothing follows, for it alone."""
    await _delivered(hand)
    return hand.ends("none", {"advance": PAID["advance"]})


Life = Callable[[Hand], Awaitable[Outcome]]

# How often each is lived.
LIVES: Final[Mapping[Life, int]] = {
    silent: 3,
    prompt: 3,
    late: 2,
    objected: 2,
    dearer: 1,
    overdue: 1,
    by_topic: 2,
    forged: 1,
    defective: 1,
}


def is_forged(envelope: Envelope) -> bool:
    """Whether no service has published it."""
    return envelope.actor.issuer == FORGER


def _report(hand: Hand, n: int) -> Mapping[str, str]:
    text = f"{hand.contract} 周报 {n}"
    return {"kind": "reply", "channel": "email", "content_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _forgery(contract: str) -> Envelope:
    """A second message under the first number of the contract's feed."""
    return Envelope(
        source="contracts",
        topic=CONTRACTS_TOPIC,
        key=contract,
        n=1,
        tenant=TENANT,
        event_id=str(uuid5(NAMESPACE, f"forged {contract}")),
        type="contracts.milestone_met.v1",
        effective_at=FORGED_AT,
        recorded_at=FORGED_AT,
        actor=Actor(issuer=FORGER, subject="mallory", organisation=PROVIDER),
        correlation_id="",
        causation_id="",
        traceparent=None,
        data=b"{}",
    )


def _draft_1(hand: Hand) -> drafts.Body:
    return drafts.draft(hand.contract, "alibaba-1", "数据中台建设架构咨询", alibaba_1.PRICE)


async def _delivered(hand: Hand) -> None:
    await hand.sign(_draft_1(hand))
    await hand.submit(*alibaba_1.DOCUMENTS, TRAINING)


def _basis(answer: Answer) -> Basis:
    """What the acceptor was told: his act counts, or the review had ended in silence before it."""
    return "explicit" if answer.kind == "done" else "silence"


def _review_due_at(item: Any) -> Instant | None:
    reviews = (found for found in item["deadlines"] if found["legal_effect"])
    return next((deadline["derivation"]["due_at"] for deadline in reviews), None)
