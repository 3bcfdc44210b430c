-- T3: what the lake still answers of events that the database no longer has: those of more than 90 days ago, by month.
SELECT substr(day, 1, 7) AS month, type, count(*) AS events, count(DISTINCT user_id) AS users
FROM $events
WHERE day < date_format(date_add('day', -90, current_date), '%Y-%m-%d')
GROUP BY 1, 2
ORDER BY 1, 2
