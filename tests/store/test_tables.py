"""All tables of a cut as frames, as an import lays a partial delivery over them."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from heroes.errors import UnknownDataCutError
from heroes.model.contents import CutContents
from heroes.store.cuts import publish_cut
from heroes.store.tables import read_tables

CONTENTS = CutContents(
    study_id="X-1", cut_off=date(2026, 1, 31), protocol_digest="0" * 64,
    tables={
        "site": pd.DataFrame({"site_id": ["01"], "label": [None], "region": [None], "activated_on": [date(2025, 1, 1)], "closed_on": [None], "target_n": [5]}),
    },
)  # fmt: skip


def test_the_tables_that_hold_rows_come_back_as_they_went_in(tmp_path):
    tables = read_tables(publish_cut(CONTENTS, tmp_path, imported_at=datetime(2026, 2, 1, tzinfo=UTC)).cut)
    assert list(tables) == ["site"]
    assert tables["site"]["site_id"].tolist() == ["01"] and tables["site"]["target_n"].tolist() == [5]


def test_a_cut_that_is_gone_is_said_to_be(tmp_path):
    cut = publish_cut(CONTENTS, tmp_path, imported_at=datetime(2026, 2, 1, tzinfo=UTC)).cut
    cut.path.unlink()
    with pytest.raises(UnknownDataCutError):
        read_tables(cut)
