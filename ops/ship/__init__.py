"""A release of the front end: from a folder into the site's bucket, and CloudFront told to forget what changed."""
