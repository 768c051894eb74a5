-- What `watching.py` counts. A decision counts when it stands; of several, the first.

-- name: side_by_side
SELECT s.model,
       r.pathway AS in_use,
       s.pathway AS shadow,
       count(*) AS referrals,
       count(*) FILTER (WHERE NOT r.confident) AS unsure_in_use,
       count(*) FILTER (WHERE NOT s.confident) AS unsure_shadow,
       count(d.outcome) AS decided,
       count(*) FILTER (WHERE d.outcome IN ('right_granted', 'emergency_handled')) AS granted,
       count(*) FILTER (WHERE d.outcome = 'right_refused') AS refused
FROM shadow_recommendation s
JOIN referral ON referral.id = s.referral_id AND NOT test_message
JOIN recommendation r ON r.id = referral.recommendation_id
LEFT JOIN LATERAL (
    SELECT outcome FROM decision
    WHERE decision.referral_id = s.referral_id AND id NOT IN (SELECT decision_id FROM decision_undone)
    ORDER BY decided_at LIMIT 1
) d ON true
GROUP BY 1, 2, 3
ORDER BY 1, 4 DESC, 2, 3

-- name: seen
SELECT count(*) FROM referral
WHERE first_received_at > (:now)::timestamptz - make_interval(days => :recent + :before)

-- name: drift
WITH seen AS (
    SELECT referral.sender_organisation AS sender,
           first_received_at >= (:now)::timestamptz - make_interval(days => :recent) AS recent,
           (r.payload ->> 'letter_length')::float AS letter_length,
           (r.payload ->> 'unseen_words')::float AS unseen_words,
           (NOT r.confident)::int::float AS abstention,
           d.overridden::int::float AS override
    FROM referral
    JOIN recommendation r ON r.id = referral.recommendation_id
    LEFT JOIN LATERAL (
        SELECT disagreement IS NOT NULL AS overridden FROM decision
        WHERE decision.referral_id = referral.id AND id NOT IN (SELECT decision_id FROM decision_undone)
        ORDER BY decided_at LIMIT 1
    ) d ON true
    WHERE NOT test_message AND duplicate_of IS NULL AND kind <> 'cancel'
      AND first_received_at > (:now)::timestamptz - make_interval(days => :recent + :before)
      AND hashtext(referral.id::text) % :every = 0
),
means AS (
    SELECT measure, avg(value) FILTER (WHERE recent) AS recent, avg(value) FILTER (WHERE NOT recent) AS before,
           count(value) FILTER (WHERE recent) AS n_recent, count(value) FILTER (WHERE NOT recent) AS n_before,
           var_pop(value) AS variance
    FROM seen
    CROSS JOIN LATERAL (VALUES ('letter_length', letter_length), ('unseen_words', unseen_words),
                               ('abstention', abstention), ('override', override)) AS one(measure, value)
    GROUP BY measure
),
senders AS (
    SELECT sender, count(*) FILTER (WHERE recent) AS recent, count(*) FILTER (WHERE NOT recent) AS before
    FROM seen GROUP BY sender
),
shares AS (
    SELECT recent::float / nullif(sum(recent) OVER (), 0) AS recent,
           before::float / nullif(sum(before) OVER (), 0) AS before,
           (recent + before)::float / sum(recent + before) OVER () AS pooled,
           sum(recent) OVER () AS n_recent, sum(before) OVER () AS n_before
    FROM senders
),
-- The share of referrals that would have to come from another sender for the two mixes to be the same.
mix AS (
    SELECT sum(abs(recent - before)) / 2 AS moved, coalesce(max(n_recent), 0) AS n_recent,
           coalesce(max(n_before), 0) AS n_before,
           sum(sqrt(variance) * sqrt(2 / pi())) / 2 AS by_chance,
           sqrt(sum(variance) * (1 - 2 / pi())) / 2 AS spread
    FROM shares
    CROSS JOIN LATERAL (
        SELECT pooled * (1 - pooled) * (1.0 / nullif(n_recent, 0) + 1.0 / nullif(n_before, 0))
    ) AS of_share(variance)
)
-- More than three standard errors of the difference between two samples of the same.
SELECT measure, recent, before, n_recent, n_before,
       coalesce(abs(recent - before)
                > 3 * sqrt(variance * (1.0 / nullif(n_recent, 0) + 1.0 / nullif(n_before, 0))), false) AS changed
FROM means
UNION ALL
-- By chance: the sum of folded normal variables, and four of its standard deviations.
SELECT 'sender_mix', moved, NULL, n_recent, n_before, coalesce(moved > by_chance + 4 * spread, false) FROM mix
ORDER BY measure

-- name: study
SELECT min(first_received_at)::date AS first, max(first_received_at)::date AS last, count(*) AS referrals,
       count(*) FILTER (WHERE unsure) AS unsure, count(d.outcome) AS decided,
       count(*) FILTER (WHERE d.outcome IN ('right_granted', 'emergency_handled')) AS granted,
       count(*) FILTER (WHERE d.outcome = 'right_refused') AS refused,
       count(d.disagreement) AS overridden, count(DISTINCT d.decided_by) AS reviewers,
       (SELECT count(*) FROM suggestion_stop) AS stops,
       (SELECT count(DISTINCT actor) FROM audit_event WHERE action = 'purpose_read') AS readers_of_purpose,
       coalesce((SELECT array_agg(DISTINCT concat_ws(' ', payload -> 'versions' ->> 'model', payload -> 'versions' ->> 'rules',
                                                     payload -> 'versions' ->> 'policy', payload -> 'versions' ->> 'lexicon'))
                 FROM recommendation), '{}') AS versions
FROM referral
LEFT JOIN LATERAL (
    SELECT outcome, disagreement, decided_by FROM decision
    WHERE decision.referral_id = referral.id AND id NOT IN (SELECT decision_id FROM decision_undone)
    ORDER BY decided_at LIMIT 1
) d ON true
WHERE NOT test_message AND duplicate_of IS NULL AND kind <> 'cancel'
