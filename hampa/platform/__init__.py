"""What any product of this kind would need; knows no noun of Hampa."""
