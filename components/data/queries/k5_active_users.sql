-- K5: of each of the last 30 days in Korea, who was active that day (DAU) and in the 30 days up to it (MAU).
WITH active AS (
  SELECT DISTINCT user_id, CAST(date_add('hour', 9, ts) AS date) AS seen
  FROM $events
  WHERE day >= date_format(date_add('day', -61, current_date), '%Y-%m-%d')
    AND user_id IS NOT NULL
),
days AS (
  SELECT DISTINCT seen AS date FROM active WHERE seen >= date_add('day', -30, current_date)
)
SELECT
  days.date,
  count(DISTINCT CASE WHEN active.seen = days.date THEN active.user_id END) AS dau,
  count(DISTINCT active.user_id) AS mau
FROM days
JOIN active ON active.seen <= days.date AND active.seen > date_add('day', -30, days.date)
GROUP BY days.date
ORDER BY days.date
