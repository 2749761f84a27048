"""What both running rooms share: the words, the ports, the archive format with its adapters."""
