-- Which way did each included patient take: off therapy, resumed, progressed, dead, and which record says so?
--
-- Source: protocol (therapy stops at inclusion, is resumed for a positive ctDNA or at progression); RECIST 1.1 as in progressions.
-- Day 0 is the origin ($origin, as in origins). States, each entered at most once, a later one never left for an earlier one:
--   ON_TREATMENT  from the origin to a first stop recorded after it; without any stop, while maintenance or study treatment is
--                 recorded. Empty where therapy stops at the origin.
--   OFF_THERAPY   from the first stop, or from the origin where it came before. A patient for whom neither stop nor treatment
--                 was delivered counts as off therapy from the origin, as the protocol has it, and is flagged. A stop read
--                 from the treatments counts from the inclusion at the earliest, as in status_spans.
--   RESUMED       from the first resumption or new treatment without a progression. Who stops again stays here, flagged:
--                 the state says how the de-escalation went, not what is given today.
--   PROGRESSED    from the first progression that counts, whatever therapy follows
--   DEAD          from death, from whatever state
-- Of several on one day only the last in this order is entered, straight from the state before: a death on the day of a
-- progression leads from off therapy to dead. What happened on the origin's day, or before it (flagged), is a transition at day
-- 0; only then can a spell that somebody leaves have no length. The stop alone is no transition on that day: it is the beginning.
--
-- How long a state is known. That a patient is free of progression is known only up to a scan. While neither progressed nor
-- dead, the patient is therefore followed to the last evaluable scan of the evaluator after the origin, as for PFS under
-- treatment policy; without one, to the origin (a missed baseline scan changes nothing here). After a progression only death
-- can follow, so the patient is followed to the last day known alive (last_contacts). Death counts whenever it came, and makes
-- everything before it known.
-- A restart after that last scan is not counted yet, and is flagged: those without restart are not followed beyond their own
-- last scans, so counting it would set recent restarts against a risk set without the recent patients who did not restart,
-- and draw too many as resumed. The next scan brings it in. (As a competing event of time_to_event it counts at once.)
-- Nothing after the cut-off is known.
--
-- Builds on: included_subjects, assessments, progressions, therapy_changes, exits, status_spans, origins, last_contacts
-- Parameters: $origin, $population, $evaluator, $pd_confirmation, $holds_outcomes.
-- Columns, one row per patient and spell, in the patient's order; a patient followed for no day has a row as well:
--   subject_id, site_id
--   spell                  1 for the first
--   origin_day             the origin, in the patient's own days
--   start_day, end_day     days from the origin; each spell begins where the one before ended
--   state                  null where this scope does not hold what the scans showed: then one row without end
--   next_state             the state entered at end_day; null where the patient was last known at end_day, and for the dead
--   source_table, source_day, source_detail   the record that ends the spell: what led to the next state, else what was last
--                          known; for the dead the death. source_day is in the patient's own days
--   flag                   what a reader should know of this patient, sentences joined by "; "; else null
WITH
stops AS (
    SELECT
        subject_id,
        min({
            'day': CASE WHEN source_table = 'treatment' THEN greatest(day, inclusion_day) ELSE day END,
            'source_table': source_table
        }) AS first_stop,
        max(day) AS last_stop_day
    FROM therapy_changes
    JOIN included_subjects USING (subject_id)
    WHERE change = 'STOP'
    GROUP BY subject_id
),
restarts AS (
    SELECT subject_id, min({'day': day, 'source_table': source_table, 'change': change}) AS first_restart
    FROM therapy_changes
    WHERE change <> 'STOP'
    GROUP BY subject_id
),
treated AS (
    SELECT subject_id, bool_or(phase = 'ON_TREATMENT') AS has_treatment FROM status_spans GROUP BY subject_id
),
last_scan AS (
    SELECT subject_id, max({'day': day, 'overall': overall}) AS scan
    FROM assessments
    JOIN origins USING (subject_id)
    WHERE evaluable AND day > start_day
    GROUP BY subject_id
),
known AS (
    SELECT
        origins.*,
        first_stop,
        last_stop_day,
        first_restart,
        is_hidden,
        no_reading_day,
        progression_day,
        death_day,
        scan,
        contact_day,
        contact_source,
        contact_detail,
        CASE
            WHEN first_stop.day > start_day THEN 'ON_TREATMENT'
            WHEN first_stop IS NULL AND has_treatment THEN 'ON_TREATMENT'
            ELSE 'OFF_THERAPY'
        END AS first_state,
        CASE
            WHEN death_day IS NOT NULL THEN death_day
            WHEN progression_day IS NOT NULL THEN greatest(contact_day, progression_day)
            ELSE coalesce(scan.day, start_day)
        END AS last_known_day,
        first_stop IS NULL AND NOT has_treatment AS is_stop_assumed
    FROM origins
    JOIN progressions USING (subject_id)
    JOIN exits USING (subject_id)
    JOIN treated USING (subject_id)
    LEFT JOIN stops USING (subject_id)
    LEFT JOIN restarts USING (subject_id)
    LEFT JOIN last_scan USING (subject_id)
    LEFT JOIN last_contacts USING (subject_id)
),
entered AS (
    SELECT subject_id, first_stop.day AS day, 2 AS rank, 'OFF_THERAPY' AS state, first_stop.source_table, 'STOP' AS source_detail
    FROM known
    WHERE first_state = 'ON_TREATMENT'
    UNION ALL
    SELECT subject_id, first_restart.day, 3, 'RESUMED', first_restart.source_table, first_restart.change
    FROM known
    UNION ALL
    SELECT subject_id, progression_day, 4, 'PROGRESSED', 'response', 'PD, ' || $evaluator
    FROM known
    UNION ALL
    SELECT subject_id, death_day, 5, 'DEAD', 'milestone', 'DEATH'
    FROM known
),
one_a_day AS (
    SELECT entered.*, greatest(entered.day, start_day) AS entered_day
    FROM entered
    JOIN known USING (subject_id)
    WHERE entered.day <= last_known_day
    QUALIFY row_number() OVER (PARTITION BY subject_id, entered_day ORDER BY rank DESC) = 1
),
steps AS (
    SELECT subject_id, entered_day, rank, state, source_table, day AS source_day, source_detail
    FROM one_a_day
    QUALIFY rank > coalesce(
        max(rank) OVER (PARTITION BY subject_id ORDER BY entered_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
    )
    UNION ALL
    SELECT subject_id, start_day, CASE first_state WHEN 'ON_TREATMENT' THEN 0 ELSE 1 END, first_state, NULL, NULL, NULL
    FROM known
),
spells AS (
    SELECT
        subject_id,
        row_number() OVER path AS spell,
        entered_day,
        state,
        lead(entered_day) OVER path AS left_day,
        lead(state) OVER path AS next_state,
        lead({'source': source_table, 'day': source_day, 'detail': source_detail}) OVER path AS record
    FROM steps
    WINDOW path AS (PARTITION BY subject_id ORDER BY entered_day, rank)
),
last_records AS (
    SELECT
        subject_id,
        CASE
            WHEN death_day IS NOT NULL THEN {'source': 'milestone', 'day': death_day, 'detail': 'DEATH'}
            WHEN contact_day >= progression_day
                THEN {'source': contact_source, 'day': contact_day, 'detail': contact_detail}
            WHEN progression_day IS NOT NULL THEN {'source': 'response', 'day': progression_day, 'detail': 'PD, ' || $evaluator}
            WHEN scan IS NOT NULL THEN {'source': 'response', 'day': scan.day, 'detail': scan.overall || ', ' || $evaluator}
            ELSE {'source': 'milestone', 'day': start_day, 'detail': origin_source}
        END AS last_record
    FROM known
),
flags AS (
    SELECT
        subject_id,
        nullif(concat_ws(
            '; ',
            CASE WHEN NOT is_recorded THEN 'origin not recorded, inclusion used' END,
            CASE WHEN is_stop_assumed THEN 'treatment stop not delivered, off therapy from the origin assumed' END,
            CASE
                WHEN least(progression_day, death_day, CASE WHEN first_restart.day <= last_known_day THEN first_restart.day END)
                    < start_day THEN 'end before origin set to origin'
            END,
            CASE
                WHEN first_restart.day > last_known_day AND progression_day IS NULL AND death_day IS NULL
                    THEN 'restart after the last evaluable scan, not counted yet'
            END,
            CASE WHEN no_reading_day > start_day AND progression_day IS NULL THEN 'reading of a scan not delivered' END,
            CASE WHEN first_restart.day < last_stop_day THEN 'stopped again after the restart' END
        ), '') AS flag
    FROM known
)
SELECT
    subject_id,
    site_id,
    spell,
    start_day AS origin_day,
    entered_day - start_day AS start_day,
    CASE WHEN NOT is_hidden THEN greatest(coalesce(left_day, last_known_day), entered_day) - start_day END AS end_day,
    CASE WHEN NOT is_hidden THEN state END AS state,
    CASE WHEN NOT is_hidden THEN next_state END AS next_state,
    CASE WHEN is_hidden THEN NULL WHEN next_state IS NULL THEN last_record.source ELSE record.source END AS source_table,
    CASE WHEN is_hidden THEN NULL WHEN next_state IS NULL THEN last_record.day ELSE record.day END AS source_day,
    CASE WHEN is_hidden THEN NULL WHEN next_state IS NULL THEN last_record.detail ELSE record.detail END AS source_detail,
    CASE WHEN is_hidden THEN 'what the scans showed is not in this scope' ELSE flag END AS flag
FROM spells
JOIN known USING (subject_id)
JOIN last_records USING (subject_id)
JOIN flags USING (subject_id)
WHERE NOT is_hidden OR spell = 1
ORDER BY subject_id, spell
