"""The simulated trial as the raw, dated deliveries that a data manager would get, in six formats.

`datasets` makes SDTM and ADaM datasets of the trial's tables (with sponsor's columns where SDTM has none), `redcap` a REDCap
project, `central_laboratory` the laboratory's own file; a writer for each format puts them into files; `mapping` writes the
mapping file that reads what has no standard reading; `deliver` puts the whole into a folder for each data cut.

Importing a delivery gives the simulated data cut itself, whatever the format.
"""

from heroes.simulate.deliveries.deliver import FORMATS, MAPPING, write_deliveries

__all__ = ["FORMATS", "MAPPING", "write_deliveries"]
