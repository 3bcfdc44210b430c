"""What is measured, and beside whom: our policies' speed, and their findings beside Checkov's. Nothing asserts here."""
