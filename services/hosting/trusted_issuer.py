"""The token issuer that a ledger is told to believe: its keys, kept fresh, and what readiness says of them."""

from __future__ import annotations

from contextlib import AsyncExitStack

from aiohttp import ClientSession

from shared.config import IdentityConfig
from shared.identity.jwks import RefreshedKeys, keys_from_file, keys_from_url
from shared.kernel.clock import MachineClock
from shared.web.probes import Check, Trouble, note


async def issuer_keys(stack: AsyncExitStack, identity: IdentityConfig, machine: MachineClock) -> RefreshedKeys:
    """The keys of `jwks_file` or `jwks_url`, refreshed until the stack is left."""
    if identity.jwks_file:
        keys = await keys_from_file(identity.jwks_file, machine)
    else:
        keys = keys_from_url(identity.jwks_url, await stack.enter_async_context(ClientSession()), machine)
    return await stack.enter_async_context(keys)


def issuer_checks(keys: RefreshedKeys) -> tuple[Check, ...]:
    """Somebody can be let in; and which keys of the issuer count for nothing."""

    async def trouble() -> Trouble | None:
        return None if keys.known else Trouble("令牌签发方的密钥未知", "the keys of the token issuer are not known")

    def passed_over() -> Trouble | None:
        named = "; ".join(keys.passed_over)
        return Trouble(f"未采用的密钥：{named}", f"passed over: {named}") if named else None

    return Check(name="identity.keys", trouble=trouble), note("identity.keys_passed_over", passed_over)
