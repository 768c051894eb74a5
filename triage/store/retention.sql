-- What need not be kept, and what is forgotten about it (`retention.py`).

-- name: due
WITH said AS (SELECT DISTINCT ON (subject) subject, action FROM audit_event
              WHERE action IN ('held', 'hold_ended') ORDER BY subject, sequence DESC),
held AS (SELECT subject FROM said WHERE action = 'held'),
ended AS (SELECT 'referral' AS kind, id, ended_at AS at FROM referral
          WHERE status <> 'open' AND message_id NOT IN (SELECT subject FROM held)
                -- A decision whose letters wait for a second reader: nobody has been told yet.
                AND NOT EXISTS (SELECT FROM reading WHERE referral_id = referral.id AND holds_letters
                                AND NOT EXISTS (SELECT FROM decision_undone WHERE decision_id = reading.decision_id))
          UNION ALL
          SELECT 'message', id, handled_at FROM message WHERE id NOT IN (SELECT message_id FROM referral)
          UNION ALL
          SELECT 'receipt', id, received_at FROM message
          WHERE outcome = 'registered' AND id NOT IN (SELECT message_id FROM referral))
SELECT id FROM ended
WHERE kind = :kind AND at < :moment
      AND id IN (SELECT owner FROM data_key) AND id NOT IN (SELECT subject FROM held)
ORDER BY at

-- name: is_held
SELECT action = 'held' FROM audit_event
WHERE subject = :subject AND action IN ('held', 'hold_ended') ORDER BY sequence DESC LIMIT 1

-- name: forget_referral
WITH unlinked AS (UPDATE referral SET duplicate_of = nullif(duplicate_of, :id), bounce_of = nullif(bounce_of, :id)
                  WHERE :id IN (duplicate_of, bounce_of)),
unindexed AS (DELETE FROM search_term WHERE referral_id = :id)
UPDATE referral SET patient_key = NULL, content_key = '' WHERE id = :id RETURNING message_id

-- name: is_used
SELECT EXISTS (SELECT FROM referral WHERE message_id = :id AND id IN (SELECT owner FROM data_key))
    OR EXISTS (SELECT FROM message WHERE id = :id AND outcome IN ('tray', 'refused') AND handled_at IS NULL)

-- name: forget_messages
UPDATE message SET sha256 = uuid_send(id), sender_message_id = NULL, reason = NULL
WHERE :id IN (id, duplicate_of) RETURNING id
