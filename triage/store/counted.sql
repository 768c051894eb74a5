-- Referrals as the reports count them (`counted.py`).

-- name: received
-- The outcome is that of the first decision that stands: a correction mends a letter, not the day of the answer. Only
-- double reads drawn by lot are `readings`: refused danger is always read twice, and would make answers more alike.
WITH stands AS (SELECT * FROM decision
                WHERE NOT EXISTS (SELECT FROM decision_undone WHERE decision_id = decision.id)),
first AS (SELECT DISTINCT ON (referral_id) *, (decided_at AT TIME ZONE :zone)::date AS day
          FROM stands ORDER BY referral_id, decided_at),
later AS (SELECT referral.bounce_of, bool_or(first.outcome IN ('right_granted', 'emergency_handled')) AS found
          FROM referral LEFT JOIN first ON first.referral_id = referral.id
          WHERE bounce_of IS NOT NULL GROUP BY 1),
post AS (SELECT decision_id,
                bool_and(EXISTS (SELECT FROM letter_receipt WHERE letter_id = letter.id AND accepted)) AS came,
                bool_or(EXISTS (SELECT FROM letter_receipt WHERE letter_id = letter.id AND NOT accepted)) AS back
         FROM letter WHERE decision_id IS NOT NULL GROUP BY 1),
again AS (SELECT reading.referral_id, reading.kind, stands.outcome AS one, reading.outcome AS other
          FROM reading JOIN stands ON stands.id = reading.decision_id
          WHERE answered_at IS NOT NULL AND reading.kind IN ('drawn', 'refused_red'))
SELECT r.clock_start AS received, r.area, r.requested, r.age, r.sex, r.municipality, r.referrer, r.language,
       r.pathway, r.sender_organisation AS sender, first.outcome, first.day <= r.assessment_due AS in_time,
       greatest(0, first.day - r.clock_start) AS days,
       coalesce(post.came, false) AS delivered, coalesce(post.back, false) AS returned,
       later.bounce_of IS NOT NULL AS referred_again, coalesce(later.found, false) AS found_later,
       (SELECT other FROM again WHERE referral_id = r.id AND one = 'right_refused' LIMIT 1) AS reread,
       coalesce((SELECT ARRAY[one, other] FROM again WHERE referral_id = r.id AND kind = 'drawn' LIMIT 1),
                '{}') AS readings,
       (SELECT outcome FROM reading
        WHERE referral_id = r.id AND kind = 'first' AND reader = first.decided_by LIMIT 1) AS own_answer
FROM referral r LEFT JOIN first ON first.referral_id = r.id LEFT JOIN post ON post.decision_id = first.id
                LEFT JOIN later ON later.bounce_of = r.id
WHERE r.clock_start BETWEEN :start AND :end
      AND NOT r.test_message AND r.duplicate_of IS NULL AND r.kind <> 'cancel'
ORDER BY r.clock_start, r.id

-- name: ids
WITH ended AS (SELECT referral_id, outcome FROM decision
               WHERE NOT EXISTS (SELECT FROM decision_undone WHERE decision_id = decision.id))
SELECT r.id, EXISTS (SELECT FROM ended WHERE referral_id = r.id AND outcome = 'emergency_handled')
             OR EXISTS (SELECT FROM referral later JOIN ended ON ended.referral_id = later.id
                        WHERE later.bounce_of = r.id AND outcome IN ('right_granted', 'emergency_handled')) AS found
FROM referral r JOIN data_key ON data_key.owner = r.id
WHERE NOT r.test_message AND r.duplicate_of IS NULL AND r.kind <> 'cancel'
ORDER BY r.first_received_at, r.id
