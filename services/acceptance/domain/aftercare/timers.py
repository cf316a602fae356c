"""The end of a duty, and the question whether there was a trial run."""

from __future__ import annotations

AFTER_CARE_END = "after_care_end"
# Both sides are asked whether there was a trial run.
TRIAL_RUN_ANSWER = "trial_run_answer"
TRIAL_RUN_ANSWER_PERIOD = "5wd"
