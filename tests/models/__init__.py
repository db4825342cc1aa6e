"""Tests of the plain values and of the database under the tables."""
