"""The live screen: a Textual app that reads snapshots and sends controls."""
