"""What tests of every service use: given/when/then for deciders, golden files, and real components."""
