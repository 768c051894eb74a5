-- How far letters have come.

-- name: without_letters
SELECT id FROM decision
WHERE decided_at < :before
  AND NOT EXISTS (SELECT FROM decision_undone WHERE decision_id = decision.id)
  AND NOT EXISTS (SELECT FROM letter WHERE decision_id = decision.id)
  AND NOT EXISTS (SELECT FROM reading WHERE decision_id = decision.id AND holds_letters)
ORDER BY decided_at

-- name: journeys
-- Of one letter, or of all that are under way and that need not be forgotten.
SELECT letter.id, letter.referral_id, letter.recipient, letter.written_at,
       CASE WHEN letter.recipient = 'referrer' THEN referral.sender_organisation END AS practice,
       (SELECT max(handed_over_at) FROM dispatch WHERE letter_id = letter.id) AS handed_over_at,
       yes.at AS received_at, yes.reason AS receipt, no.reason AS refused
FROM letter
JOIN referral ON referral.id = letter.referral_id
LEFT JOIN letter_receipt yes ON yes.letter_id = letter.id AND yes.accepted
LEFT JOIN letter_receipt no ON no.letter_id = letter.id AND NOT no.accepted
WHERE letter.id IN (SELECT CAST(:letter AS uuid)
                    UNION ALL SELECT letter_id FROM letter_underway WHERE CAST(:letter AS uuid) IS NULL)
  AND (CAST(:letter AS uuid) IS NOT NULL OR EXISTS (SELECT FROM data_key WHERE owner = letter.referral_id))
ORDER BY letter.written_at, letter.recipient

-- name: tallies
SELECT who.recipient, CASE WHEN who.recipient = 'referrer' THEN referral.sender_organisation END AS practice,
       count(*) AS decided, count(letter.id) AS written,
       count(*) FILTER (WHERE EXISTS (SELECT FROM dispatch WHERE letter_id = letter.id)) AS handed_over,
       count(*) FILTER (WHERE EXISTS (SELECT FROM letter_receipt WHERE letter_id = letter.id AND accepted)) AS received
FROM (SELECT id, referral_id, '' AS kind FROM decision WHERE decided_at >= :since
             AND NOT EXISTS (SELECT FROM decision_undone WHERE decision_id = decision.id)
      UNION ALL SELECT id, referral_id, kind FROM information_request WHERE asked_at >= :since) cause
JOIN referral ON referral.id = cause.referral_id
CROSS JOIN (VALUES ('patient'), ('referrer')) who (recipient)
LEFT JOIN letter ON letter.recipient = who.recipient
                 AND (letter.decision_id = cause.id OR letter.information_request_id = cause.id)
WHERE who.recipient = 'referrer' OR cause.kind <> 'closing_question'
GROUP BY 1, 2 ORDER BY 1, 2
