"""Many links from one file: reading it, judging its rows, the review, the decision."""
