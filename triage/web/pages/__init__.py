"""One module a subject. Each has a `router`, and each route declares its action (`triage.web.security.Guard`)."""
