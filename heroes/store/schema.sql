-- The tables of a data cut. Written by `python -m heroes.store.schema` from heroes/model/records.py: change it there.
-- Schema version 3. Day columns count whole days from each patient's day 0 (subject.origin_kind).

CREATE TABLE data_cut (
    study_id VARCHAR NOT NULL CHECK (length(study_id) BETWEEN 1 AND 200),
    cut_off DATE NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    digest VARCHAR NOT NULL,
    simulated BOOLEAN NOT NULL,
    imported_at TIMESTAMP NOT NULL,
    marker VARCHAR,
    marker_unit VARCHAR,
    row_counts VARCHAR NOT NULL,
    table_digests VARCHAR NOT NULL,
    sources VARCHAR NOT NULL,
    findings VARCHAR NOT NULL,
    importer_version VARCHAR NOT NULL CHECK (length(importer_version) BETWEEN 1 AND 200),
    schema_version INTEGER NOT NULL CHECK (schema_version >= 1),
    protocol_digest VARCHAR NOT NULL,
    manifest_digest VARCHAR NOT NULL,
    PRIMARY KEY (digest)
);
COMMENT ON TABLE data_cut IS 'The row of `data_cut`. JSON columns hold objects with sorted keys.';
COMMENT ON COLUMN data_cut.study_id IS 'STUDYID of the trial';
COMMENT ON COLUMN data_cut.cut_off IS 'Cut-off date: what was known at the end of this day';
COMMENT ON COLUMN data_cut.sequence IS '1 for the first cut of this cut-off date, 2 for the next';
COMMENT ON COLUMN data_cut.digest IS 'SHA-256 over cut-off date, study and the digests of the clinical tables';
COMMENT ON COLUMN data_cut.simulated IS 'The patients are invented';
COMMENT ON COLUMN data_cut.imported_at IS 'When the cut was made, UTC';
COMMENT ON COLUMN data_cut.marker IS 'What ctdna_result measures';
COMMENT ON COLUMN data_cut.marker_unit IS 'Unit of its quantity';
COMMENT ON COLUMN data_cut.row_counts IS 'JSON: number of rows of each table';
COMMENT ON COLUMN data_cut.table_digests IS 'JSON: SHA-256 of each table''s records, whatever file format they came in';
COMMENT ON COLUMN data_cut.sources IS 'JSON: files of the delivery with SHA-256 and size in bytes';
COMMENT ON COLUMN data_cut.findings IS 'JSON: number of findings of the import by severity';
COMMENT ON COLUMN data_cut.importer_version IS 'Version of the program that made the cut';
COMMENT ON COLUMN data_cut.schema_version IS 'Version of the tables';
COMMENT ON COLUMN data_cut.protocol_digest IS 'SHA-256 of the protocol''s values at the import';
COMMENT ON COLUMN data_cut.manifest_digest IS 'SHA-256 over all other columns of this row';

CREATE TABLE site (
    site_id VARCHAR NOT NULL CHECK (length(site_id) BETWEEN 1 AND 200),
    label VARCHAR,
    region VARCHAR,
    activated_on DATE,
    closed_on DATE,
    target_n INTEGER CHECK (target_n >= 0),
    PRIMARY KEY (site_id)
);
COMMENT ON TABLE site IS 'Hospitals of the trial. A site''s dates are dates: they are no patient''s.';
COMMENT ON COLUMN site.site_id IS 'Site code: an internal number, not a town and not a FINESS code';
COMMENT ON COLUMN site.label IS 'How screens name the site where that is not its code';
COMMENT ON COLUMN site.region IS 'Region, for lists';
COMMENT ON COLUMN site.activated_on IS 'Day the site was opened for screening';
COMMENT ON COLUMN site.closed_on IS 'Day the site was closed; empty while open';
COMMENT ON COLUMN site.target_n IS 'Planned inclusions of the site';

CREATE TABLE site_plan (
    site_id VARCHAR NOT NULL CHECK (length(site_id) BETWEEN 1 AND 200),
    month DATE NOT NULL,
    planned_inclusions DOUBLE NOT NULL CHECK (planned_inclusions >= 0 AND isfinite(planned_inclusions)),
    PRIMARY KEY (site_id, month),
    FOREIGN KEY (site_id) REFERENCES site (site_id)
);
COMMENT ON TABLE site_plan IS 'Planned inclusions per site and calendar month.';
COMMENT ON COLUMN site_plan.site_id IS 'Site code';
COMMENT ON COLUMN site_plan.month IS 'First day of the calendar month';
COMMENT ON COLUMN site_plan.planned_inclusions IS 'Inclusions planned in this month';

CREATE TABLE subject (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    site_id VARCHAR NOT NULL CHECK (length(site_id) BETWEEN 1 AND 200),
    origin_kind VARCHAR NOT NULL CHECK (origin_kind IN ('INCLUSION', 'CONSENT1', 'FIRST_RECORD')),
    origin_to_cut_off_days INTEGER CHECK (origin_to_cut_off_days BETWEEN -40000 AND 40000),
    age_y INTEGER CHECK (age_y BETWEEN 18 AND 110),
    sex VARCHAR CHECK (sex IN ('F', 'M', 'U')),
    er_status VARCHAR CHECK (er_status IN ('POSITIVE', 'NEGATIVE')),
    her2_method VARCHAR CHECK (her2_method IN ('IHC3+', 'AMPLIFIED')),
    line_of_therapy INTEGER CHECK (line_of_therapy BETWEEN 1 AND 3),
    line_ge2 BOOLEAN,
    ecog INTEGER CHECK (ecog BETWEEN 0 AND 4),
    prior_tx VARCHAR,
    months_on_anti_her2 DOUBLE CHECK (months_on_anti_her2 >= 0 AND isfinite(months_on_anti_her2)),
    response_at_entry VARCHAR CHECK (response_at_entry IN ('CR', 'PR', 'SD', 'PD', 'NE', 'NON-CR/NON-PD', 'NED')),
    bone_only BOOLEAN,
    PRIMARY KEY (subject_id),
    FOREIGN KEY (site_id) REFERENCES site (site_id)
);
COMMENT ON TABLE subject IS 'One row per patient who gave a first consent. No calendar date of a patient is stored anywhere.';
COMMENT ON COLUMN subject.subject_id IS 'Study code of the patient';
COMMENT ON COLUMN subject.site_id IS 'Site that follows the patient';
COMMENT ON COLUMN subject.origin_kind IS 'Which step is this patient''s day 0';
COMMENT ON COLUMN subject.origin_to_cut_off_days IS 'Days from day 0 to the cut-off date; empty where the delivery has relative times only';
COMMENT ON COLUMN subject.age_y IS 'Age at inclusion, whole years; above 89 is stored as 90';
COMMENT ON COLUMN subject.sex IS 'Sex';
COMMENT ON COLUMN subject.er_status IS 'Oestrogen receptor status';
COMMENT ON COLUMN subject.her2_method IS 'How HER2 positivity was shown';
COMMENT ON COLUMN subject.line_of_therapy IS 'Line of metastatic therapy at inclusion; 3 means third or later';
COMMENT ON COLUMN subject.line_ge2 IS 'Second line or later (capped at half of the population)';
COMMENT ON COLUMN subject.ecog IS 'ECOG performance status at inclusion';
COMMENT ON COLUMN subject.prior_tx IS 'Anti-HER2 therapy that is stopped, by class';
COMMENT ON COLUMN subject.months_on_anti_her2 IS 'Months on anti-HER2 therapy before inclusion';
COMMENT ON COLUMN subject.response_at_entry IS 'Last radiological response before inclusion';
COMMENT ON COLUMN subject.bone_only IS 'Bone-only disease';

CREATE TABLE milestone (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    kind VARCHAR NOT NULL CHECK (kind IN ('CONSENT1', 'TISSUE_SENT', 'ASSAY_READY', 'BASELINE_DRAW', 'BASELINE_RESULT', 'CONSENT2', 'INCLUDED', 'TX_STOP', 'TX_RESUME', 'TX_NEW', 'DEATH', 'LTFU', 'WITHDRAWN', 'COMPLETED', 'DISCONTINUED', 'LAST_ALIVE')),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    day INTEGER NOT NULL CHECK (day BETWEEN -40000 AND 40000),
    PRIMARY KEY (subject_id, kind, seq),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE milestone IS 'Dated steps of each patient: consents, assay, inclusion, stop, restart, end.';
COMMENT ON COLUMN milestone.subject_id IS 'Patient';
COMMENT ON COLUMN milestone.kind IS 'Which step';
COMMENT ON COLUMN milestone.seq IS '1 for the first step of this kind, 2 for the next';
COMMENT ON COLUMN milestone.day IS 'Day of the step';

CREATE TABLE screen_outcome (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    status VARCHAR NOT NULL CHECK (status IN ('PENDING', 'INCLUDED', 'FAILED')),
    reason VARCHAR CHECK (reason IN ('CTDNA_POSITIVE_BASELINE', 'TISSUE_INADEQUATE', 'ASSAY_FAILED', 'BASELINE_NOT_EVALUABLE', 'ELIGIBILITY', 'PROGRESSION_BEFORE_INCLUSION', 'CONSENT_DECLINED', 'DEATH', 'OTHER')),
    PRIMARY KEY (subject_id),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE screen_outcome IS 'Where each screened patient stands, and why a screening failed.';
COMMENT ON COLUMN screen_outcome.subject_id IS 'Patient';
COMMENT ON COLUMN screen_outcome.status IS 'Included, failed, or still in screening';
COMMENT ON COLUMN screen_outcome.reason IS 'Why the screening failed';

CREATE TABLE visit_plan (
    visit_code VARCHAR NOT NULL CHECK (length(visit_code) BETWEEN 1 AND 200),
    planned_day INTEGER NOT NULL CHECK (planned_day BETWEEN -1000 AND 10000),
    window_minus INTEGER CHECK (window_minus >= 0),
    window_plus INTEGER CHECK (window_plus >= 0),
    needs_ctdna BOOLEAN NOT NULL,
    needs_imaging BOOLEAN NOT NULL,
    needs_qol BOOLEAN NOT NULL,
    PRIMARY KEY (visit_code)
);
COMMENT ON TABLE visit_plan IS 'The schedule: planned visits in days from inclusion, with windows.';
COMMENT ON COLUMN visit_plan.visit_code IS 'Planned visit';
COMMENT ON COLUMN visit_plan.planned_day IS 'Days from inclusion';
COMMENT ON COLUMN visit_plan.window_minus IS 'Days the visit may be early; empty where no window is set';
COMMENT ON COLUMN visit_plan.window_plus IS 'Days the visit may be late; empty where no window is set';
COMMENT ON COLUMN visit_plan.needs_ctdna IS 'A ctDNA draw belongs to the visit';
COMMENT ON COLUMN visit_plan.needs_imaging IS 'A tumour assessment belongs to the visit';
COMMENT ON COLUMN visit_plan.needs_qol IS 'A questionnaire belongs to the visit';

CREATE TABLE visit (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    visit_code VARCHAR NOT NULL CHECK (length(visit_code) BETWEEN 1 AND 200),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    day INTEGER CHECK (day BETWEEN -40000 AND 40000),
    status VARCHAR NOT NULL CHECK (status IN ('DONE', 'MISSED', 'UNPLANNED')),
    PRIMARY KEY (subject_id, visit_code, seq),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE visit IS 'Visits done, missed, or outside the plan.';
COMMENT ON COLUMN visit.subject_id IS 'Patient';
COMMENT ON COLUMN visit.visit_code IS 'Planned visit, or a name of its own';
COMMENT ON COLUMN visit.seq IS '1 for the first visit of this code, 2 for the next';
COMMENT ON COLUMN visit.day IS 'Day of the visit; empty where it was missed';
COMMENT ON COLUMN visit.status IS 'What became of the visit';

CREATE TABLE specimen (
    specimen_id VARCHAR NOT NULL CHECK (length(specimen_id) BETWEEN 1 AND 200),
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    visit_code VARCHAR,
    collected_day INTEGER NOT NULL CHECK (collected_day BETWEEN -40000 AND 40000),
    received_day INTEGER CHECK (received_day BETWEEN -40000 AND 40000),
    PRIMARY KEY (specimen_id),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE specimen IS 'Blood drawn for ctDNA, with or without a result yet.';
COMMENT ON COLUMN specimen.specimen_id IS 'Specimen';
COMMENT ON COLUMN specimen.subject_id IS 'Patient';
COMMENT ON COLUMN specimen.visit_code IS 'Planned visit the draw belongs to';
COMMENT ON COLUMN specimen.collected_day IS 'Day of the draw';
COMMENT ON COLUMN specimen.received_day IS 'Day the laboratory received it';

CREATE TABLE ctdna_result (
    result_id VARCHAR NOT NULL CHECK (length(result_id) BETWEEN 1 AND 200),
    specimen_id VARCHAR,
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    visit_code VARCHAR,
    day INTEGER NOT NULL CHECK (day BETWEEN -40000 AND 40000),
    call VARCHAR NOT NULL CHECK (call IN ('POSITIVE', 'NEGATIVE', 'NOT_EVALUABLE')),
    marker VARCHAR NOT NULL,
    quantity DOUBLE CHECK (quantity >= 0 AND isfinite(quantity)),
    unit VARCHAR,
    qualifier VARCHAR CHECK (qualifier IN ('=', '<', '>', '~')),
    variants_detected INTEGER CHECK (variants_detected BETWEEN 0 AND 16),
    variants_tracked INTEGER CHECK (variants_tracked BETWEEN 0 AND 16),
    mean_vaf_pct DOUBLE CHECK (mean_vaf_pct BETWEEN 0 AND 100),
    design_version VARCHAR,
    resulted_day INTEGER CHECK (resulted_day BETWEEN -40000 AND 40000),
    failure_reason VARCHAR CHECK (failure_reason IN ('TISSUE_INSUFFICIENT', 'TUMOUR_CONTENT_LOW', 'EXOME_QC_FAIL', 'TOO_FEW_VARIANTS', 'NORMAL_DNA_FAIL', 'PLASMA_VOLUME_LOW', 'HAEMOLYSIS', 'TUBE_EXPIRED', 'CFDNA_YIELD_LOW', 'LIBRARY_QC_FAIL', 'CONTAMINATION', 'SAMPLE_SWAP_SNP_MISMATCH', 'LOST_IN_TRANSIT', 'CANCELLED_BY_SITE', 'OTHER')),
    amended BOOLEAN NOT NULL DEFAULT false,
    superseded_by VARCHAR,
    PRIMARY KEY (result_id),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE ctdna_result IS 'Results of serial ctDNA (or of the marker that the mapping names), superseded ones included.';
COMMENT ON COLUMN ctdna_result.result_id IS 'Result; an amended result is a row of its own';
COMMENT ON COLUMN ctdna_result.specimen_id IS 'Specimen it was measured on';
COMMENT ON COLUMN ctdna_result.subject_id IS 'Patient';
COMMENT ON COLUMN ctdna_result.visit_code IS 'Planned visit the draw belongs to';
COMMENT ON COLUMN ctdna_result.day IS 'Day the blood was drawn (not the day of the report)';
COMMENT ON COLUMN ctdna_result.call IS 'The laboratory''s call; never recomputed';
COMMENT ON COLUMN ctdna_result.marker IS 'What was measured';
COMMENT ON COLUMN ctdna_result.quantity IS 'Quantity as delivered; compared within one patient only';
COMMENT ON COLUMN ctdna_result.unit IS 'Unit of the quantity; MTM/mL for Signatera';
COMMENT ON COLUMN ctdna_result.qualifier IS 'How the quantity stands to its measuring range';
COMMENT ON COLUMN ctdna_result.variants_detected IS 'Variants seen in plasma';
COMMENT ON COLUMN ctdna_result.variants_tracked IS 'Variants the personal assay follows';
COMMENT ON COLUMN ctdna_result.mean_vaf_pct IS 'Mean variant allele frequency, percent';
COMMENT ON COLUMN ctdna_result.design_version IS 'Version of the personal assay design';
COMMENT ON COLUMN ctdna_result.resulted_day IS 'Day of the result';
COMMENT ON COLUMN ctdna_result.failure_reason IS 'Why the result is not evaluable';
COMMENT ON COLUMN ctdna_result.amended IS 'This row amends an earlier result';
COMMENT ON COLUMN ctdna_result.superseded_by IS 'Result that replaces this one; empty for the current result';

CREATE TABLE lesion (
    lesion_id VARCHAR NOT NULL CHECK (length(lesion_id) BETWEEN 1 AND 200),
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    role VARCHAR NOT NULL CHECK (role IN ('TARGET', 'NON-TARGET', 'NEW')),
    organ VARCHAR,
    method VARCHAR,
    PRIMARY KEY (lesion_id),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE lesion IS 'Tumour lesions as identified (TU).';
COMMENT ON COLUMN lesion.lesion_id IS 'Lesion, unique in the trial';
COMMENT ON COLUMN lesion.subject_id IS 'Patient';
COMMENT ON COLUMN lesion.role IS 'Target, non-target or new';
COMMENT ON COLUMN lesion.organ IS 'Location';
COMMENT ON COLUMN lesion.method IS 'Imaging method';

CREATE TABLE lesion_measure (
    lesion_id VARCHAR NOT NULL CHECK (length(lesion_id) BETWEEN 1 AND 200),
    day INTEGER NOT NULL CHECK (day BETWEEN -40000 AND 40000),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    evaluator VARCHAR,
    diameter_mm DOUBLE CHECK (diameter_mm >= 0 AND isfinite(diameter_mm)),
    state VARCHAR CHECK (state IN ('PRESENT', 'ABSENT', 'NE')),
    PRIMARY KEY (lesion_id, day, seq),
    FOREIGN KEY (lesion_id) REFERENCES lesion (lesion_id),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE lesion_measure IS 'Lesion diameters and states over time (TR).';
COMMENT ON COLUMN lesion_measure.lesion_id IS 'Lesion';
COMMENT ON COLUMN lesion_measure.day IS 'Day of the scan';
COMMENT ON COLUMN lesion_measure.seq IS '1 for the first reading of that day, 2 for the next';
COMMENT ON COLUMN lesion_measure.subject_id IS 'Patient';
COMMENT ON COLUMN lesion_measure.evaluator IS 'Who measured';
COMMENT ON COLUMN lesion_measure.diameter_mm IS 'Diameter, mm';
COMMENT ON COLUMN lesion_measure.state IS 'State where no diameter is given';

CREATE TABLE response (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    day INTEGER NOT NULL CHECK (day BETWEEN -40000 AND 40000),
    evaluator VARCHAR NOT NULL CHECK (length(evaluator) BETWEEN 1 AND 200),
    criteria VARCHAR NOT NULL CHECK (criteria IN ('RECIST 1.1', 'PERCIST', 'OTHER')),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    visit_code VARCHAR,
    target VARCHAR,
    nontarget VARCHAR,
    new_lesion BOOLEAN,
    overall VARCHAR CHECK (overall IN ('CR', 'PR', 'SD', 'PD', 'NE', 'NON-CR/NON-PD', 'NED')),
    evaluable BOOLEAN NOT NULL,
    equivocal BOOLEAN,
    pd_confirmed BOOLEAN,
    PRIMARY KEY (subject_id, day, evaluator, criteria, seq),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE response IS 'Overall responses, one row per reading of a scan (RS).';
COMMENT ON COLUMN response.subject_id IS 'Patient';
COMMENT ON COLUMN response.day IS 'Day of the scan that shows it, not of its report';
COMMENT ON COLUMN response.evaluator IS 'Who read the scan: INVESTIGATOR, INDEPENDENT ASSESSOR, or a named reader of these';
COMMENT ON COLUMN response.criteria IS 'Rules by which it was read';
COMMENT ON COLUMN response.seq IS '1 for the first reading, 2 for a conflicting second';
COMMENT ON COLUMN response.visit_code IS 'Planned visit the scan belongs to';
COMMENT ON COLUMN response.target IS 'Response of target lesions';
COMMENT ON COLUMN response.nontarget IS 'Response of non-target lesions';
COMMENT ON COLUMN response.new_lesion IS 'A new lesion was seen';
COMMENT ON COLUMN response.overall IS 'Overall response; empty where its reading was not delivered, and where the scope shows only that a scan was done';
COMMENT ON COLUMN response.evaluable IS 'The scan could be evaluated (NE cannot)';
COMMENT ON COLUMN response.equivocal IS 'Progression is suspected, not yet certain';
COMMENT ON COLUMN response.pd_confirmed IS 'A later scan confirmed the progression';

CREATE TABLE treatment (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    agent_class VARCHAR NOT NULL CHECK (length(agent_class) BETWEEN 1 AND 200),
    start_day INTEGER CHECK (start_day BETWEEN -40000 AND 40000),
    end_day INTEGER CHECK (end_day BETWEEN -40000 AND 40000),
    reason VARCHAR NOT NULL CHECK (reason IN ('MAINTENANCE', 'RESUME_CTDNA', 'RESUME_PD', 'RESUME_OTHER', 'NEW_PD', 'STUDY', 'OTHER')),
    PRIMARY KEY (subject_id, seq),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE treatment IS 'Anticancer treatments with start and end (EX, EC, CM).';
COMMENT ON COLUMN treatment.subject_id IS 'Patient';
COMMENT ON COLUMN treatment.seq IS 'Order of start';
COMMENT ON COLUMN treatment.agent_class IS 'Class of the treatment';
COMMENT ON COLUMN treatment.start_day IS 'First day; empty where it began before the records';
COMMENT ON COLUMN treatment.end_day IS 'Last day; empty while ongoing';
COMMENT ON COLUMN treatment.reason IS 'Why it was given';

CREATE TABLE tte (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    paramcd VARCHAR NOT NULL CHECK (length(paramcd) BETWEEN 1 AND 200),
    start_day INTEGER CHECK (start_day BETWEEN -40000 AND 40000),
    end_day INTEGER CHECK (end_day BETWEEN -40000 AND 40000),
    aval DOUBLE NOT NULL CHECK (isfinite(aval)),
    avalu VARCHAR,
    aval_days DOUBLE CHECK (aval_days >= 0 AND isfinite(aval_days)),
    cnsr INTEGER NOT NULL CHECK (cnsr >= 0),
    evntdesc VARCHAR,
    cnsdtdsc VARCHAR,
    source VARCHAR,
    PRIMARY KEY (subject_id, paramcd),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE tte IS 'Times to event as delivered (ADTTE). Derived ones are asked of the records, not stored.';
COMMENT ON COLUMN tte.subject_id IS 'Patient';
COMMENT ON COLUMN tte.paramcd IS 'Parameter: PFS, OS …';
COMMENT ON COLUMN tte.start_day IS 'Origin of the time';
COMMENT ON COLUMN tte.end_day IS 'Day of the event or censoring (ADT)';
COMMENT ON COLUMN tte.aval IS 'Analysis value as delivered';
COMMENT ON COLUMN tte.avalu IS 'Unit of the analysis value as delivered';
COMMENT ON COLUMN tte.aval_days IS 'Analysis value in days; empty where its unit is not a time';
COMMENT ON COLUMN tte.cnsr IS '0 event, positive integers censored';
COMMENT ON COLUMN tte.evntdesc IS 'What the event or the censoring is';
COMMENT ON COLUMN tte.cnsdtdsc IS 'What the censoring date is';
COMMENT ON COLUMN tte.source IS 'Where the delivery says the time comes from';

CREATE TABLE qs_item (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    instrument VARCHAR NOT NULL CHECK (instrument IN ('QLQ-C30', 'QLQ-BR23', 'EQ-5D-5L')),
    day INTEGER NOT NULL CHECK (day BETWEEN -40000 AND 40000),
    item_no INTEGER NOT NULL CHECK (item_no BETWEEN 1 AND 99),
    value INTEGER CHECK (value BETWEEN 0 AND 100),
    PRIMARY KEY (subject_id, instrument, day, item_no),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE qs_item IS 'Answers to quality-of-life questionnaires, item by item. Item numbers only: the wording is under copyright.';
COMMENT ON COLUMN qs_item.subject_id IS 'Patient';
COMMENT ON COLUMN qs_item.instrument IS 'Questionnaire';
COMMENT ON COLUMN qs_item.day IS 'Day the questionnaire was filled in';
COMMENT ON COLUMN qs_item.item_no IS 'Number of the item within the questionnaire';
COMMENT ON COLUMN qs_item.value IS 'Answer as its number; empty where the item was not answered';

CREATE TABLE qs_form (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    instrument VARCHAR NOT NULL CHECK (instrument IN ('QLQ-C30', 'QLQ-BR23', 'EQ-5D-5L')),
    visit_code VARCHAR NOT NULL CHECK (length(visit_code) BETWEEN 1 AND 200),
    day INTEGER CHECK (day BETWEEN -40000 AND 40000),
    status VARCHAR NOT NULL CHECK (status IN ('DONE', 'MISSED', 'NOT_EXPECTED')),
    reason VARCHAR,
    PRIMARY KEY (subject_id, instrument, visit_code),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE qs_form IS 'Questionnaires expected, by visit: filled in, missed with the reason, or not expected (QS.QSSTAT, QSREASND).';
COMMENT ON COLUMN qs_form.subject_id IS 'Patient';
COMMENT ON COLUMN qs_form.instrument IS 'Questionnaire';
COMMENT ON COLUMN qs_form.visit_code IS 'Planned visit';
COMMENT ON COLUMN qs_form.day IS 'Day it was filled in; empty where it was not';
COMMENT ON COLUMN qs_form.status IS 'What became of the questionnaire';
COMMENT ON COLUMN qs_form.reason IS 'Coded reason why it was not filled in';

CREATE TABLE ae (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    term VARCHAR NOT NULL CHECK (length(term) BETWEEN 1 AND 200),
    soc VARCHAR,
    grade INTEGER CHECK (grade BETWEEN 1 AND 5),
    serious BOOLEAN,
    related BOOLEAN,
    start_day INTEGER CHECK (start_day BETWEEN -40000 AND 40000),
    end_day INTEGER CHECK (end_day BETWEEN -40000 AND 40000),
    PRIMARY KEY (subject_id, seq),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE ae IS 'Adverse events as coded terms (AE). The words of the report are not kept.';
COMMENT ON COLUMN ae.subject_id IS 'Patient';
COMMENT ON COLUMN ae.seq IS 'Order of start';
COMMENT ON COLUMN ae.term IS 'Preferred term of the dictionary (AEDECOD)';
COMMENT ON COLUMN ae.soc IS 'System organ class (AEBODSYS)';
COMMENT ON COLUMN ae.grade IS 'Severity grade, CTCAE';
COMMENT ON COLUMN ae.serious IS 'Serious adverse event';
COMMENT ON COLUMN ae.related IS 'Related to the study treatment, as the investigator judged';
COMMENT ON COLUMN ae.start_day IS 'First day';
COMMENT ON COLUMN ae.end_day IS 'Last day; empty while ongoing';

CREATE TABLE deviation (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    category VARCHAR NOT NULL CHECK (length(category) BETWEEN 1 AND 200),
    important BOOLEAN,
    day INTEGER CHECK (day BETWEEN -40000 AND 40000),
    PRIMARY KEY (subject_id, seq),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE deviation IS 'Protocol deviations (DV).';
COMMENT ON COLUMN deviation.subject_id IS 'Patient';
COMMENT ON COLUMN deviation.seq IS 'Order';
COMMENT ON COLUMN deviation.category IS 'Coded deviation (DVDECOD)';
COMMENT ON COLUMN deviation.important IS 'Important deviation; empty where the delivery does not say';
COMMENT ON COLUMN deviation.day IS 'Day of the deviation';

CREATE TABLE eligibility (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    criterion VARCHAR NOT NULL CHECK (length(criterion) BETWEEN 1 AND 200),
    category VARCHAR CHECK (category IN ('INCLUSION', 'EXCLUSION')),
    day INTEGER CHECK (day BETWEEN -40000 AND 40000),
    PRIMARY KEY (subject_id, criterion),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE eligibility IS 'Eligibility criteria that a patient did not meet (IE).';
COMMENT ON COLUMN eligibility.subject_id IS 'Patient';
COMMENT ON COLUMN eligibility.criterion IS 'Code of the criterion (IETESTCD)';
COMMENT ON COLUMN eligibility.category IS 'Inclusion or exclusion criterion (IECAT)';
COMMENT ON COLUMN eligibility.day IS 'Day it was assessed';

CREATE TABLE query_item (
    query_id VARCHAR NOT NULL CHECK (length(query_id) BETWEEN 1 AND 200),
    site_id VARCHAR NOT NULL CHECK (length(site_id) BETWEEN 1 AND 200),
    subject_id VARCHAR,
    opened_day INTEGER CHECK (opened_day BETWEEN -40000 AND 40000),
    answered_day INTEGER CHECK (answered_day BETWEEN -40000 AND 40000),
    closed_day INTEGER CHECK (closed_day BETWEEN -40000 AND 40000),
    state VARCHAR NOT NULL CHECK (state IN ('Candidate', 'Open', 'Answered', 'Closed', 'Cancelled', 'Resolved')),
    PRIMARY KEY (query_id),
    FOREIGN KEY (site_id) REFERENCES site (site_id),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE query_item IS 'Queries to the sites, as the data capture system keeps them.';
COMMENT ON COLUMN query_item.query_id IS 'Query';
COMMENT ON COLUMN query_item.site_id IS 'Site that was asked';
COMMENT ON COLUMN query_item.subject_id IS 'Patient it is about; days are empty where it is about none';
COMMENT ON COLUMN query_item.opened_day IS 'Day it was opened';
COMMENT ON COLUMN query_item.answered_day IS 'Day it was answered; empty while it was not';
COMMENT ON COLUMN query_item.closed_day IS 'Day it was closed; empty while open';
COMMENT ON COLUMN query_item.state IS 'Where it stands';

CREATE TABLE page_entry (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    page VARCHAR NOT NULL CHECK (length(page) BETWEEN 1 AND 200),
    visit_code VARCHAR NOT NULL CHECK (length(visit_code) BETWEEN 1 AND 200),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    visit_day INTEGER CHECK (visit_day BETWEEN -40000 AND 40000),
    entered_day INTEGER CHECK (entered_day BETWEEN -40000 AND 40000),
    n_points INTEGER CHECK (n_points >= 0),
    n_changed INTEGER CHECK (n_changed >= 0),
    PRIMARY KEY (subject_id, page, visit_code, seq),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE page_entry IS 'Pages of the case report form: when the visit was, when its data were entered, what was changed later.';
COMMENT ON COLUMN page_entry.subject_id IS 'Patient';
COMMENT ON COLUMN page_entry.page IS 'Page of the form';
COMMENT ON COLUMN page_entry.visit_code IS 'Planned visit, or a name of its own';
COMMENT ON COLUMN page_entry.seq IS '1 for the first page of this kind at the visit, 2 for the next';
COMMENT ON COLUMN page_entry.visit_day IS 'Day of the visit';
COMMENT ON COLUMN page_entry.entered_day IS 'Day the page was first saved; empty while it is not';
COMMENT ON COLUMN page_entry.n_points IS 'Data points on the page';
COMMENT ON COLUMN page_entry.n_changed IS 'Data points changed at least once after the first entry';

CREATE TABLE subject_site (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    from_day INTEGER NOT NULL CHECK (from_day BETWEEN -40000 AND 40000),
    site_id VARCHAR NOT NULL CHECK (length(site_id) BETWEEN 1 AND 200),
    PRIMARY KEY (subject_id, from_day),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id),
    FOREIGN KEY (site_id) REFERENCES site (site_id)
);
COMMENT ON TABLE subject_site IS 'Sites of a patient who moved, each from its day on. The last one is `subject.site_id`; the first included them.';
COMMENT ON COLUMN subject_site.subject_id IS 'Patient';
COMMENT ON COLUMN subject_site.from_day IS 'First day at this site';
COMMENT ON COLUMN subject_site.site_id IS 'Site';

CREATE TABLE subject_link (
    subject_id VARCHAR NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 200),
    earlier_subject_id VARCHAR NOT NULL CHECK (length(earlier_subject_id) BETWEEN 1 AND 200),
    PRIMARY KEY (subject_id),
    FOREIGN KEY (subject_id) REFERENCES subject (subject_id)
);
COMMENT ON TABLE subject_link IS 'Patients screened again under another code: both codes stay.';
COMMENT ON COLUMN subject_link.subject_id IS 'Patient, by the later code';
COMMENT ON COLUMN subject_link.earlier_subject_id IS 'The same patient''s earlier code';

CREATE TABLE site_location (
    site_id VARCHAR NOT NULL CHECK (length(site_id) BETWEEN 1 AND 200),
    latitude DOUBLE NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude DOUBLE NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    PRIMARY KEY (site_id),
    FOREIGN KEY (site_id) REFERENCES site (site_id)
);
COMMENT ON TABLE site_location IS 'Where a site lies, for the map.';
COMMENT ON COLUMN site_location.site_id IS 'Site code';
COMMENT ON COLUMN site_location.latitude IS 'Degrees north (WGS 84)';
COMMENT ON COLUMN site_location.longitude IS 'Degrees east (WGS 84)';

CREATE TABLE import_issue (
    seq INTEGER NOT NULL CHECK (seq >= 1),
    severity VARCHAR NOT NULL CHECK (severity IN ('ERROR', 'QUERY', 'NOTE')),
    rule VARCHAR NOT NULL CHECK (length(rule) BETWEEN 1 AND 200),
    file VARCHAR,
    table_name VARCHAR,
    row_ref VARCHAR,
    column_name VARCHAR,
    subject_id VARCHAR,
    message VARCHAR NOT NULL CHECK (length(message) BETWEEN 1 AND 1000),
    remedy VARCHAR NOT NULL CHECK (length(remedy) BETWEEN 1 AND 1000),
    PRIMARY KEY (seq)
);
COMMENT ON TABLE import_issue IS 'Queries and notes of the import, kept with the cut. Never a value.';
COMMENT ON COLUMN import_issue.seq IS 'Order';
COMMENT ON COLUMN import_issue.severity IS 'Query or note';
COMMENT ON COLUMN import_issue.rule IS 'Rule that was not met';
COMMENT ON COLUMN import_issue.file IS 'File of the delivery';
COMMENT ON COLUMN import_issue.table_name IS 'Table of the cut';
COMMENT ON COLUMN import_issue.row_ref IS 'Row of the file, or rows';
COMMENT ON COLUMN import_issue.column_name IS 'Column of the file';
COMMENT ON COLUMN import_issue.subject_id IS 'Patient, where it is about one';
COMMENT ON COLUMN import_issue.message IS 'What was found, without any value';
COMMENT ON COLUMN import_issue.remedy IS 'What to do';
