"""The surface for administrators of a catalogue."""
