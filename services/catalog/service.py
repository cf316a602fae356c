"""The catalogue as a value: everything the mechanism needs to run it."""

from __future__ import annotations

from services.catalog.domain.decider import decide
from services.catalog.domain.events import CATALOG_PRIVATE_EVENTS
from services.catalog.domain.state import State, evolve, initial
from services.catalog.publishing import to_public
from shared.commands.service import Service
from shared.messages.dictionary import Dictionary
from shared.messages.registry import Registry

CATALOG: Service[State] = Service(
    name="catalog",
    events=Registry(CATALOG_PRIVATE_EVENTS, "TOPIC"),
    initial=initial,
    evolve=evolve,
    decide=decide,
    to_public=to_public,
    dictionary=Dictionary(11, __package__),
)
