"""A simulated trial, week by week: what happens to invented patients, what is recorded of it when, and with which errors.

From the ground up: `chance` (numbers that repeat) and `world` (what is assumed); `sites`, `screening`, `course`, `draws`
and `scans` make true histories, `patients` puts them together, `conduct` says how each site works; `records`,
`laboratory`, `responses`, `questionnaires`, `safety`, `deviations` and `data_entry` enter them in a `ledger` of versions,
late and sometimes wrong; `planted`, `overdue` and `delivered` add the errors of the truth file, `moves` what happens to
codes and sites; `trial` is asked for the tables of any date; `publish` makes data cuts of them, `deliveries` the raw files
that would have led to them.
"""

from heroes.simulate.publish import DEFAULT_CUTS, publish_live, publish_simulation
from heroes.simulate.trial import DEFAULT_SEED, SimulatedTrial, simulate_trial, write_truth

__all__ = [
    "DEFAULT_CUTS", "DEFAULT_SEED", "SimulatedTrial", "publish_live", "publish_simulation", "simulate_trial", "write_truth",
]
