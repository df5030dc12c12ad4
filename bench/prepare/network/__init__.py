"""The framework-neutral network: its graph, weights and cost."""
