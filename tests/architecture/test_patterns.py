"""No pattern costs more than in proportion to what it is shown: a text of any content, as large as it is let in."""

from __future__ import annotations

import pytest

from tests.architecture.patterns import FUNCTIONS, Pattern, hostile_texts, patterns, work_of
from tests.architecture.source import ROOT
from tests.support.growth import grows_faster_than_its_input

# Made of the project's own routes while it runs, for the demo.
MADE_WHILE_IT_RUNS = ("services/demo/cluster_world.py:",)

ALL = list(patterns(ROOT))
FOUND = [found for found in ALL if isinstance(found, Pattern)]


def superlinear(pattern: Pattern) -> str | None:
    """The first hostile text that a pattern needs more than linear time for."""
    for hostile in hostile_texts(pattern):
        if grows_faster_than_its_input(work_of(pattern, hostile)) is not None:
            return hostile(60)
    return None


def test_every_pattern_of_the_project_is_found() -> None:
    unknown = [found for found in ALL if isinstance(found, str)]
    assert [place for place in unknown if not place.startswith(MADE_WHILE_IT_RUNS)] == []
    assert len(FOUND) >= 30


@pytest.mark.parametrize("pattern", FOUND, ids=[found.place for found in FOUND])
def test_a_pattern_is_linear_in_what_it_is_shown(pattern: Pattern) -> None:
    assert superlinear(pattern) is None


@pytest.mark.parametrize(
    ("planted", "use"),
    [
        (r" - at `(?:key in )?\$(.*?)`$", "search"),
        (r"eyJ[\w-]{5,}\.[\w-]*\.?[\w-]*", "sub"),
    ],
)
def test_a_pattern_that_is_quadratic_is_caught(planted: str, use: str) -> None:
    assert use in FUNCTIONS
    assert superlinear(Pattern("planted", planted, 0, (use,))) is not None
