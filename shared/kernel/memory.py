"""The garbage collector as a process of the ledger needs it.

Events, states and documents are immutable values without cycles: reference counts free them. The collector only pays
for looking at them again and again, so what lives since the start is left out and it looks less often.
"""

from __future__ import annotations

import gc

# Young objects before a collection, and collections of one generation before one of the next.
THRESHOLDS = (50_000, 20, 100)


def tune_garbage_collection() -> None:
    """Call once, when everything is imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
