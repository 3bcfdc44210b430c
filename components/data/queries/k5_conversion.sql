-- K5: of those who signed up in a month, how many pay by yesterday's snapshot (UTC) of the database.
WITH who AS (
  SELECT id, date_format(date_add('hour', 9, created_at), '%Y-%m') AS month
  FROM $users
  WHERE day = date_format(date_add('day', -1, current_date), '%Y-%m-%d')
),
paying AS (
  SELECT DISTINCT user_id
  FROM $subscriptions
  WHERE day = date_format(date_add('day', -1, current_date), '%Y-%m-%d')
    AND status = 'active'
    AND plan <> 'free'
)
SELECT
  who.month,
  count(*) AS signed_up,
  count(paying.user_id) AS paying,
  round(100.0 * count(paying.user_id) / count(*), 1) AS conversion_percent
FROM who
LEFT JOIN paying ON paying.user_id = who.id
GROUP BY who.month
ORDER BY who.month
