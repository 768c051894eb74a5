-- What is asked of procrastinate's own tables beside its functions.

-- name: rescue
-- Of the same work (`queueing_lock`) only one job may wait: where one does already, the stalled one is given up.
WITH stalled AS (
    SELECT job.id, job.queueing_lock AS work FROM procrastinate_jobs job
    LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
      AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :seconds)
           OR (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id) < now() - interval '10 minutes')
    FOR UPDATE OF job SKIP LOCKED
), judged AS (
    SELECT id, work IS NOT NULL AND (
        row_number() OVER (PARTITION BY work ORDER BY id) > 1
        OR EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = work AND status = 'todo')
    ) AS is_repeated FROM stalled
)
SELECT CASE WHEN is_repeated THEN procrastinate_finish_job_v1(id, 'aborted', false)
            ELSE procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) END
FROM judged

-- name: withdraw
DELETE FROM procrastinate_jobs WHERE queueing_lock = :key AND status = 'todo'

-- name: lag
SELECT extract(epoch FROM now() - min((SELECT max(at) FROM procrastinate_events WHERE job_id = job.id)))::float
FROM procrastinate_jobs job WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()

-- name: last_heartbeat
SELECT max(last_heartbeat) FROM procrastinate_workers

-- name: counts
SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status
