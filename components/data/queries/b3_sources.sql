-- B3: which addresses asked most of CloudFront today and yesterday, and how much of it was refused or went wrong.
SELECT
  c_ip AS address,
  count(*) AS requests,
  round(sum(sc_bytes) / 1000000.0, 3) AS sent_megabytes,
  count_if(sc_status >= 400) AS errors
FROM $cloudfront_logs
WHERE year IN (date_format(date_add('day', -1, current_date), '%Y'), date_format(current_date, '%Y'))
  AND month IN (date_format(date_add('day', -1, current_date), '%m'), date_format(current_date, '%m'))
  AND day IN (date_format(date_add('day', -1, current_date), '%d'), date_format(current_date, '%d'))
  AND year || '-' || month || '-' || day >= date_format(date_add('day', -1, current_date), '%Y-%m-%d')
GROUP BY c_ip
ORDER BY requests DESC, address
LIMIT 100
