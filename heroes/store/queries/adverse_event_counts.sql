-- How many included patients of all sites had which adverse event, without fatal ones?
--
-- Without rows unless the protocol opens the trial's safety (privacy.open_safety). Events of few
-- patients are left out, cells of few patients are null, for those who may not see all patients.
-- Columns, one row per term, the first for any event: term (null: any), n, n_low (worst grade 1 or 2), n_high (3 or 4)
FROM adverse_event_count
ORDER BY term IS NOT NULL, n DESC, term
