"""The organisation: its accounts, who reaches them, and what nobody may do in them. A project of its own."""
