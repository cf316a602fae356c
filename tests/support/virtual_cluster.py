"""A cluster on virtual legal time, and the world of a player on it: the ground of `make demo-full` and of its tests."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from services.cli.run import Person
from services.demo.cluster_world import ClusterWorld
from services.demo.player import instant_of
from services.hosting.embedded import VIRTUAL_GRACE_S
from shared.kernel.clock_file import FileLegalClock
from tests.support.cluster import Cluster


class VirtualCluster(Cluster):
    """A cluster of one's own whose legal time stands in a file of its folder and begins at a moment in Beijing."""

    def __init__(
        self,
        folder: Path,
        begins: str,
        *,
        settings: Mapping[str, str] | None = None,
        servers: Mapping[str, str] = os.environ,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "legal-clock"
        virtual = {"QIZHANG_LEGAL_CLOCK_FILE": str(file), "QIZHANG_GRACE_S": str(VIRTUAL_GRACE_S)}
        # On a server that was there before, what an earlier cluster has recorded lies in the future of this one.
        prefix = f"virtual_{secrets.token_hex(4)}_"
        super().__init__(folder, settings={**virtual, **(settings or {})}, servers=servers, prefix=prefix)
        self._clock = FileLegalClock(file)
        self._clock.set(instant_of(begins))

    def world(self, session: aiohttp.ClientSession) -> ClusterWorld:
        """The cluster as a player acts on it."""

        def token(person: Person, tenant: str) -> str:
            return self.token(person.subject, person.organisation, person.grants, tenant)

        return ClusterWorld(self.addresses, self._clock, token, session)
