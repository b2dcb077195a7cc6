"""For the tests of frp and of its plugins: doubles, contracts and strategies. Public; imported by tests only."""
