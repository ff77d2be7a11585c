"""What running a model at home costs in money and watts, and when renting it costs less."""
