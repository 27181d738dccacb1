"""`make audit`: what Lighthouse, axe and the Nu checker say of the pages."""
