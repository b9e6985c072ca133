"""The stages from a registry extract to a release; one folder a stage."""
