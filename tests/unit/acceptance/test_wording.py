"""What people read in Chinese holds no code of the ledger, and the words of a contract desk (R-340)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest

from services.acceptance import api, domain
from services.acceptance.domain.communications.errors import refused_but_said, too_late, wrong_person
from services.acceptance.domain.conditional.errors import WAITS, revoked
from services.acceptance.domain.discrepancies.errors import aspects_until
from services.acceptance.domain.extension.errors import over_before_extension
from services.acceptance.domain.items.errors import NotAcceptedYet
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.review.errors import accepted_already, taken_out_by_terms, wrong_form
from services.acceptance.domain.use.commands import RecordUse
from shared.kernel.errors import LedgerError
from shared.public_events.words import BASES, FORMS, ROLES, SIDES
from tests.unit.acceptance.samples import ACCEPTOR, COLLEAGUE, PROVIDER_PM, START, alibaba_1, alibaba_25, signed
from tests.unit.acceptance.test_settlement import accepted_tuning, lines, re_plan
from tests.unit.acceptance.test_silence import DUE, LATE

AVOIDED = ("请款", "冲回", "冲销", "付款项", "附条件", "视同", "代替对方")
# Names that a Chinese contract uses too.
NAMES = re.compile(r"R-\d{3}|SHA-256|[A-Z]{1,2}-?\d[\w-]*")


def _told_by_subjects() -> dict[str, Any]:
    """What every subject's `errors.py` holds, by name."""
    found: dict[str, Any] = {}
    for module in walk_packages(domain.__path__, f"{domain.__name__}."):
        if module.name.endswith(".errors"):
            found |= vars(import_module(module.name))
    return found


def _spoken() -> Iterator[str]:
    """Every Chinese text of acceptance: titles of refusals, summaries of routes, reasons."""
    told_by = _told_by_subjects()
    for found in told_by.values():
        if isinstance(found, type) and issubclass(found, LedgerError):
            yield found.title_zh
    yield from (route.summary_zh for route in api.ROUTES)
    told = [value for value in told_by.values() if isinstance(value, str) and " / " in value]
    told += [detail for _, detail in WAITS.values()]
    told += [wrong_person(ROLES, side) for side in SIDES]  # type: ignore[arg-type]
    told += [wrong_form(form, "customer", FORMS) for form in FORMS]
    told += [accepted_already(DUE, basis) for basis in BASES]
    told += [revoked(role) for role in ROLES]
    told += [too_late(LATE, DUE), aspects_until(DUE), over_before_extension(DUE)]
    told += [refused_but_said(NotAcceptedYet()), taken_out_by_terms(2)]
    yield from (text.partition(" / ")[0] for text in told if " / " in text)


@pytest.mark.parametrize("text", sorted(set(_spoken())))
def test_r_340_no_code_and_no_word_that_the_desk_does_not_use(text: str) -> None:
    words = NAMES.sub("", re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+08:00", "", text))
    assert not re.findall(r"[A-Za-z_]{2,}", words), text
    assert not [avoided for avoided in AVOIDED if avoided in text], text


def test_r_426_what_does_not_count_is_told_in_words() -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report").settled("2026-04-01T00:00:00.000Z").after()
    wrong = AcceptItem(form="console", content_sha256=story.item("tuning").content_sha256)
    detail = story.does(ACCEPTOR, wrong, "tuning").decision.outcome.detail
    assert detail.startswith("甲方以“控制台确认”验收未经约定；约定形式：签字、盖章 / ")
    assert story.does(COLLEAGUE, wrong, "tuning").decision.outcome.detail.startswith(
        "收到时未担任所需角色（甲方验收人）"
    )


def test_r_144_use_that_does_not_accept_is_told_in_words() -> None:
    story = signed(alibaba_1()).submitted("project", "charter")
    use = RecordUse(used_at=START, description="上线", evidence_sha256="5" * 64)
    detail = story.does(PROVIDER_PM, use, "project").decision.outcome.detail
    assert detail.startswith("该验收方式下，使用不视为验收")


def test_r_444_a_requested_line_is_a_payment_node_that_is_asked_for() -> None:
    story = accepted_tuning()
    story.receive(re_plan(story, lines(phase_4="60000.00", phase_1="30000.00")))
    assert story.decision.events[0].data.reason.startswith("付款节点 phase-4 已申请开票")  # type: ignore[attr-defined]
