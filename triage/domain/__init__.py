"""What things are: frozen dataclasses, enumerations, the calendar and the errors."""
