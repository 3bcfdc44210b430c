-- O3: which services logged errors in the last seven days, and a trace of each to go on with.
SELECT day, attributes.service AS service, count(*) AS errors, min(attributes.trace_id) AS a_trace
FROM $service_logs
WHERE day >= date_format(date_add('day', -7, current_date), '%Y-%m-%d')
  AND attributes.service IS NOT NULL
  AND attributes.level IN ('error', 'fatal')
GROUP BY day, attributes.service
ORDER BY day, errors DESC, service
