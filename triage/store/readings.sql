-- What two readers answered (`readings.py`).

-- name: agreement
SELECT reading.kind, count(*) AS number, count(*) FILTER (WHERE reading.outcome = decision.outcome) AS alike
FROM reading JOIN decision ON decision.id = reading.decision_id
     OR (reading.kind = 'first' AND decision.referral_id = reading.referral_id
         AND decision.decided_by = reading.reader AND decision.corrects IS NULL)
WHERE reading.answered_at IS NOT NULL AND NOT EXISTS (SELECT FROM decision_undone WHERE decision_id = decision.id)
GROUP BY reading.kind
