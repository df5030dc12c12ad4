"""Pure functions of rows: estimates, comparisons, recommendations, the paper's claims."""
