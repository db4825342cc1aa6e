"""The Slack front: commands, buttons and forms in, cards and threads out."""
