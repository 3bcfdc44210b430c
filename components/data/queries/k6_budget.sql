-- K6: of each month (UTC), the bill in man-won (10,000 won) beside the phase's budget (REQ-F1), and how far it is off.
SELECT
  billing_period AS month,
  round(sum(line_item_unblended_cost) * $krw_per_usd / 10000, 1) AS cost_manwon,
  $budget_manwon AS budget_manwon,
  round(100.0 * (sum(line_item_unblended_cost) * $krw_per_usd / 10000 - $budget_manwon) / $budget_manwon, 1)
    AS deviation_percent
FROM $costs
WHERE billing_period >= date_format(date_add('month', -11, current_date), '%Y-%m')
GROUP BY billing_period
ORDER BY billing_period
