-- Which queries and notes did the import keep with this data cut?
--
-- Columns: those of the table import_issue, in the order of the import. No row holds a value of the delivery.
SELECT * FROM import_issue ORDER BY seq
