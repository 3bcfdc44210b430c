-- K6: of each month (UTC), what a thousand requests and an active user cost, in won.
WITH bill AS (
  SELECT billing_period AS month, sum(line_item_unblended_cost) * $krw_per_usd AS won
  FROM $costs
  WHERE billing_period >= date_format(date_add('month', -11, current_date), '%Y-%m')
    AND line_item_line_item_type NOT IN ('Credit', 'Refund', 'Tax')
  GROUP BY billing_period
),
asked AS (
  SELECT replace(substr(day, 1, 7), '/', '-') AS month, count(*) AS requests
  FROM $alb_logs
  WHERE day >= date_format(date_add('month', -11, current_date), '%Y/%m/01')
  GROUP BY 1
),
active AS (
  SELECT substr(day, 1, 7) AS month, count(DISTINCT user_id) AS users
  FROM $events
  WHERE day >= date_format(date_add('month', -11, current_date), '%Y-%m-01')
    AND user_id IS NOT NULL
  GROUP BY 1
)
SELECT
  bill.month,
  round(bill.won) AS cost_won,
  round(1000 * bill.won / asked.requests, 2) AS won_per_thousand_requests,
  round(bill.won / active.users, 2) AS won_per_active_user
FROM bill
LEFT JOIN asked ON asked.month = bill.month
LEFT JOIN active ON active.month = bill.month
ORDER BY bill.month
