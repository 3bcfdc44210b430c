-- K4: of each month, deployments, the share that was rolled back, and the mean time to recover.
WITH told AS (
  SELECT
    substr(day, 1, 7) AS month,
    type,
    ts,
    json_extract_scalar(metadata_json, '$$.incident') AS incident
  FROM $events
  WHERE day >= date_format(date_add('day', -365, current_date), '%Y-%m-%d')
    AND type IN ('deployment.finished', 'deployment.rolled_back', 'incident.opened', 'incident.closed')
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
    month,
    count_if(type = 'deployment.finished') AS deployments,
    count_if(type = 'deployment.rolled_back') AS rolled_back
  FROM told
  GROUP BY month
)
SELECT
  deployed.month,
  deployments,
  round(100.0 * rolled_back / nullif(deployments, 0), 1) AS rolled_back_percent,
  mttr_minutes
FROM deployed
LEFT JOIN recovery ON recovery.month = deployed.month
ORDER BY deployed.month
