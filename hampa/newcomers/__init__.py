"""The question how it has been, two weeks after somebody joined a crew."""
