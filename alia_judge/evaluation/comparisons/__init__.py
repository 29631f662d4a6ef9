"""What a judge is set beside: baselines, surface features, another judge."""
