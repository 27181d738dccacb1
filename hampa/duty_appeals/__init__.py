"""Appeals to take shifts that are short of people: who wants to be asked, and is asked now and then."""
