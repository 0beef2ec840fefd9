-- How many patients had which event, or were censored, at each time, over all sites?
-- Columns: paramcd, time_days, cause (0 censored; else as in the question that answers for the parameter), n.
-- No patient and no site is named. Reads the answer to that question, asked once for every parameter.
SELECT paramcd, time_days, cause, count(*) AS n
FROM times
GROUP BY paramcd, time_days, cause
ORDER BY paramcd, time_days, cause
