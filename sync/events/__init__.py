"""What PIMs tell us as it happens: subscribing to it, receiving it, waking catalogs."""
