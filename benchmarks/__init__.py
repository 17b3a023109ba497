"""What README's numbers come from. Ratios within one run; never asserted in tests."""
