-- K5: of those who signed up in a month, which share was active in each month since.
WITH cohort AS (
  SELECT id, date_trunc('month', date_add('hour', 9, created_at)) AS began
  FROM $users
  WHERE day = date_format(date_add('day', -1, current_date), '%Y-%m-%d')
),
sizes AS (
  SELECT began, count(*) AS members FROM cohort GROUP BY began
),
active AS (
  SELECT DISTINCT user_id, date_trunc('month', date_add('hour', 9, ts)) AS month
  FROM $events
  WHERE day >= date_format(date_add('day', -366, current_date), '%Y-%m-%d')
    AND user_id IS NOT NULL
)
SELECT
  date_format(cohort.began, '%Y-%m') AS cohort,
  date_diff('month', cohort.began, active.month) AS months_later,
  max(sizes.members) AS members,
  count(*) AS active,
  round(100.0 * count(*) / max(sizes.members), 1) AS retained_percent
FROM cohort
JOIN sizes ON sizes.began = cohort.began
JOIN active ON active.user_id = cohort.id AND active.month >= cohort.began
GROUP BY cohort.began, active.month
ORDER BY 1, 2
