"""The whole reproduction with one command: in containers, or embedded where there is no engine."""
