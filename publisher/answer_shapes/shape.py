"""What every shape of an answer is made from."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Keys and their types; one with a default may be left out."""

    model_config = ConfigDict(defer_build=True)
