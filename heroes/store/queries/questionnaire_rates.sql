-- Which share of the questionnaires expected at each planned visit was filled in, over all sites of the trial?
--
-- Completion is open to all who see the trial's enrolment; what was answered, and how many are still followed, is not. So there are
-- whole percentages and no counts.
-- Columns, one row per instrument and planned visit: instrument, visit_code, planned_day (days from the inclusion),
--   percent    whole; null where too few were expected to be shown
FROM questionnaire_rate
ORDER BY instrument, planned_day, visit_code
