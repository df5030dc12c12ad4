"""TFLite files: the tables that they are made of, and the writer."""
