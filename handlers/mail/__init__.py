"""The letters of the intake mailbox: stored before they are judged, judged once."""
