"""What a look at what products refer to asks of the sandbox PIM when nothing changed."""

# Of a catalog of mapped products, by the ends of the addresses.
A_LOOK = {
    "attributes": 1,
    "attributes/<attribute>/options": 21,  # one list for each attribute that has options
    "categories": 1,
    "product-models": 1,
}
