"""Who did what to marks, rubrics and dates, when and why. Imports accounts only."""
