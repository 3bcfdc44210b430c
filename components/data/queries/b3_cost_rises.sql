-- B3: what costs most more, the day before yesterday (the last that is billed whole) against the seven days before it.
WITH daily AS (
  SELECT
    line_item_product_code AS service,
    line_item_usage_type AS usage,
    CAST(line_item_usage_start_date AS date) AS date,
    sum(line_item_unblended_cost) AS usd
  FROM $costs
  WHERE billing_period >= date_format(date_add('day', -9, current_date), '%Y-%m')
    AND CAST(line_item_usage_start_date AS date) BETWEEN date_add('day', -9, current_date)
      AND date_add('day', -2, current_date)
  GROUP BY 1, 2, 3
),
compared AS (
  SELECT
    service,
    usage,
    sum(CASE WHEN date = date_add('day', -2, current_date) THEN usd ELSE 0 END) AS usd,
    sum(CASE WHEN date < date_add('day', -2, current_date) THEN usd ELSE 0 END) / 7 AS usual_usd
  FROM daily
  GROUP BY service, usage
)
SELECT service, usage, round(usd, 2) AS usd, round(usual_usd, 2) AS usual_usd, round(usd - usual_usd, 2) AS more_usd
FROM compared
WHERE usd > usual_usd
ORDER BY more_usd DESC, service, usage
LIMIT 50
