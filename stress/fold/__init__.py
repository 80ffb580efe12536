"""From events to the snapshot that every viewer shows, and to the summary."""
