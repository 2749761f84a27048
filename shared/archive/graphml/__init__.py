"""GraphML as text: keys, elements, the strict parser."""
