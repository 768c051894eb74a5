-- What is asked of procrastinate's own tables beside its functions.

-- name: rescue
WITH stalled AS (
    SELECT job.id FROM procrastinate_jobs job
    LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
      AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :seconds)
           OR (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id) < now() - interval '10 minutes')
    FOR UPDATE OF job SKIP LOCKED
)
SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM stalled

-- name: withdraw
DELETE FROM procrastinate_jobs WHERE queueing_lock = :key AND status = 'todo'

-- name: lag
SELECT extract(epoch FROM now() - min((SELECT max(at) FROM procrastinate_events WHERE job_id = job.id)))::float
FROM procrastinate_jobs job WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()

-- name: last_heartbeat
SELECT max(last_heartbeat) FROM procrastinate_workers

-- name: counts
SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status
