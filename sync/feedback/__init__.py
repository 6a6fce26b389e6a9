"""How a catalog's products stand on the channel, said in attributes of the PIM."""
