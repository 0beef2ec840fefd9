"""A delivery dropped on the Data page: checked, compared, confirmed, published; refused, it leaves nothing behind."""

import tempfile
from pathlib import Path

import pytest

from heroes.app import importing
from heroes.store import audit
from heroes.store.cuts import list_cuts, newest_cut
from tests.builders import publish
from tests.pages.conftest import a_tiny_trial, words_on

HEAD = "study_id,cut_off,simulated\nHEROES-SIM,{cut_off},true\n"
SUBJECT = "subject_id,site_id\n01-001,01\n01-002,01\n"
MILESTONE = "subject_id,kind,date\n01-001,INCLUDED,2025-01-10\n01-002,INCLUDED,2025-01-20\n01-001,TX_STOP,2025-01-12\n"
RESULTS = "result_id,subject_id,date,call,marker\n01-001-R1,01-001,2024-12-20,NEGATIVE,Signatera\nR9,01-002,2026-02-02,POSITIVE,Signatera\n"


def delivery(cut_off="2026-02-28", **files):
    told = {"data_cut": HEAD.format(cut_off=cut_off), "subject": SUBJECT, "milestone": MILESTONE, **files}
    return [(f"{name}.csv", text.encode(), "text/csv") for name, text in told.items() if text is not None]


def button(page, key):
    return next(button for button in page.button if button.key == key)


def upload(page, files):
    uploader = next(each for each in page.file_uploader if each.key.startswith("import_files"))
    uploader.set_value(files)
    page.run()
    button(page, "import_check").click()
    page.run()
    assert not page.exception, page.exception
    return page


@pytest.fixture(autouse=True)
def temporary_folders(tmp_path_factory, monkeypatch):
    """Where uploads lie while they are read; empty at the end of every test."""
    folder = tmp_path_factory.mktemp("uploads")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert [path.name for path in folder.iterdir()] == []


def test_a_delivery_is_recognised_compared_confirmed_and_published(run_page, tiny, folder):
    page = upload(run_page("data", section="import"), delivery(ctdna_result=RESULTS))
    recognised = page.dataframe[0].value
    read_into = recognised["Read into"].fillna("").tolist()
    assert dict(zip(recognised["File"], read_into, strict=True)) == {
        "data_cut.csv": "", "subject.csv": "subject", "milestone.csv": "milestone", "ctdna_result.csv": "ctdna_result",
    }
    assert recognised["Rows"].tolist() == [1, 2, 3, 2]
    changes = next(frame.value for frame in page.dataframe if "Changes" in frame.value.columns)
    told = {(row["Change"], row["Event"]): row["Patients"] for row in changes.fillna({"Event": ""}).to_dict("records")}
    assert told[("Patient vanished", "")] == 2  # the delivery holds two of four
    assert told[("New event", "ctDNA positive")] == 1
    assert len(list_cuts(folder).cuts) == 1, "nothing is published before it is confirmed"
    button(page, "import_confirm").click()
    page.run()
    assert not page.exception, page.exception
    published = newest_cut(folder)
    assert published.cut_off.isoformat() == "2026-02-28" and published.row_counts["subject"] == 2
    assert f"Published: data cut {published.stem}." in words_on(page)
    event = audit.list_audit(folder).iloc[-1]
    assert (event.action, event.object, event.actor_role) == ("IMPORT_ACCEPT", published.stem, "statistician")
    assert event.session_id


def test_what_was_imported_stands_in_the_history(run_page, tiny, folder):
    page = upload(run_page("data", section="import"), delivery())
    button(page, "import_confirm").click()
    page.run()
    history = run_page("data", section="history").dataframe[0].value
    assert list(history["Data cut"]) == [newest_cut(folder).stem] and list(history["Accepted"]) == [True]
    assert "milestone.csv" in history["Files, each with the start of its SHA-256"][0]


@pytest.mark.parametrize(
    "files",
    [
        [("subject.csv", b"", "text/csv")], [("empty.csv", b"a,b\n", "text/csv")], [("broken.xpt", b"HEADER RECORD*******LIB" * 9, "")],
        [("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(99), "image/png")], [("bomb.zip", b"PK\x03\x04" + bytes(40), "")],
        [("subject.csv", b"subject_id,site_id\n\xff\xfe\x00\x01,\n", "text/csv")], [("../../up.csv", b"x\n1\n", "text/csv")],
        [(f"{'n' * 400}.csv", b"x\n1\n", "text/csv")], [("", b"x\n1\n", "text/csv")],
        delivery(milestone="subject_id,kind,date\n09-009,INCLUDED,2025-01-10\n"),
    ],
)
def test_a_refused_delivery_says_why_and_leaves_nothing_behind(run_page, tiny, folder, files):
    before = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    page = upload(run_page("data", section="import"), files)
    assert "This delivery is refused" in words_on(page)
    groups = next(frame.value for frame in page.dataframe if "Findings" in frame.value.columns)
    assert "error" in set(groups["Severity"])
    assert "import_confirm" not in {each.key for each in page.button}
    after = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert after == before and len(list_cuts(folder).cuts) == 1


def test_findings_name_rows_and_never_a_value(run_page, tiny):
    secret = "SECRETVALUE"
    page = upload(run_page("data", section="import"), delivery(ctdna_result=RESULTS.replace("POSITIVE", secret)))
    shown = "".join(frame.value.to_csv() for frame in page.dataframe) + words_on(page)
    assert secret not in shown
    assert "ctdna_result.csv, 3, call" in shown


def test_the_same_records_again_are_nothing_new(run_page, folder):
    page = upload(run_page("data", section="import"), delivery())
    button(page, "import_confirm").click()
    page.run()
    page = upload(run_page("data", section="import"), delivery())
    assert "There is nothing to import" in words_on(page)
    assert button(page, "import_confirm").disabled


def test_the_first_delivery_of_an_empty_folder_can_be_dropped_here(run_page, folder):
    page = upload(run_page("data"), delivery())
    assert "This is the first data cut of the folder." in words_on(page)
    button(page, "import_confirm").click()
    page.run()
    assert newest_cut(folder).row_counts["subject"] == 2


def test_a_mapping_can_be_written_here_and_a_wrong_one_is_told(run_page, tiny):
    page = run_page("data", section="import")
    page.text_area[0].set_value('study = "X"')
    upload(page, delivery())
    assert "this entry is not known" in words_on(page)
    files = [("patients.csv", b"Code,Centre,Incl\n01-001,01,2025-01-10\n", "text/csv")]
    mapping = (
        'study_id = "HEROES-SIM"\nsimulated = true\ncut_off = 2026-02-28\n[[table]]\nfrom = "patients"\nto = "subject"\n'
        'columns = { subject_id = "Code", site_id = "Centre" }\n[[table]]\nfrom = "patients"\nto = "milestone"\n'
        'columns = { subject_id = "Code", kind = { constant = "INCLUDED" }, day = "Incl" }\n'
    )
    page = run_page("data", section="import")
    page.text_area[0].set_value(mapping)
    upload(page, files)
    assert page.dataframe[0].value["Read into"].tolist() == ["subject, milestone"]
    assert "import_confirm" in {each.key for each in page.button}


def test_a_mapping_is_drafted_from_the_files_finished_here_and_used(run_page, tiny, folder):
    patients = "Code patient;Centre;Sexe;Inclusion\n01-001;01;Femme;10/01/2025\n01-002;02;1;20/01/2025\n"
    page = run_page("data", section="import")
    next(each for each in page.file_uploader if each.key.startswith("import_files")).set_value([("patients.csv", patients.encode(), "text/csv")])
    page.run()
    button(page, "import_draft").click()
    page.run()
    draft = page.text_area[0].value
    assert 'day = { column = "Inclusion", format = "%d/%m/%Y" }' in draft
    assert "say which code of “Sexe” is F, M or U" in words_on(page)
    assert "guesses are marked" in words_on(page) and page.get("download_button")
    finished = draft.replace("# study_id = ", 'study_id = "HEROES-SIM" # ').replace("# simulated = true", "simulated = true")
    finished = finished.replace("# cut_off = 2026-01-31", "cut_off = 2026-03-31")
    finished = finished.replace('# sex = { column = "Sexe", codes = { Femme = "?", 1 = "?" } }', 'sex = { column = "Sexe", codes = { Femme = "F", 1 = "M" } }')
    page.text_area[0].set_value(finished)
    page.run()
    button(page, "import_check").click()
    page.run()
    button(page, "import_confirm").click()
    page.run()
    assert not page.exception, page.exception
    assert newest_cut(folder).row_counts["subject"] == 2


def test_a_mapping_is_checked_as_it_is_written(run_page, tiny):
    page = run_page("data", section="import")
    page.text_area[0].set_value('[[table]]\nfrom = "x"\nto = "nowhere"\n')
    page.run()
    assert "is no table" in words_on(page)


def test_files_changed_after_the_check_must_be_checked_again(run_page, tiny):
    page = upload(run_page("data", section="import"), delivery())
    page.text_area[0].set_value("cut_off = 2026-03-31")
    page.run()
    assert "Check the delivery again." in words_on(page)
    assert "import_confirm" not in {each.key for each in page.button}


def test_two_people_importing_at_once(run_page, tiny, folder):
    """Both checked against the same newest cut; the second to confirm is asked to look again."""
    mine, theirs = run_page("data", section="import"), run_page("data", section="import")
    upload(mine, delivery())
    upload(theirs, delivery(cut_off="2026-03-31"))
    button(mine, "import_confirm").click()
    mine.run()
    assert newest_cut(folder).cut_off.isoformat() == "2026-02-28"
    button(theirs, "import_confirm").click()
    theirs.run()
    assert "Check the delivery again." in words_on(theirs)
    assert newest_cut(folder).cut_off.isoformat() == "2026-02-28" and len(list_cuts(folder).cuts) == 2


def test_a_cut_published_between_look_and_confirmation_is_not_overlooked(folder):
    """The same race in the last moment, below the page."""
    from datetime import UTC, datetime

    from heroes.errors import MisuseError

    publish(a_tiny_trial(), folder)
    uploads = [importing.Upload(name, content) for name, content, _ in delivery()]
    common = {"at": datetime.now(UTC), "actor": "a", "role": "statistician", "session_id": "s", "progress": lambda stage: None}
    with pytest.raises(MisuseError, match="Another data cut was published"):
        importing.import_upload(uploads, "", None, folder, after="0" * 64, **common)
    assert len(list_cuts(folder).cuts) == 1
    told = []
    result = importing.import_upload(uploads, "", None, folder, after=newest_cut(folder).digest, **{**common, "progress": told.append})
    assert result.published.is_new and told == ["READ", "PUBLISH", "RECORD"]


@pytest.mark.parametrize("role", ["monitor", "sponsor", "investigator", "coordinating_investigator", "dsmb", "administrator"])
def test_only_the_statistician_imports(run_page, tiny, role):
    page = run_page("data", role=role, section="import")
    assert not page.file_uploader
    assert run_page("data", section="import").file_uploader


@pytest.mark.parametrize("role", ["monitor", "sponsor", "investigator", "coordinating_investigator", "dsmb", "administrator"])
def test_nobody_else_imports_into_an_empty_folder(run_page, folder, role):
    assert not run_page("data", role=role).file_uploader


def test_real_patients_are_not_imported_without_acknowledgement(run_page, folder, monkeypatch):
    real = delivery(data_cut="study_id,cut_off,simulated\nUC-BCG-2312,2026-02-28,false\n")
    page = upload(run_page("data"), real)
    assert "heroes serve --open" in words_on(page)
    assert "import_confirm" not in {each.key for each in page.button}
    monkeypatch.setenv("HEROES_OPEN", "1")
    page = upload(run_page("data"), real)
    assert "import_confirm" in {each.key for each in page.button}


def test_names_of_uploads_are_never_paths():
    for name in ("../../etc/passwd", "a/b/c.csv", "..\\..\\x.csv", "", ".", "..", "n" * 400 + ".csv", "x\0y.csv"):
        with importing.laid_out([importing.Upload(name, b"x")], "") as (paths, mapping):
            assert mapping is None
            (path,) = paths
            assert path.read_bytes() == b"x"
            assert path.parent.name == "1" and path.parent.parent.parent == Path(tempfile.gettempdir())
        assert not path.exists()


def test_too_many_files_are_for_the_command(run_page, tiny):
    page = upload(run_page("data", section="import"), [(f"f{n}.csv", b"x\n1\n", "text/csv") for n in range(importing.MOST_FILES + 1)])
    assert "heroes import" in words_on(page)
