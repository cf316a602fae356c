"""Who may act (R-072, R-422, R-423, R-426, R-427): the organisation gives the side, the dated role gives the power.

A stranger and an act for the other side are refused and leave no trace; a person of the right side without the power is
recorded without effect: `NoEffect` carries the rule and the reason to the decider's edge.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from services.contracts.domain.base import SignatureBody
from services.contracts.domain.errors import ActForOtherSide, NotAParty, SignatureOverOtherContent
from services.contracts.domain.state import Draft, Signed
from shared.commands.command import Context
from shared.kernel.actors import Actor, Side
from shared.kernel.instants import Instant
from shared.messages.events import Event, NewEvent
from shared.public_events.roles import HeldRole
from shared.public_events.terms import Party, RoleName, Signature
from shared.public_events.words import no_role_held

MANAGERS: tuple[RoleName, ...] = ("project_manager",)
SIGNATORIES: tuple[RoleName, ...] = ("signatory",)

# the form shows the business owners, the annex lets the project managers approve.
CHANGE_SIGNERS: tuple[RoleName, ...] = ("business_owner", "project_manager")

# The organisation's own word, in the token, that a person may sign for it. A role that somebody named in a draft is
# no such word: without the grant nobody signs a contract or a supplement.
SIGNATORY_GRANT = "signatory"

# Who may name the people of a side: those who bind it.
APPOINTERS: tuple[RoleName, ...] = ("signatory", "project_manager")


class Act(Struct, frozen=True, kw_only=True):
    """A command with the side and the role in which its actor was found to act."""

    context: Context
    side: Side
    role: str = ""

    @property
    def actor(self) -> Actor:
        """The actor as events name it."""
        return replace(self.context.actor, role=self.role, side=self.side)

    @property
    def received_at(self) -> Instant:
        """When the act was received (R-409)."""
        return self.context.received_at

    def proposes(self, stream: str, data: Event, effective_at: Instant | None = None) -> NewEvent:
        """An event of this act; effective on receipt unless it says otherwise."""
        return NewEvent(stream=stream, data=data, effective_at=effective_at or self.received_at, actor=self.actor)

    def signs(self, signature: SignatureBody) -> Signature:
        """The signature as it is kept (R-425)."""
        return Signature(
            side=self.side,
            role=self.role,
            issuer=self.context.actor.issuer,
            subject=self.context.actor.subject,
            content_sha256=signature.content_sha256,
            content_version=signature.content_version,
            method=signature.method,
            reference=signature.reference,
            received_at=self.received_at,
        )


class NoEffect(Exception):
    """An act that is recorded but does not count (R-426), with the rule and the reason."""

    def __init__(self, act: Act, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.act = act
        self.rule = rule
        self.reason = reason


def act_of_party(customer: Party, provider: Party, context: Context) -> Act:
    """The act of anybody of a party's organisation; raises NotAParty."""
    for party in (customer, provider):
        if party.organisation == context.actor.organisation:
            return Act(context=context, side=party.side)
    raise NotAParty


def act_in_role(state: Draft | Signed, context: Context, roles: Iterable[RoleName], *, side: Side | None = None) -> Act:
    """The act of a person who holds one of `roles` (the first that is held counts), for `side` if it is given.

    Raises NotAParty, ActForOtherSide, NoEffect.
    """
    act = act_of_party(state.terms.customer, state.terms.provider, context)
    if side not in (None, act.side):
        raise ActForOtherSide
    held = roles_held(state.roles, context.actor, act.side, context.received_at)
    for role in roles:
        if role in held:
            return replace(act, role=role)
    said = no_role_held(roles, act.side)
    raise NoEffect(act, "R-426", f"{said.zh} / {said.en}")


def act_as_signatory(state: Draft | Signed, context: Context) -> Act:
    """The act of a signatory of this contract whom his organisation lets sign for it; raises as `act_in_role`."""
    act = act_in_role(state, context, SIGNATORIES)
    if SIGNATORY_GRANT not in context.actor.grants:
        raise NoEffect(
            act,
            "R-426",
            "所在组织未授权该人员代表其签署 / the organisation has not authorised this person to sign for it",
        )
    return act


def act_of_appointer(state: Draft | Signed, context: Context, side: Side) -> Act:
    """The act of somebody who names the people of his side; who has the grant needs no role for it."""
    act = act_of_party(state.terms.customer, state.terms.provider, context)
    if act.side == side and SIGNATORY_GRANT in context.actor.grants:
        return replace(act, role="signatory")
    return act_in_role(state, context, APPOINTERS, side=side)


def roles_held(roles: Iterable[HeldRole], actor: Actor, side: Side, at: Instant) -> frozenset[RoleName]:
    """The roles of a person at an instant, by what was recorded then (R-427); [held_from, held_to) (R-422)."""
    return frozenset(
        held.holder.role
        for held in roles
        if (held.holder.issuer, held.holder.subject) == (actor.issuer, actor.subject)
        and held.holder.side == side
        and held.in_force(at)
    )


def check_covers(signature: SignatureBody, sha256: str, version: int) -> None:
    """A signature over another content or version than the present one is refused (R-425)."""
    if signature.content_sha256 != sha256:
        raise SignatureOverOtherContent(
            f"the content is {sha256}", zh=f"应签署的内容哈希为 {sha256}", field="/content_sha256"
        )
    if signature.content_version != version:
        raise SignatureOverOtherContent(
            f"the version is {version}", zh=f"应签署的版本为 {version}", field="/content_version"
        )
