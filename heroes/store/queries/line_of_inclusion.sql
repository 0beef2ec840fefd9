-- How many of the included patients are in second line or later, against the protocol's cap?
--
-- Columns, one row: n_included, n_known (patients whose line was delivered), n_line_ge2 (null where the scope may not see a group
--   of fewer than five)
FROM line_cap
