-- K4: of each month, deployments, the share that was taken back, and the mean time to recover.
-- A deployment is what Argo Rollouts completed or aborted; an incident is as long as its alarm.
WITH told AS (
  SELECT
    substr(day, 1, 7) AS month,
    type,
    ts,
    json_extract_scalar(metadata_json, '$$.incident') AS incident
  FROM $events
  WHERE day >= date_format(date_add('day', -365, current_date), '%Y-%m-%d')
    AND type IN ('incident.opened', 'incident.closed')
),
recovered AS (
  SELECT opened.month, date_diff('second', opened.ts, min(closed.ts)) / 60.0 AS minutes
  FROM told AS opened
  JOIN told AS closed ON closed.incident = opened.incident AND closed.type = 'incident.closed'
  WHERE opened.type = 'incident.opened'
  GROUP BY opened.month, opened.incident, opened.ts
),
recovery AS (
  SELECT month, round(avg(minutes), 1) AS mttr_minutes FROM recovered GROUP BY month
),
deployed AS (
  SELECT
    substr(day, 1, 7) AS month,
    count(*) AS deployments,
    count_if(attributes.event_reason = 'RolloutAborted') AS taken_back
  FROM $service_logs
  WHERE day >= date_format(date_add('day', -365, current_date), '%Y-%m-%d')
    AND attributes.event_reason IN ('RolloutCompleted', 'RolloutAborted')
  GROUP BY substr(day, 1, 7)
)
SELECT
  deployed.month,
  deployments,
  round(100.0 * taken_back / deployments, 1) AS taken_back_percent,
  mttr_minutes
FROM deployed
LEFT JOIN recovery ON recovery.month = deployed.month
ORDER BY deployed.month
