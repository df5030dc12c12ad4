"""Made runs, rows, loads and sensors: what tests of several rooms are built from."""
