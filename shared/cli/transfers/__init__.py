"""How archives go to the gateway and come back, through cut connections."""
