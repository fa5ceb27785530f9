"""Clean, compare and search plain text."""
