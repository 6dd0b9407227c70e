"""What is simulated: films as atoms. No potential, no dynamics, no engine."""
