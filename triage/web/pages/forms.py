"""What all forms share."""

from pydantic import BaseModel, ConfigDict


class PostedForm(BaseModel):
    """What a page of ours sends: its known fields and the hidden token, which `Guard` has compared already."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    csrf: str = ""
