"""Notes on plans and athletes: private or shared, with what was changed and by whom."""
