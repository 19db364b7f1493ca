"""Who is on duty: schedules, their rotations and overrides, and the calculation of shifts. Read shifts.py first."""
