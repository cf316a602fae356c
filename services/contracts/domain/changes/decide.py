"""Change forms on their way through both sides (R-200..R-205): request, assessment, signatures, withdrawal.

The last signature that is needed approves the change; what then takes effect is in `consequences.py`.
"""

from __future__ import annotations

from services.contracts.domain.authority import CHANGE_SIGNERS, Act, act_as_signatory, act_in_role, check_covers
from services.contracts.domain.changes.commands import (
    AssessChange,
    RequestChange,
    SignChange,
    SignSupplement,
    WithdrawChange,
)
from services.contracts.domain.changes.consequences import approved
from services.contracts.domain.changes.errors import (
    ChangeAlreadyDecided,
    ChangeUnknown,
    NoSupplementNeeded,
    PriceChangeOpen,
)
from services.contracts.domain.changes.events import (
    ChangeAssessed,
    ChangeFormSigned,
    ChangeNotFeasible,
    ChangeRequested,
    ChangeWithdrawn,
    SupplementSigned,
)
from services.contracts.domain.changes.state import Change
from services.contracts.domain.changes.terms import FORM_VERSION, complete_form, supplement_sha256
from services.contracts.domain.changes.timers import NOTICE
from services.contracts.domain.errors import ActForOtherSide, IdTaken
from services.contracts.domain.facts import calendar_of
from services.contracts.domain.state import Signed
from services.contracts.domain.streams import change_stream
from shared.commands.command import Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts
from shared.kernel.errors import told
from shared.kernel.instants import beijing_date
from shared.messages import canonical
from shared.periods import lead_time
from shared.public_events.terms import Signature


def request_change(state: Signed, body: RequestChange, context: Context, facts: Facts) -> Decision:
    """A complete form is submitted (R-201); the day of the complete form fixes the earliest effect (R-200)."""
    act = act_in_role(state, context, CHANGE_SIGNERS)
    calendar = calendar_of(facts, state.terms.calendar)
    today = beijing_date(act.received_at)
    form = complete_form(state, body, today, calendar)
    sha256 = canonical.sha256(form)
    known = state.changes.get(body.change)
    if known is not None:
        if known.content_sha256 == sha256:
            return UNCHANGED
        raise IdTaken(body.change, field="/change")
    if form.re_plan is not None:
        _check_only_price_change(state)
    earliest = lead_time(act.received_at, NOTICE, calendar)
    requested = ChangeRequested(
        form=form,
        content_sha256=sha256,
        earliest_effect_on=beijing_date(earliest.due_at),
        earliest=earliest,
        requested_by=act.side,
    )
    return Decision(
        events=(act.proposes(change_stream(state.contract, body.change), requested),),
        outcome=Outcome(data=_to_sign(requested)),
    )


def _to_sign(requested: ChangeRequested) -> dict[str, str | int]:
    """What the caller needs in order to sign, and when the change can take effect at the earliest."""
    form = requested.form
    data: dict[str, str | int] = {
        "change": form.change,
        "content_sha256": requested.content_sha256,
        "content_version": FORM_VERSION,
        "earliest_effect_on": requested.earliest_effect_on.isoformat(),
    }
    if requested.earliest and requested.earliest.provisional:
        data["earliest_effect_provisional"] = "true"
    if form.re_plan is not None:
        data["supplement_sha256"] = supplement_sha256(form)
    return data


def _check_only_price_change(state: Signed) -> None:
    for name, change in state.changes.items():
        if change.is_price_change and change.is_open:
            raise PriceChangeOpen(name, field="/re_plan")


def _change(state: Signed, name: str) -> Change:
    change = state.changes.get(name)
    if change is None:
        raise ChangeUnknown(name, known=told(state.changes))
    return change


def _undecided(change: Change) -> None:
    if change.status != "requested":
        raise ChangeAlreadyDecided(change.status)


def assess_change(state: Signed, body: AssessChange, context: Context) -> Decision:
    """Each side assesses; not feasible for one of them ends the change (R-202)."""
    act = act_in_role(state, context, CHANGE_SIGNERS)
    change = _change(state, body.change)
    assessment = body.assessment
    if not assessment.feasible and change.status == "not_feasible":
        return UNCHANGED
    if assessment.feasible and act.side in change.feasible_for:
        return UNCHANGED
    _undecided(change)
    stream = change_stream(state.contract, body.change)
    if assessment.feasible:
        assessed = ChangeAssessed(change=body.change, side=act.side, reason=assessment.reason)
        return Decision(events=(act.proposes(stream, assessed),))
    ended = ChangeNotFeasible(contract=state.contract, change=body.change, side=act.side, reason=assessment.reason)
    return Decision(events=(act.proposes(stream, ended),))


def sign_change(state: Signed, body: SignChange, context: Context, facts: Facts) -> Decision:
    """The business owner or project manager of a side signs the form (R-203); its drafter may, for his own (R-423)."""
    act = act_in_role(state, context, CHANGE_SIGNERS)
    change = _change(state, body.change)
    if _signed_by(change.signatures, act):
        return UNCHANGED
    _undecided(change)
    check_covers(body.signature, change.content_sha256, FORM_VERSION)
    signature = act.signs(body.signature)
    signed = ChangeFormSigned(change=body.change, signature=signature)
    stream = change_stream(state.contract, body.change)
    return Decision(
        events=(
            act.proposes(stream, signed),
            *approved(state, change, act, facts, form=(signature,), supplement=()),
        )
    )


def sign_supplement(state: Signed, body: SignSupplement, context: Context, facts: Facts) -> Decision:
    """A signatory signs the supplementary agreement or purchase order that a price change needs (R-204)."""
    act = act_as_signatory(state, context)
    change = _change(state, body.change)
    if not change.is_price_change:
        raise NoSupplementNeeded(body.change)
    if _signed_by(change.supplement_signatures, act):
        return UNCHANGED
    _undecided(change)
    check_covers(body.signature, supplement_sha256(change.form), FORM_VERSION)
    signature = act.signs(body.signature)
    signed = SupplementSigned(change=body.change, signature=signature)
    stream = change_stream(state.contract, body.change)
    return Decision(
        events=(
            act.proposes(stream, signed),
            *approved(state, change, act, facts, form=(), supplement=(signature,)),
        )
    )


def _signed_by(signatures: tuple[Signature, ...], act: Act) -> bool:
    return any(signature.side == act.side for signature in signatures)


def withdraw_change(state: Signed, body: WithdrawChange, context: Context) -> Decision:
    """The side that asked takes the form back while it is undecided, or after it failed."""
    act = act_in_role(state, context, CHANGE_SIGNERS)
    change = _change(state, body.change)
    if change.requested_by != act.side:
        raise ActForOtherSide
    if change.status == "withdrawn":
        return UNCHANGED
    if change.status != "failed":
        _undecided(change)
    withdrawn = ChangeWithdrawn(contract=state.contract, change=body.change, reason=body.reason)
    return Decision(events=(act.proposes(change_stream(state.contract, body.change), withdrawn),))
