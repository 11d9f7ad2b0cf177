"""Names and shapes that every room of the platform agrees on. Standard library only."""
