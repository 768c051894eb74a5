-- How fast the department works, as one JSON object, for those who see these referrals. :since is the first day shown,
-- :lately the first of the days that a pace is measured over. Test messages and exact repeats are no work.

-- name: pace
WITH work AS (
    SELECT *, (first_received_at AT TIME ZONE 'Europe/Oslo')::date AS came, (ended_at AT TIME ZONE 'Europe/Oslo')::date AS left_on
    FROM referral
    WHERE NOT test_message AND duplicate_of IS NULL
),
came AS (SELECT came AS day, count(*) AS number FROM work WHERE came >= :since GROUP BY 1),
ended AS (SELECT left_on AS day, count(*) AS number FROM work WHERE left_on >= :since GROUP BY 1),
days AS (
    SELECT day::date, coalesce(came.number, 0) AS received, coalesce(ended.number, 0) AS ended
    FROM generate_series((:since)::date, (:today)::date, '1 day') AS day
    LEFT JOIN came USING (day)
    LEFT JOIN ended USING (day)
),
counted AS (
    SELECT day, received, ended,
           (SELECT count(*) FROM work WHERE status = 'open')
           - coalesce(sum(received - ended) OVER (ORDER BY day DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS backlog
    FROM days
),
decided AS (
    SELECT DISTINCT ON (work.id) work.id, work.clock_start, work.pathway, d.outcome, d.place, d.decided_by, d.decided_at
    FROM work
    JOIN decision d ON d.referral_id = work.id AND d.id NOT IN (SELECT decision_id FROM decision_undone)
    WHERE work.left_on >= :lately
    ORDER BY work.id, d.decided_at
),
-- From when somebody took a referral to that person's decision; those who went away in between say nothing about work.
taken AS (
    SELECT extract(epoch FROM decided_at - max(event.at)) / 60 AS minutes
    FROM decided
    JOIN audit_event event ON event.subject = decided.id AND event.action = 'claimed' AND event.actor = decided.decided_by
         AND event.at BETWEEN decided.decided_at - interval '30 minutes' AND decided.decided_at
    GROUP BY decided.id, decided_at
)
SELECT jsonb_build_object(
    'days', (SELECT jsonb_agg(counted ORDER BY day) FROM counted),
    'minutes_each', (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes) FROM taken),
    'timed', (SELECT count(*) FROM taken),
    'days_to_decision', (
        SELECT to_jsonb(percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (
            ORDER BY (decided_at AT TIME ZONE 'Europe/Oslo')::date - clock_start)) FROM decided),
    'compared', (SELECT count(*) FROM decided WHERE pathway <> 'more_information'),
    'agreed', (
        SELECT count(*) FROM decided WHERE (pathway, outcome) IN (
            ('emergency', 'emergency_handled'), ('emergency', 'right_granted'), ('cancer_pathway', 'right_granted'),
            ('hospital', 'right_granted'), ('primary_care', 'right_refused'), ('contract_specialist', 'forwarded'))
        OR (pathway, place) = ('contract_specialist', 'contract_specialist')),
    'read', (SELECT count(*) FROM work WHERE pathway IS NOT NULL AND came >= :lately),
    'unsure', (SELECT count(*) FROM work WHERE unsure AND came >= :lately),
    'held', (
        SELECT count(*) FROM reading WHERE holds_letters AND decision_id NOT IN (SELECT decision_id FROM decision_undone)),
    'overdue', (SELECT count(*) FROM work WHERE status = 'open' AND assessment_due < :today)
)
