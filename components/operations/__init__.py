"""Operations: what tells of the others, and what brings them back."""
