"""How long the loop was held is measured by what its own thread computed, and noted for a while."""

from __future__ import annotations

from shared.web.loop_hold import HOLD_MAX_S, REMEMBERED_S, TICK_S, HoldWatch


class Thread:
    """The clocks of a thread that a test moves."""

    def __init__(self) -> None:
        self.elapsed_s = 100.0
        self.computed_s = 10.0
        self.watch = HoldWatch(lambda: self.elapsed_s, lambda: self.computed_s)

    def passes(self, elapsed_s: float, computed_s: float) -> None:
        """The next tick comes after so much time, of which the thread computed so much."""
        self.elapsed_s += elapsed_s
        self.computed_s += computed_s
        self.watch.tick()

    async def note(self) -> str:
        trouble = await self.watch.check().trouble()
        return trouble.en if trouble else ""


async def test_a_request_that_computes_for_long_is_noted() -> None:
    thread = Thread()
    thread.passes(TICK_S, 0.01)
    assert (thread.watch.longest_s, await thread.note()) == (0.0, "")
    thread.passes(TICK_S + 2.0, 2.01)
    assert round(thread.watch.longest_s, 3) == 2.0
    assert "2.0 s" in await thread.note()
    assert not thread.watch.check().vital, "a replica that has answered is not taken out for it"


async def test_a_thread_that_waited_for_a_core_held_nobody() -> None:
    thread = Thread()
    thread.passes(TICK_S + 5.0, 0.02)
    assert thread.watch.longest_s <= 0.02
    assert not await thread.note()


async def test_a_hold_is_forgotten_after_a_while() -> None:
    thread = Thread()
    thread.passes(TICK_S + HOLD_MAX_S * 2, HOLD_MAX_S * 2)
    assert await thread.note()
    for _ in range(int(REMEMBERED_S / TICK_S) + 2):
        thread.passes(TICK_S, 0.001)
    assert not await thread.note()
