-- K5: of each month in Korea, revenue in won, per active user (ARPU) and per paying account (ARPA).
WITH happened AS (
  SELECT
    date_format(date_add('hour', 9, ts), '%Y-%m') AS month,
    user_id,
    CASE type
      WHEN 'payment.succeeded' THEN CAST(json_extract_scalar(metadata_json, '$$.amount_krw') AS bigint)
      WHEN 'payment.refunded' THEN -CAST(json_extract_scalar(metadata_json, '$$.amount_krw') AS bigint)
    END AS won
  FROM $events
  WHERE day >= date_format(date_add('day', -366, current_date), '%Y-%m-%d')
    AND user_id IS NOT NULL
)
SELECT
  month,
  sum(won) AS revenue_won,
  count(DISTINCT user_id) AS active,
  count(DISTINCT CASE WHEN won > 0 THEN user_id END) AS paying,
  round(1.0 * sum(won) / count(DISTINCT user_id)) AS arpu_won,
  round(1.0 * sum(won) / nullif(count(DISTINCT CASE WHEN won > 0 THEN user_id END), 0)) AS arpa_won
FROM happened
GROUP BY month
ORDER BY month
