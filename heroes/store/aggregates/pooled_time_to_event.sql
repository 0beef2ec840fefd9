-- How many patients had an event, a competing event, or were censored, at each time, over all sites?
-- Columns: paramcd, estimand, time_days, n_events, n_competing, n_censored. No patient and no site is named.
-- n_competing is 0 but for while-on-strategy, where a restart of therapy competes with progression and death.
-- Reads the answer to the question time_to_event, asked once for every estimand.
SELECT
    paramcd,
    $estimand AS estimand,
    time_days,
    count(*) FILTER (cause = 1) AS n_events,
    count(*) FILTER (cause = 2) AS n_competing,
    count(*) FILTER (cause = 0) AS n_censored
FROM time_to_event
GROUP BY paramcd, time_days
ORDER BY paramcd, time_days
