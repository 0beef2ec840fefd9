-- What of the records that alerts rest on does this scope hold?
--
-- Parameters: none.
-- Columns, one row:
--   has_cut_off      for some patient the days up to the cut-off are known
--   scans_hidden     scans are held without what they showed
--   stops_delivered  a stop of therapy of some patient of this scope was delivered
SELECT
    NOT EXISTS (FROM subject) OR EXISTS (FROM subject WHERE origin_to_cut_off_days IS NOT NULL) AS has_cut_off,
    EXISTS (FROM response WHERE evaluable AND overall IS NULL) AS scans_hidden,
    NOT EXISTS (FROM subject)
    OR EXISTS (FROM milestone WHERE kind = 'TX_STOP')
    OR EXISTS (FROM treatment WHERE reason IN ('MAINTENANCE', 'STUDY') AND end_day IS NOT NULL) AS stops_delivered
