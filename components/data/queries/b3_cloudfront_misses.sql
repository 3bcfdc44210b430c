-- B3: which paths CloudFront could not answer itself today and yesterday, and what it sent for them.
SELECT
  cs_uri_stem AS path,
  count(*) AS requests,
  count_if(x_edge_result_type NOT IN ('Hit', 'RefreshHit')) AS misses,
  round(100.0 * count_if(x_edge_result_type NOT IN ('Hit', 'RefreshHit')) / count(*), 1) AS missed_percent,
  round(sum(sc_bytes) / 1000000.0, 3) AS sent_megabytes,
  count(DISTINCT c_ip) AS addresses
FROM $cloudfront_logs
WHERE year IN (date_format(date_add('day', -1, current_date), '%Y'), date_format(current_date, '%Y'))
  AND month IN (date_format(date_add('day', -1, current_date), '%m'), date_format(current_date, '%m'))
  AND day IN (date_format(date_add('day', -1, current_date), '%d'), date_format(current_date, '%d'))
  AND year || '-' || month || '-' || day >= date_format(date_add('day', -1, current_date), '%Y-%m-%d')
GROUP BY cs_uri_stem
ORDER BY sent_megabytes DESC, path
LIMIT 100
