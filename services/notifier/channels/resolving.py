"""Names of receivers become addresses: only those of the internet are called, whatever a name says.

The look at the address and the connection are one: what was looked at is what is connected to. Threads of their own,
so that names that nobody answers for keep nothing else of the process waiting.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from services.notifier.domain.address import is_public
from shared.kernel.urls import LOOPBACK_HOSTS

RESOLVING_THREADS: Final = 64


class AddressNotAllowed(OSError):
    """A name stands for an address that is not called."""


class PublicResolver(AbstractResolver):
    """Resolves by the system; raises AddressNotAllowed. `loopback` lets the names of this machine through."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback
        self._threads = ThreadPoolExecutor(RESOLVING_THREADS, thread_name_prefix="resolve-receivers")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of a host; one that is not allowed refuses the host."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _looked_up, host, port, family)
        if not (self._loopback and host in LOOPBACK_HOSTS):
            for result in found:
                if not is_public(ip_address(result["host"].partition("%")[0])):
                    raise AddressNotAllowed(f"{host} is not on the internet")
        return found

    async def close(self) -> None:
        """Whoever still waits for an answer of the system is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _looked_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    return [
        ResolveResult(
            hostname=host, host=str(address[0]), port=port, family=found, proto=protocol, flags=socket.AI_NUMERICHOST
        )
        for found, _, protocol, _, address in socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    ]
