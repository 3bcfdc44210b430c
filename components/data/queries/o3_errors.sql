-- O3: which services logged errors in the last seven days, and a trace of each to go on with.
SELECT day, service, count(*) AS errors, min(trace_id) AS a_trace
FROM $service_logs
WHERE day >= date_format(date_add('day', -7, current_date), '%Y-%m-%d')
  AND level IN ('error', 'fatal')
GROUP BY day, service
ORDER BY day, errors DESC, service
