"""What is refused about use and a trial run."""

from __future__ import annotations

from shared.kernel.errors import Refused


class NothingToUse(Refused):
    """Use needs something that was delivered before (R-190)."""

    code = "NOTHING_TO_USE"
    rule = "R-190"
    title_en = "Nothing had been delivered at that instant that could be used"
    title_zh = "该时点尚无已交付、可被使用的成果"


class UseInTheFuture(Refused):
    """Use is a fact of the past (R-190)."""

    code = "USE_IN_THE_FUTURE"
    rule = "R-190"
    title_en = "Use is recorded after it happened"
    title_zh = "使用事实须在发生之后记录"


class TrialRunContradiction(Refused):
    """Start and end of a trial run contradict what is recorded (R-191)."""

    code = "TRIAL_RUN_CONTRADICTION"
    rule = "R-191"
    title_en = "This contradicts what is recorded about the trial run"
    title_zh = "与已记录的试运行情况相矛盾"


NO_ACCEPTANCE_BY_USE = "该验收方式下，使用不视为验收 / the profile knows no acceptance by use"
USE_IN_TRIAL_RUN = "已登记；约定试运行期间的使用不视为验收 / recorded; use in an agreed trial run is no acceptance"
