-- B3: what was deployed or given up in the last seven days, the latest first, as Argo Rollouts logs it.
SELECT
  attributes."time" AS ts,
  attributes.rollout AS service,
  attributes.event_reason AS what,
  attributes.msg AS said
FROM $service_logs
WHERE day >= date_format(date_add('day', -7, current_date), '%Y-%m-%d')
  AND attributes.event_reason IN ('RolloutCompleted', 'RolloutAborted')
ORDER BY ts DESC
