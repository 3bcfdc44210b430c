-- K5: of each month in Korea, what a new paying user cost (CAC), and what one brings until they leave (LTV).
-- LTV is revenue per paying account over the share of them that left; null in a month in which nobody left.
WITH happened AS (
  SELECT
    date_format(date_add('hour', 9, ts), '%Y-%m') AS month,
    user_id,
    type,
    CAST(json_extract_scalar(metadata_json, '$$.amount_krw') AS bigint) AS won
  FROM $events
  WHERE day >= date_format(date_add('day', -366, current_date), '%Y-%m-%d')
    AND type IN ('payment.succeeded', 'subscription.started', 'subscription.canceled')
),
months AS (
  SELECT
    month,
    count(DISTINCT CASE WHEN type = 'subscription.started' THEN user_id END) AS won_over,
    count(DISTINCT CASE WHEN type = 'subscription.canceled' THEN user_id END) AS lost,
    count(DISTINCT CASE WHEN type = 'payment.succeeded' THEN user_id END) AS paying,
    sum(CASE WHEN type = 'payment.succeeded' THEN won END) AS revenue_won
  FROM happened
  GROUP BY month
),
spent AS (
  SELECT month, sum(spend_krw) AS spend_won FROM $marketing_spend GROUP BY month
)
SELECT
  months.month,
  won_over,
  round(1.0 * spend_won / nullif(won_over, 0)) AS cac_won,
  round(1.0 * revenue_won / nullif(paying, 0) * paying / nullif(lost, 0)) AS ltv_won
FROM months
LEFT JOIN spent ON spent.month = months.month
ORDER BY months.month
