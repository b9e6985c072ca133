"""How surely unit forensics finds a centre that swaps its unit, and how rarely it cries wolf."""
