"""A pytest plugin: a run ends, whatever a test has left over, and names what it had to end.

The interpreter waits for threads that are no daemons and for what runs at its exit. A run that is over and does not
get past that in time is ended from within, as a failure, with the stacks of all that was still there.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
from typing import Final

WITHIN_VARIABLE: Final = "QIZHANG_TEST_ENDS_WITHIN_S"
WITHIN_S: Final = 60.0
EXIT_ENDED: Final = 3


def pytest_unconfigure() -> None:
    """From here on only what was left over is in the way."""
    watch = threading.Timer(float(os.environ.get(WITHIN_VARIABLE, WITHIN_S)), _end)
    watch.daemon = True
    watch.start()


def _end() -> None:
    left = [thread.name for thread in threading.enumerate() if not thread.daemon and thread.is_alive()]
    # Nobody captures any more, and what is buffered would be lost.
    sys.__stderr__.write(f"\nthe run is over and was ended; still there: {', '.join(left)}\n")
    sys.__stderr__.flush()
    faulthandler.dump_traceback(sys.__stderr__)
    os._exit(EXIT_ENDED)
