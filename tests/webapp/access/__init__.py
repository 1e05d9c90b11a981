"""Who may open what, one file a room of the site: every address times every role."""
