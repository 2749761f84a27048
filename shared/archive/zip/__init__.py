"""ZIP files, byte by byte: what they hold is trusted only after it was checked."""
