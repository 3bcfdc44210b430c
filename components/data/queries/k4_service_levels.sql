-- K4: of each day of the last 30, requests, availability, error rate and latency at the load balancer.
-- An answer is bad when it is 5xx, ours or the load balancer's own; REQ-O4's error rate counts those.
SELECT
  day,
  count(*) AS requests,
  round(100.0 * count_if(elb_status_code < 500) / count(*), 3) AS availability_percent,
  round(100.0 * count_if(elb_status_code >= 500) / count(*), 3) AS server_error_percent,
  round(100.0 * count_if(elb_status_code BETWEEN 400 AND 499) / count(*), 3) AS client_error_percent,
  round(1000 * approx_percentile(target_processing_time, 0.5)) AS p50_ms,
  round(1000 * approx_percentile(target_processing_time, 0.95)) AS p95_ms,
  round(1000 * approx_percentile(target_processing_time, 0.99)) AS p99_ms
FROM $alb_logs
WHERE day >= date_format(date_add('day', -30, current_date), '%Y/%m/%d')
GROUP BY day
ORDER BY day
