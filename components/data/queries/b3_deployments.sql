-- B3: what was deployed or rolled back in the last seven days, the latest first.
SELECT
  ts,
  type,
  json_extract_scalar(metadata_json, '$$.service') AS service,
  json_extract_scalar(metadata_json, '$$.version') AS version
FROM $events
WHERE day >= date_format(date_add('day', -7, current_date), '%Y-%m-%d')
  AND type IN ('deployment.finished', 'deployment.rolled_back')
ORDER BY ts DESC
