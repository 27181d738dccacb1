"""The audit log: what operators did, to what, from where and why; rows are added and never changed."""
