"""What makes a service's schema and user in the database: what is said to MySQL, and the function that says it."""
