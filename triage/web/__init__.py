"""The pages and the API: a route reads what was sent, calls the workflow, and chooses the page."""
