"""Appeals to take shifts that miss people: who wants to be asked, and is asked now and then."""
