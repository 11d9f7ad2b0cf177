"""Names and shapes that every package of the platform agrees on. Standard library only."""
