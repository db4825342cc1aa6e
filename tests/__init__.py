"""The tests, room by room as the product has them; whole trips through the fronts are in journeys/."""
